internal import Evaluation
internal import FoundationEssentials
internal import GroundingModel
internal import Images
internal import Tensors

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
    """,
    """
    With --data the sentences of a manifest are grounded in f32 and in int8, at threshold 0.8 and \
    fused at IoU 0.1, and the checkpoint notes for how many int8 finds other regions: one more, one \
    less, or one that moved to an IoU below 0.9. `grounder.precision = auto` takes int8 where that \
    was seen of at most 0.5 % of 2,000 sentences or more. Take sentences that nothing was learnt from.
    """,
  ]
  static let options: [Option] = [
    .value("weights", "FILE", isRequired: true, "The checkpoint."),
    .value("output", "FILE", isRequired: true, "The checkpoint to write."),
    .value("data", "FILE", "The manifest of a data set, to see what int8 changes."),
    .value("split", "SPLIT", "Takes only that split of it: train, val or test."),
    .value(
      "tokenizer", "FILE", "Its tokenizer.json (default: the one that the checkpoint carries)."),
    .value("threads", "N", "Threads for the arithmetic (default: one for each core)."),
  ]
  static let operands = Operands.several("IMAGE")
  static let examples = [
    Example(
      "grounded model calibrate --weights w.safetensors --output w8.safetensors films/*.png",
      "Before int8 is put into service:"),
    Example(
      "grounded model calibrate --weights w.safetensors --output w8.safetensors --data test.jsonl \\\n"
        + "            films/*.png",
      "And for `auto` to take it:"),
  ]

  /// Why an image cannot be taken.
  private struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    if !arguments.has("data") {
      for name in ["split", "tokenizer"] where arguments.has(name) {
        throw UsageError.missingOption("data")
      }
    } else if !CPU.supports(.int8) {
      throw TensorError.unsupported(.int8)
    }
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
    meter.end()
    console.line("\(ranges.largest.count) layers, \(ranges.images) images: \(output)")
    if let data = arguments.value("data") {
      let choices = try ModelChoices(calibrated: output, arguments, data: data)
      let fidelity = try fidelity(choices, on: console)
      ranges.fidelity = fidelity
      try ranges.write(with: checkpoint, to: output)
      let verdict = fidelity.isProven ? "int8" : "f32"
      console.line(
        "int8 changes \(fidelity.changed) of \(fidelity.sentences) sentences: `auto` is \(verdict)")
    }
    return .done
  }

  /// Grounds as the daemon would, unless it is told otherwise.
  private static func fidelity(
    _ choices: ModelChoices, on console: Console
  ) throws -> BackboneRanges.Fidelity {
    let material = try EvaluationMaterial(choices, showingOn: console)
    for warning in material.model?.warnings ?? [] { console.complain(warning) }
    let daemons = PostProcessing(threshold: 0.8, fusionIoU: 0.1)
    let others = material.model?.rival?.phrases(daemons) ?? []
    let changes = RegionChanges(of: material.phrases(daemons), since: others)
    return .init(sentences: changes.phrases, changed: changes.changed)
  }

  private static func pixels(of file: String, for network: MedGrounder) throws -> [Float] {
    var reader = try LineReader(path: file)
    let picture = try Picture.decode(try reader.rest())
    return NetworkInput(
      picture, options: PreparationOptions(side: network.configuration.side)
    ).values
  }
}
