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
  }

  /// Settings of an import.
  public struct Options: Sendable {
    /// Further names: theirs → ours.
    public var aliases: [String: String] = [:]
    /// Draws the resizer anew, since MDETR's learnt to read another text encoder.
    public var reinitializesResizer = false
    /// For what is drawn; nil refuses whatever is missing.
    public var seed: UInt64?
    /// Nil infers the sizes from the weights.
    public var configuration: ModelConfiguration?
    /// Text to say in the metadata, e.g. name and version.
    public var metadata: [(String, String)] = []

    public init() {}
  }

  /// Reads all sources, later ones before earlier ones where both have a weight, and writes one checkpoint.
  public static func run(_ sources: [any NamedTensorSource], options: Options, to path: String)
    throws(ModelError) -> Summary
  {
    try translating {
      _ = try Checkpoint.writable(path)
      let renamed = RenamedTensors(sources, aliases: options.aliases)
      let configuration =
        try options.configuration ?? ModelConfiguration(inferredFrom: renamed)
      let seeded = try SeededWeights(configuration, seed: options.seed ?? 0)
      var summary = Summary()
      var misfit = CheckpointError.Misfit()
      var tensors: [StoredTensor] = []
      for name in seeded.names {
        guard let shape = seeded.facts(of: name)?.shape else { continue }
        let isNew =
          name.hasPrefix("confidence_embed.") && renamed.facts(of: name) == nil
          || options.reinitializesResizer && name.hasPrefix("transformer.resizer.")
        if isNew, options.seed != nil {
          tensors.append(.init(name, shape, .parameter(try seeded.parameter(name))))
          summary.initialized.append(name)
        } else if let facts = renamed.facts(of: name) {
          if facts.shape == shape {
            tensors.append(.init(name, shape, .parameter(try renamed.parameter(name))))
            summary.taken.append(name)
          } else {
            misfit.misshapen.append(.init(name: name, shape: facts.shape, expected: shape))
          }
        } else {
          misfit.missing.append(name)
        }
      }
      guard misfit.isEmpty else { throw CheckpointError.doesNotFit(misfit) }
      summary.dropped = renamed.theirs(except: Set(summary.taken))
      try Checkpoint.write(
        tensors, metadata: [("config", configuration.json)] + options.metadata, to: path)
      return summary
    }
  }
}

/// Tensors of several files under our names.
struct RenamedTensors: NamedTensorSource {
  let names: [String]
  private let places: [String: (source: any NamedTensorSource, name: String)]
  private let unused: [String]

  init(_ sources: [any NamedTensorSource], aliases: [String: String]) {
    var places: [String: (source: any NamedTensorSource, name: String)] = [:]
    var unused: [String] = []
    for source in sources {
      for name in source.names {
        guard let facts = source.facts(of: name) else { continue }
        let ours = aliases[name] ?? Self.ours(name, facts.shape)
        if let earlier = places[ours] { unused.append(earlier.name) }
        places[ours] = (source, name)
      }
    }
    self.places = places
    self.unused = unused
    names = places.keys.sorted()
  }

  func facts(of name: String) -> TensorFacts? {
    places[name].flatMap { $0.source.facts(of: $0.name) }
  }

  func parameter(_ name: String) throws(CheckpointError) -> Parameter {
    guard let place = places[name] else { throw .noTensor(name: name) }
    return try place.source.parameter(place.name)
  }

  /// Names in the files that became none of `taken`.
  func theirs(except taken: Set<String>) -> [String] {
    (places.filter { !taken.contains($0.key) }.map { $0.value.name } + unused).sorted()
  }

  /// MDETR's names are ours, but for a prefix of its training loop; Hugging Face's ModernBERT goes
  /// under the text encoder; a class head of one class is a confidence head.
  private static func ours(_ name: String, _ shape: [Int]) -> String {
    var name = name
    for prefix in ["module.", "model."] where name.hasPrefix(prefix) {
      name.removeFirst(prefix.count)
    }
    let text = ["embeddings.", "layers.", "final_norm."]
    if text.contains(where: { name.hasPrefix($0) }) { return "transformer.text_encoder." + name }
    guard name.hasPrefix("class_embed."), shape.first == 1 else { return name }
    return "confidence_embed." + name.dropFirst("class_embed.".count)
  }
}

extension ModelConfiguration {
  /// Sizes as the shapes of the weights tell them; heads, windows and the image's side, which no shape
  /// tells, as in the full-size network (SPEC §1).
  init(inferredFrom weights: some NamedTensorSource) throws(CheckpointError) {
    func size(_ name: String, _ axis: Int) throws(CheckpointError) -> Int {
      guard let shape = weights.facts(of: name)?.shape, axis < shape.count else {
        throw .noTensor(name: name)
      }
      return shape[axis]
    }
    func count(_ prefix: String, _ suffix: String) -> Int {
      var count = 0
      while weights.facts(of: "\(prefix).\(count).\(suffix)") != nil { count += 1 }
      return count
    }
    let text = "transformer.text_encoder"
    self.init()
    width = try size("backbone.0.body.conv1.weight", 0)
    blocks = (1...4).map { count("backbone.0.body.layer\($0)", "conv1.weight") }
    channels = try size("input_proj.weight", 0)
    queries = try size("query_embed.weight", 0)
    encoderLayers = count("transformer.encoder.layers", "linear1.weight")
    decoderLayers = count("transformer.decoder.layers", "linear1.weight")
    feedForward = try size("transformer.decoder.layers.0.linear1.weight", 0)
    vocabulary = try size(text + ".embeddings.tok_embeddings.weight", 0)
    textChannels = try size(text + ".embeddings.tok_embeddings.weight", 1)
    textHeads = max(1, textChannels / 64)
    textLayers = count(text + ".layers", "attn.Wqkv.weight")
    textFeedForward = try size(text + ".layers.0.mlp.Wo.weight", 1)
    if vocabulary <= padToken { (padToken, startToken, endToken) = (0, 1, 2) }
    self = try ModelConfiguration(json: json)  // within bounds, or refused
  }
}
