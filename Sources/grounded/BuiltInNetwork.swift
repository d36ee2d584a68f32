internal import FoundationEssentials
internal import GroundingModel

/// The small network that is there without any file: random weights, made from a seed.
///
/// Untrained: it shows the way of a report, and nothing of a patient. It reads text byte by byte, so it
/// needs no tokenizer file either.
enum BuiltInNetwork {
  private static let vocabulary = 512
  private static let seed: UInt64 = 2_512_010_85

  /// Its checkpoint. The file is gone at once; the mapping keeps what is in it.
  static func checkpoint() throws -> Checkpoint {
    let file = FileManager.default.temporaryDirectory
      .appending(path: "grounded-untrained-\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(at: file) }  // at worst a small file stays in /tmp
    try SeededWeights.write(.small(vocabulary: vocabulary), seed: seed, to: file.path)
    let checkpoint = try Checkpoint(path: file.path)
    _ = try checkpoint.sha256()
    return checkpoint
  }

  /// The tokenizer that belongs to it.
  static func tokenizer(_ configuration: ModelConfiguration) -> Tokenizer {
    Tokenizer.byteLevel(
      vocabulary: configuration.vocabulary, cls: Int32(configuration.startToken),
      sep: Int32(configuration.endToken), pad: Int32(configuration.padToken))
  }
}
