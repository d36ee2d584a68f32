internal import Datasets
internal import GroundingModel
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

  /// What int8 changes of what a calibrated checkpoint finds.
  init(calibrated weights: String, _ arguments: Arguments, data manifest: String) throws {
    self.manifest = manifest
    self.weights = weights
    tokenizer = arguments.value("tokenizer")
    split = try Self.split(arguments)
    leftOut = []
    cache = nil
    (precision, rival) = (.int8, .f32)
    threads = try arguments.threads
    (truthFile, predictionsFile) = (nil, nil)
  }

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
    split = try Self.split(arguments)
    leftOut = arguments.values("leave-out")
    cache = try arguments.value("cache").map { try OutputFile($0).path }
    let path = weights
    func checkpoint() throws -> Checkpoint {
      try path.map { try Checkpoint(path: $0) } ?? BuiltInNetwork.checkpoint()
    }
    precision = try arguments.precision("precision", for: checkpoint()) ?? .f32
    rival = try arguments.precision("changes-against", for: checkpoint())
    threads = try arguments.threads
    truthFile = try arguments.value("write-truth").map(OutputFile.init)
    predictionsFile = try arguments.value("write-predictions").map(OutputFile.init)
  }

  private static func split(_ arguments: Arguments) throws -> ManifestEntry.Split? {
    let splits = ManifestEntry.Split.allCases.map(\.rawValue)
    return try arguments.choice("split", of: splits).flatMap(ManifestEntry.Split.init)
  }
}
