internal import Foundation
internal import GroundingModel
internal import Images
internal import JSON
internal import Phantoms

/// `grounded bench images`: what an image costs before the network sees it.
struct BenchImages: Command {
  static let name = "bench images"
  static let summary = "measures decoding and resizing of images"
  static let description = [
    """
    Decodes each file, lays it into the network's square as the daemon does, and shows the medians in \
    milliseconds, on one thread: decode is the file's format, prepare is windowing to 8 bits, resizing \
    and normalising.
    """,
    "Without files: a drawn radiograph of 3000×3000 pixels, 12 bits of 16 with noise, as PNG.",
  ]
  static let options: [Option] = [
    .value("repetitions", "N", "How often each is done (default 5)."),
    .value("output", "FILE", "Keeps the drawn radiograph, for other programs to be measured."),
    .json,
  ]
  static let operands = Operands.several("FILE", least: 0)
  static let examples = [
    Example("grounded bench images --output /tmp/drawn.png", "Measure it, and keep it:"),
    Example("grounded bench images --json *.png", "Files of your own:"),
  ]

  /// One image's size and times.
  private struct Timing {
    let name: String
    let bytes: Int
    let picture: Picture
    let decode, prepare: Double

    var json: JSON {
      .object([
        .init("file", .string(name)), .init("bytes", .integer(Int64(bytes))),
        .init("width", .integer(Int64(picture.width))),
        .init("height", .integer(Int64(picture.height))),
        .init("bits", .integer(Int64(picture.bitDepth))),
        .init("decode_ms", .number((decode * 100).rounded() / 100)),
        .init("prepare_ms", .number((prepare * 100).rounded() / 100)),
      ])
    }

    var line: String {
      "\(name): \(picture.width)×\(picture.height), \(picture.bitDepth) bits, \(bytes >> 10) KiB: "
        + "decode \(Int(decode.rounded())) ms, prepare \(Int(prepare.rounded())) ms"
    }
  }

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    let repetitions = try arguments.integer("repetitions", in: 1...10_000) ?? 5
    let output = try arguments.value("output").map { path in try OutputFile(path) }
    var images: [(name: String, bytes: [UInt8])] = []
    if arguments.operands.isEmpty {
      let drawn = PNG.encode(PhantomFilm(seed: 7, width: 3_000, height: 3_000).picture)
      try output?.write(drawn)
      images = [("drawn", drawn)]
    }
    for path in arguments.operands {
      images.append((path, [UInt8](try Data(contentsOf: URL(filePath: path)))))
    }
    var timings: [Timing] = []
    for image in images {
      let timing = try measure(image.name, image.bytes, repetitions)
      timings.append(timing)
      if !arguments.has("json") { console.line(timing.line) }
    }
    if arguments.has("json") {
      console.line(JSON.object([.init("images", .array(timings.map(\.json)))]).text)
    }
    return .done
  }

  private static func measure(
    _ name: String, _ bytes: [UInt8], _ repetitions: Int
  ) throws -> Timing {
    let side = ModelConfiguration().side
    var picture = try Picture.decode(bytes)
    var decode: [Double] = []
    var prepare: [Double] = []
    for _ in 0..<repetitions {
      let begin = ContinuousClock.now
      picture = try Picture.decode(bytes)
      let middle = ContinuousClock.now
      _ = NetworkInput(picture, options: PreparationOptions(side: side))
      prepare.append((ContinuousClock.now - middle) / .milliseconds(1))
      decode.append((middle - begin) / .milliseconds(1))
    }
    return Timing(
      name: name, bytes: bytes.count, picture: picture, decode: median(decode),
      prepare: median(prepare))
  }

  private static func median(_ times: [Double]) -> Double { times.sorted()[times.count / 2] }
}
