internal import Evaluation

/// What `grounded evaluate` was told to do.
struct EvaluationChoices {
  let truth, predictions: String
  let against: String?
  let process: PostProcessing
  /// Draws; nil without intervals.
  let draws: Int?
  let seed: UInt64
  let sweeps: Bool
  let fused, report: OutputFile?
  /// Nil for JSON.
  let format: TextTable.Format?

  init(_ arguments: Arguments) throws {
    truth = try arguments.required("truth")
    predictions = try arguments.required("predictions")
    against = arguments.value("against")
    process = try Self.process(arguments)
    draws =
      try arguments.integer("bootstrap", in: 1...100_000) ?? (against == nil ? nil : 1_000)
    seed = UInt64(try arguments.integer("seed", in: 0...Int.max) ?? 1)
    report = try arguments.value("report").map(OutputFile.init)
    fused = try arguments.value("write-fused").map(OutputFile.init)
    sweeps = arguments.has("sweep") || report != nil
    let formats = TextTable.Format.allCases.map(\.rawValue) + ["json"]
    let word = try arguments.choice("format", of: formats)
    if arguments.has("json"), word != nil { throw UsageError.contradicting("json", "format") }
    format = arguments.has("json") ? nil : TextTable.Format(rawValue: word ?? "table")
  }

  private static func process(_ arguments: Arguments) throws(UsageError) -> PostProcessing {
    let threshold = try arguments.number("confidence-threshold", in: 0...1)
    let fusionIoU = try arguments.number("fusion-iou", in: 0...1)
    guard arguments.has("no-fusion") else {
      return PostProcessing(
        threshold: threshold, fusionIoU: fusionIoU ?? (threshold == nil ? nil : 0.1))
    }
    if fusionIoU != nil { throw .contradicting("fusion-iou", "no-fusion") }
    return PostProcessing(threshold: threshold)
  }
}
