extension CheckpointImport {
  /// What the caller states, else what the files say of themselves, else the full-size network where all
  /// shapes are its own: how many heads there are, how wide a window and how large an image, no shape tells.
  static func configuration(
    of sources: [any NamedTensorSource], _ renamed: RenamedTensors, _ options: Options
  ) throws(CheckpointError) -> ModelConfiguration {
    if let stated = options.configuration { return stated }
    var found: ModelConfiguration?
    for source in sources {
      guard let text = source.metadata["config"] else { continue }
      let stated = try ModelConfiguration(json: text)
      guard found == nil || found == stated else {
        throw .badImport(
          reason: "two files state different configurations; state one with --config FILE")
      }
      found = stated
    }
    if let found { return found }
    let differences = try ModelConfiguration(shapesOf: renamed).differences(
      from: ModelConfiguration())
    guard differences.isEmpty else {
      throw .badImport(
        reason: "no file states its configuration, and the shapes are not those of the full-size "
          + "network (\(differences.joined(separator: ", "))); state it with --config FILE")
    }
    return ModelConfiguration()
  }
}

extension ModelConfiguration {
  /// The full-size network with the sizes that the shapes of the weights tell.
  fileprivate init(shapesOf weights: RenamedTensors) throws(CheckpointError) {
    func size(_ name: String, _ axis: Int) throws(CheckpointError) -> Int {
      guard let shape = weights.facts(of: name)?.shape, axis < shape.count else {
        throw .badImport(reason: "no file has “\(name)”; add the one that does")
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
    textLayers = count(text + ".layers", "attn.Wqkv.weight")
    textFeedForward = try size(text + ".layers.0.mlp.Wo.weight", 1)
  }
}
