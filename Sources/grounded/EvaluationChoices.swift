internal import Evaluation

/// What `grounded evaluate` was told to do.
struct EvaluationChoices {
  /// Where phrases come from.
  enum Source {
    case files(truth: String, predictions: String)
    case model(ModelChoices)
  }

  let source: Source
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
    if let model = try ModelChoices(arguments) {
      source = .model(model)
      process = try Self.process(arguments, threshold: 0.8)
    } else {
      source = .files(
        truth: try arguments.required("truth"),
        predictions: try arguments.required("predictions"))
      process = try Self.process(arguments, threshold: nil)
    }
    against = arguments.value("against")
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

  /// The file that lists the phrases.
  var truthName: String {
    switch source {
    case .files(let truth, _): truth
    case .model(let choices): choices.manifest
    }
  }

  /// - threshold: where none is given.
  private static func process(
    _ arguments: Arguments, threshold standard: Double?
  ) throws(UsageError) -> PostProcessing {
    let threshold = try arguments.number("confidence-threshold", in: 0...1) ?? standard
    let fusionIoU = try arguments.number("fusion-iou", in: 0...1)
    guard arguments.has("no-fusion") else {
      return PostProcessing(
        threshold: threshold, fusionIoU: fusionIoU ?? (threshold == nil ? nil : 0.1))
    }
    if fusionIoU != nil { throw .contradicting("fusion-iou", "no-fusion") }
    return PostProcessing(threshold: threshold)
  }
}
