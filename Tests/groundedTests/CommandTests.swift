import Foundation
import GroundingService
import Images
import JSON
import Reports
import TestKit
import Testing

@testable import grounded

@Suite final class `The commands` {
  private let folder: URL

  init() throws { folder = try Place.temporaryFolder() }

  deinit { try? FileManager.default.removeItem(at: folder) }  // nothing depends on its going

  private func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = folder.appending(path: name)
    try Data(bytes).write(to: file)
    return file.path
  }

  private func radiograph() throws -> String {
    try file("film.png", PNG.encode(DemoReports.samples[0].radiograph))
  }

  @Test func `document their options with values and their exit status`() async {
    for command in Grounded.commands {
      let words = command.name.split(separator: " ").map { String($0) }
      let result = await output(words + ["--help"])
      #expect(result.status == .done)
      #expect(result.complaint.isEmpty)
      #expect(result.text.contains("grounded \(command.name)"))
      let page = result.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      #expect(page.contains(command.summary))
      for option in command.options { #expect(result.text.contains("--\(option.name)")) }
      for status in ["0", "1", "2"] {
        #expect(result.text.contains("\n    \(status)  "), "\(command.name)")
      }
    }
  }

  @Test func `show sentences with the range that gives them back`() async throws {
    let text = "FINDINGS:\nLungs: Clear at 2.5 cm.\n1. No effusion – none.\n"
    let path = try file("report.txt", Array(text.utf8))
    let result = await output("sentences", path, "--json")
    #expect(result.status == .done)
    let scalars = Array(text.unicodeScalars)
    let lines = try result.text.split(separator: "\n").map { try JSON(parsing: Array($0.utf8)) }
    #expect(
      lines.map { $0["text"]?.string } == [
        "FINDINGS:", "Lungs: Clear at 2.5 cm.", "No effusion – none.",
      ])
    for line in lines {
      let start = try #require(line["start"]?.integer)
      let end = try #require(line["end"]?.integer)
      var cut = String.UnicodeScalarView()
      cut.append(contentsOf: scalars[Int(start)..<Int(end)])
      #expect(String(cut) == line["text"]?.string)
      #expect(line["section"]?.string == "findings")
    }
  }

  @Test(arguments: [
    ("\u{FEFF}FINDINGS:\r\nHeart is\r\nnormal.", ["FINDINGS:", "Heart is normal."]),
    ("Heart\u{2028}is normal. No effusion.", ["Heart is normal.", "No effusion."]),
    ("Heart\u{85}is\u{b}normal\u{2029}No effusion.", ["Heart is normal", "No effusion."]),
    ("\n[**2101-2-3**] Chest.", ["[**2101-2-3**] Chest."]),
    (
      "\u{FEFF} {\"report_id\":\"r\",\"sections\":[{\"text\":\"Heart is big. So it is.\"}]}",
      ["Heart is big.", "So it is."]
    ),
    ("{\"report_id\":\"r\",\"sentences\":[{\"text\":\"One. Two.\"}]}", ["One. Two."]),
    (
      """
      {"specversion":"1.0","id":"1","source":"s","type":"report.generated.v1","data":
      {"report_id":"r","images":[{"uri":"file:/a"}],"sections":[{"text":"Clear."}]}}
      """, ["Clear."]
    ),
  ])
  func `show what the daemon would see`(report: String, sentences: [String]) async throws {
    let path = try file("report", Array(report.utf8))
    let result = await output("sentences", path)
    #expect(result.status == .done, "\(result.complaint)")
    #expect(result.text.split(separator: "\n").map { String($0) } == sentences)
  }

  @Test(arguments: [[0x41, 0xFF, 0x2E], Array("[1]".utf8), Array("{\"a\":".utf8)] as [[UInt8]])
  func `take nothing for prose that is none`(bytes: [UInt8]) async throws {
    let path = try file("report", bytes)
    let image = try radiograph()
    for words in [["sentences", path], ["ground", "--image", image, "--report", path]] {
      let result = await output(words)
      #expect(result.status == .failed && result.text.isEmpty)
      #expect(result.complaint.split(separator: "\n").count == 1, "\(result.complaint)")
    }
  }

  @Test(arguments: ["json", "maira2", "cxrmate"])
  func `check published examples without sending`(format: String) async throws {
    let file = Place.repository.appending(path: "Topics/examples/published/\(format).jsonl")
    let count = try Place.jsonLines(file).count
    let result = await output("publish", "--from", format, "--dry-run", file.path)
    #expect(result.status == .done, "\(result.complaint)")
    #expect(result.text == "\(count) reports are fit to be sent\n")
  }

  @Test func `inspect and run a checkpoint`() async throws {
    let weights = Place.repository
      .appending(path: "Sources/CBuiltInNetwork/golden/medgrounder_tiny.safetensors").path
    let inspected = await output("model", "inspect", weights, "--json")
    #expect(inspected.status == .done, "\(inspected.complaint)")
    #expect(try JSON(parsing: Array(inspected.text.utf8)).members?.isEmpty == false)
    let input = try file("input.safetensors", Self.tensors())
    let target = folder.appending(path: "out.safetensors")
    let run = await output(
      "model", "run", "--weights", weights, "--input", input, "--output", target.path,
      "--threads", "1")
    #expect(run.status == .done, "\(run.complaint)")
    let bytes = try Place.bytes(target)
    let length = Int(bytes[0]) | Int(bytes[1]) << 8
    let header = try JSON(parsing: Array(bytes[8..<8 + length]))
    #expect(header["box"]?["shape"]?.array?.first?.integer == 1)
    #expect(header["box"]?["shape"]?.array?.last?.integer == 4)
    #expect(header["conf"]?["shape"]?.array?.count == 2)
  }

  @Test func `fail when standard output cannot take their answer`() throws {
    let shell = Process()
    shell.executableURL = URL(filePath: "/bin/sh")
    let program = try Executable.program().path
    shell.arguments = ["-c", "\"$0\" config > /dev/full 2> \"$1\"", program, folder.path + "/said"]
    try shell.run()
    shell.waitUntilExit()
    #expect(shell.terminationStatus == 1)
    let said = try String(contentsOf: folder.appending(path: "said"), encoding: .utf8)
    #expect(said == "grounded: standard output cannot be written: No space left on device\n")
  }

  /// `pixels`, `ids` and `mask` of one grey image and three tokens, as safetensors.
  private static func tensors() -> [UInt8] {
    let pixels = 3 * 128 * 128 * 4
    let header = """
      {"pixels":{"dtype":"F32","shape":[1,3,128,128],"data_offsets":[0,\(pixels)]},\
      "ids":{"dtype":"I64","shape":[1,3],"data_offsets":[\(pixels),\(pixels + 24)]},\
      "mask":{"dtype":"I64","shape":[1,3],"data_offsets":[\(pixels + 24),\(pixels + 48)]}}
      """
    let words: [UInt64] = [UInt64(header.utf8.count)]
    let integers: [UInt64] = [1, 5, 2, 1, 1, 1]
    return words.flatMap(Self.littleEndian) + Array(header.utf8)
      + [UInt8](repeating: 0, count: pixels) + integers.flatMap(Self.littleEndian)
  }

  private static func littleEndian(_ word: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
  }

  @Test func `ground a drawn radiograph, with an overlay`() async throws {
    let overlay = folder.appending(path: "overlay.png")
    let film = DemoReports.samples[0].radiograph
    let result = await output(
      "ground", "--image", try radiograph(), "--text", "Left basal opacity. No effusion.", "--json",
      "--overlay", overlay.path, "--set", "grounder.threshold=0.01")
    #expect(result.status == .done && result.complaint.isEmpty, "\(result.complaint)")
    let answer = try JSON(parsing: Array(result.text.utf8))
    #expect(answer.members?.map(\.name) == ["grounder", "images", "sentences"])
    #expect(answer["grounder"]?["version"]?.string != GrounderIdentity.untrained)
    let image = try #require(answer["images"]?.array?.first)
    #expect(image["width"]?.integer == Int64(film.width))
    #expect(image["height"]?.integer == Int64(film.height))
    let sentences = try #require(answer["sentences"]?.array)
    #expect(
      sentences.map { $0["text"]?.string } == ["Left basal opacity.", "No effusion."])
    #expect(sentences.map { $0["start"]?.integer } == [0, 20])
    for sentence in sentences {
      let regions = try #require(sentence["regions"]?.array)
      #expect(sentence["status"]?.string == (regions.isEmpty ? "none" : "grounded"))
    }
    let drawn = try Picture.decode(try Place.bytes(overlay), limits: ImageLimits())
    #expect((drawn.width, drawn.height) == (film.width, film.height))
  }

  @Test func `say that boxes of an untrained network mean nothing`() async throws {
    let weights = folder.appending(path: "untrained.safetensors")
    let tokenizer = folder.appending(path: "tokenizer.json")
    try SmallModel.write(seed: 1, to: weights)
    try SmallModel.writeTokenizer(to: tokenizer)
    let result = await output(
      "ground", "--image", try radiograph(), "--text", "No effusion.", "--json", "--set",
      "grounder.weights=\(weights.path)", "--set", "grounder.tokenizer=\(tokenizer.path)")
    #expect(result.status == .done)
    let answer = try JSON(parsing: Array(result.text.utf8))
    #expect(answer["grounder"]?["version"]?.string == GrounderIdentity.untrained)
    #expect(result.complaint == "The network is untrained: its boxes mean nothing.\n")
  }

  @Test func `skip headings and what is too long, as the daemon does`() async throws {
    let text = "FINDINGS: Normal heart. " + String(repeating: "word ", count: 600) + "ends."
    let result = await output("ground", "--image", try radiograph(), "--text", text, "--json")
    #expect(result.status == .done, "\(result.complaint)")
    let sentences = try #require(try JSON(parsing: result.text)["sentences"]?.array)
    #expect(sentences.map { $0["reason"]?.string } == ["heading", nil, "too_many_tokens"])
    #expect(sentences.map { $0["section"]?.string } == ["findings", "findings", "findings"])
  }

  @Test func `refuse wrong usage with status 2 and one line`() async throws {
    let cases = [
      ["publish"], ["publish", "a", "b"], ["publish", "--from", "word", "a"], ["sentences"],
      ["ground", "--text", "x"], ["ground", "--image", "i", "--text", "x", "--report", "r"],
      ["model", "run"], ["model", "inspect"], ["model", "tokenize"],
      ["model", "nothing"], ["model"], ["serve", "--set", "nothing"], ["serve", "surplus"],
      ["ground", "--image", "f", "--config", "/nowhere/grounded.conf", "--text", "x"],
      ["bench", "pipeline", "--reports", "0"], ["bench", "model", "--precision", "f16"],
      ["bench", "images", "--repetitions", "0"],
      ["model", "import", "f", "--output", "o", "--reinitialize-resizer"],
      ["model", "import", "f", "--output", "o", "--metadata", "a=1", "--metadata", "a=2"],
      ["model", "import", "f", "--output", "o", "--metadata", "config={}"],
      ["model", "import", "f", "--output", "o", "--alias", "a=b", "--alias", "a=c"],
    ]
    for words in cases {
      let result = await output(words)
      #expect(result.status == .wrongUsage, "\(words)")
      #expect(result.text.isEmpty, "\(words)")
      #expect(result.complaint.split(separator: "\n").count == 1, "\(words): \(result.complaint)")
    }
  }

  @Test func `fail with status 1 and one line on files that are not what they should be`()
    async throws
  {
    let image = try radiograph()
    let text = try file("text.txt", Array("not what you think".utf8))
    let cases = [
      ["sentences", "/nowhere"], ["sentences", folder.path], ["publish", "--dry-run", "/nowhere"],
      ["publish", "--dry-run", text], ["model", "inspect", "/nowhere"], ["model", "inspect", text],
      ["model", "inspect", folder.path], ["model", "tokenize", "--tokenizer", "/nowhere"],
      ["model", "tokenize", "--tokenizer", text],
      ["model", "run", "--weights", text, "--input", text, "--output", folder.path + "/o"],
      ["ground", "--image", "/nowhere", "--text", "x"], ["ground", "--image", text, "--text", "x"],
      ["ground", "--image", image, "--report", "/nowhere"],
      ["ground", "--image", image, "--text", "x.", "--overlay", folder.path],
      ["ground", "--image", image, "--text", "x.", "--overlay", folder.path + "/no/o.png"],
      ["demo", "--output", "/proc/nowhere"], ["bench", "images", "/nowhere"],
      ["bench", "images", text],
      ["ground", "--image", image, "--text", "x.", "--set", "grounder.weights=/nowhere"],
    ]
    for words in cases {
      let result = await output(words)
      #expect(result.status == .failed, "\(words): \(result.complaint)")
      #expect(result.text.isEmpty, "\(words)")
      #expect(result.complaint.split(separator: "\n").count == 1, "\(words): \(result.complaint)")
    }
  }

  @Test func `say why no network can be made of a file, and show it nevertheless`() async throws {
    let config = #"{"__metadata__":{"config":"{}"}}"#
    for (header, reason) in [("{}", "there is none"), (config, "“blocks” is not a list")] {
      let path = try file("w", [UInt8(header.utf8.count)] + [0, 0, 0, 0, 0, 0, 0] + header.utf8)
      let result = await output("model", "inspect", path)
      #expect(result.status == .failed)
      #expect(result.text.isEmpty == (header == config))
      #expect(result.complaint.contains(reason))
      #expect(result.complaint.split(separator: "\n").count == 1)
      let options = ["model", "import", path, "--output", path + ".o", "--config", path]
      let importing = await output(options)
      #expect(importing.status == .wrongUsage)
      #expect(importing.complaint.contains("is not a network's configuration"))
    }
  }

  @Test func `name only keys that there are, where a limit may be raised`() {
    let errors: [ImageError] = [
      .sideTooLong(width: 9, height: 9, sideMax: 8), .tooMuchMemory(bytesMax: 8),
      .tooManyPixels(width: 9, height: 9, pixelsMax: 8), .tooManyScans(scansMax: 8),
    ]
    for words in errors.map({ $0.description.split(separator: " ") }) {
      guard let verb = words.firstIndex(of: "raise") else { continue }
      let name = words[verb + 1]
      #expect(ConfigurationKey.all.contains { "\($0.name)." == name }, "\(name)")
    }
  }

  @Test func `show every key of the configuration, with its origin`() async throws {
    let result = await output("config", "--json", "--set", "campaign=night")
    #expect(result.status == .done)
    let entries = try #require(try JSON(parsing: Array(result.text.utf8)).array)
    #expect(entries.count == ConfigurationKey.all.count)
    for entry in entries { #expect(entry["meaning"]?.string?.isEmpty == false) }
  }
}
