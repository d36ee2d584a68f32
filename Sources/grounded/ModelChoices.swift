internal import Datasets
internal import Tensors

/// What `grounded evaluate` was told of a network, and of the data set that it is to ground.
struct ModelChoices {
  let manifest: String
  /// The checkpoint; nil for the built-in network.
  let weights: String?
  /// The tokenizer's file; nil for the one that the checkpoint carries.
  let tokenizer: String?
  /// Nil for all.
  let split: ManifestEntry.Split?
  /// Names of data sets and categories.
  let leftOut: [String]
  let cache: String?
  let precision: Precision
  /// What the regions are compared with; nil for nothing.
  let rival: Precision?
  let threads: Int
  let truthFile, predictionsFile: OutputFile?

  /// Options that mean nothing without `--data`.
  private static let names = [
    "model", "tokenizer", "split", "leave-out", "cache", "precision", "threads", "changes-against",
    "write-truth", "write-predictions",
  ]

  /// Nil without `--data`.
  init?(_ arguments: Arguments) throws {
    guard let manifest = arguments.value("data") else {
      if Self.names.contains(where: { arguments.has($0) }) {
        throw UsageError.missingOption("data")
      }
      return nil
    }
    for name in ["truth", "predictions"] where arguments.has(name) {
      throw UsageError.contradicting("data", name)
    }
    self.manifest = manifest
    weights = arguments.value("model")
    tokenizer = arguments.value("tokenizer")
    let splits = ManifestEntry.Split.allCases.map(\.rawValue)
    split = try arguments.choice("split", of: splits).flatMap(ManifestEntry.Split.init)
    leftOut = arguments.values("leave-out")
    cache = try arguments.value("cache").map { try OutputFile($0).path }
    precision = try arguments.precision
    rival = try arguments.precision("changes-against")
    threads = try arguments.threads
    truthFile = try arguments.value("write-truth").map(OutputFile.init)
    predictionsFile = try arguments.value("write-predictions").map(OutputFile.init)
  }
}
