internal import CBuiltInNetwork
internal import FoundationEssentials
internal import GroundingModel

/// The small network that is there without any file, trained on drawn phantoms and on films with drawn
/// lungs (README, “The built-in network”).
enum BuiltInNetwork {
  /// Its checkpoint, which carries its tokenizer. The file is gone at once; the mapping keeps what is in it.
  static func checkpoint() throws -> Checkpoint {
    let file = FileManager.default.temporaryDirectory
      .appending(path: "grounded-\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(at: file) }  // at worst a small file stays in /tmp
    try Data(bytes: built_in_network(), count: built_in_network_size()).write(to: file)
    let checkpoint = try Checkpoint(path: file.path)
    _ = try checkpoint.sha256()
    return checkpoint
  }
}
