internal import Tensors

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
