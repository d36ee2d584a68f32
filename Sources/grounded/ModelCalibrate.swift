internal import FoundationEssentials
internal import GroundingModel
internal import Images

/// `grounded model calibrate`: what int8 needs to know, from images.
struct ModelCalibrate: Command {
  static let name = "model calibrate"
  static let summary = "makes a checkpoint ready for int8"
  static let description = [
    """
    Runs the image backbone of a checkpoint on some images, notes how large the activations of each \
    layer become, and writes the same weights with that in the metadata (“calibration”). Precision \
    int8 needs it. Take 50 to 200 images such as will be read: of the same kinds, devices and \
    projections. Images count alike in any order, and the same images give the same checkpoint.
    """
  ]
  static let options: [Option] = [
    .value("weights", "FILE", isRequired: true, "The checkpoint."),
    .value("output", "FILE", isRequired: true, "The checkpoint to write."),
    .value("threads", "N", "Threads for the arithmetic (default: one for each core)."),
  ]
  static let operands = Operands.several("IMAGE")
  static let examples = [
    Example(
      "grounded model calibrate --weights w.safetensors --output w8.safetensors films/*.png",
      "Before int8 is put into service:")
  ]

  /// Why an image cannot be taken.
  private struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    let checkpoint = try Checkpoint(path: arguments.required("weights"))
    let output = try OutputFile(arguments.required("output")).path
    let network = try MedGrounder(
      checkpoint,
      threads: arguments.integer("threads", in: 1...1_024)
        ?? ProcessInfo.processInfo.activeProcessorCount)
    let meter = ProgressMeter(console)
    defer { meter.end() }
    var ranges = BackboneRanges()
    for (index, file) in arguments.operands.enumerated() {
      meter.show(done: Int64(index), of: Int64(arguments.operands.count), unit: "images")
      do { try ranges.observe(pixels(of: file, for: network), in: network) } catch {
        throw Failure(description: "\(file): \(error)")
      }
    }
    try ranges.write(with: checkpoint, to: output)
    console.line("\(ranges.largest.count) layers, \(ranges.images) images: \(output)")
    return .done
  }

  private static func pixels(of file: String, for network: MedGrounder) throws -> [Float] {
    var reader = try LineReader(path: file)
    let picture = try Picture.decode(try reader.rest())
    return NetworkInput(
      picture, options: PreparationOptions(side: network.configuration.side)
    ).values
  }
}
