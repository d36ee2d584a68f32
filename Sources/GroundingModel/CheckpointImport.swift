internal import Tensors

/// Weights of other programs under our names (SPEC §2): an MDETR checkpoint, a ModernBERT, or both.
public struct CheckpointImport {
  /// What became of every name.
  public struct Summary: Hashable, Sendable {
    /// Our names that were filled from a file.
    public var taken: [String] = []
    /// Our names that were drawn from the seed, because no file has them or the caller asked for it.
    public var initialized: [String] = []
    /// Names of the files that have no place here.
    public var dropped: [String] = []

    /// Lines for a terminal.
    public var text: String {
      (["\(taken.count) tensors taken"] + initialized.map { "drawn anew: \($0.inOneLine)" }
        + dropped.map { "dropped: \($0.inOneLine)" }).joined(separator: "\n")
    }
  }

  /// Settings of an import.
  public struct Options: Sendable {
    /// Further names: theirs → ours. Each must be in a file.
    public var aliases: [String: String] = [:]
    /// Draws the resizer anew, since MDETR's learnt to read another text encoder; needs a seed.
    public var reinitializesResizer = false
    /// For `confidence_embed` and `transformer.resizer`, where no file has them; nil refuses whatever is
    /// missing. Anything else that is missing is refused all the same.
    public var seed: UInt64?
    /// Nil takes what a file says of itself, or the full-size network where the shapes are its own.
    public var configuration: ModelConfiguration?
    /// Text to say in the metadata, e.g. name and version; names are not “config”, and no two are the same.
    public var metadata: [(String, String)] = []

    public init() {}
  }

  private let renamed: RenamedTensors
  private let options: Options
  private let fresh: SeededWeights
  private var summary = Summary()
  private var misfit = CheckpointError.Misfit()
  private var tensors: [StoredTensor] = []

  /// Reads all sources, later ones before earlier ones where both have a weight, and writes one checkpoint.
  ///
  /// A checkpoint of which something was drawn, or which comes from an untrained one, says “untrained”.
  public static func run(_ sources: [any NamedTensorSource], options: Options, to path: String)
    throws(ModelError) -> Summary
  {
    try translating {
      _ = try Checkpoint.writable(path)
      try check(options, against: sources)
      let renamed = RenamedTensors(sources, aliases: options.aliases)
      let configuration = try configuration(of: sources, renamed, options)
      var run = CheckpointImport(
        renamed: renamed, options: options,
        fresh: try SeededWeights(configuration, seed: options.seed ?? 0))
      try run.gather()
      let isUntrained =
        !run.summary.initialized.isEmpty || sources.contains { $0.metadata["untrained"] != nil }
      try Checkpoint.write(
        run.tensors, metadata: metadata(configuration, options, isUntrained: isUntrained), to: path)
      return run.summary
    }
  }

  private static func check(
    _ options: Options, against sources: [any NamedTensorSource]
  ) throws(CheckpointError) {
    if options.reinitializesResizer && options.seed == nil {
      throw .badImport(reason: "a resizer is drawn anew from a seed; give one with --seed N")
    }
    for name in options.aliases.keys.sorted()
    where sources.allSatisfy({ $0.facts(of: name) == nil }) {
      throw .badImport(reason: "no file has a tensor “\(name)”, which --alias names; correct it")
    }
  }

  private static func metadata(
    _ configuration: ModelConfiguration, _ options: Options, isUntrained: Bool
  ) -> [(String, String)] {
    var ours = [("config", configuration.json)]
    if isUntrained { ours.append(("untrained", "true")) }
    if isUntrained, let seed = options.seed { ours.append(("seed", String(seed))) }
    return ours.filter { name, _ in !options.metadata.contains { $0.0 == name } }
      + options.metadata
  }

  private init(renamed: RenamedTensors, options: Options, fresh: SeededWeights) {
    self.renamed = renamed
    self.options = options
    self.fresh = fresh
  }

  /// Finds or draws every weight of the network.
  private mutating func gather() throws(CheckpointError) {
    for name in fresh.names {
      guard let shape = fresh.facts(of: name)?.shape else { continue }
      if isDrawn(name) {
        tensors.append(.init(name, shape, .floats(fresh.beginning(name, shape))))
        summary.initialized.append(name)
      } else if let facts = renamed.facts(of: name) {
        guard facts.shape == shape else {
          misfit.misshapen.append(.init(name: name, shape: facts.shape, expected: shape))
          continue
        }
        tensors.append(.init(name, shape, .parameter(try renamed.parameter(name))))
        summary.taken.append(name)
      } else {
        misfit.missing.append(name)
      }
    }
    guard misfit.isEmpty else { throw .incomplete(misfit) }
    summary.dropped = renamed.theirs(except: Set(summary.taken))
  }

  /// Only the two layers that no other project has are drawn; a network that lacks more has not learnt.
  private func isDrawn(_ name: String) -> Bool {
    guard options.seed != nil else { return false }
    let isResizer = name.hasPrefix("transformer.resizer.")
    if isResizer && options.reinitializesResizer { return true }
    return (isResizer || name.hasPrefix("confidence_embed.")) && renamed.facts(of: name) == nil
  }
}
