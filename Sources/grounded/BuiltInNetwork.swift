internal import CBuiltInNetwork
internal import GroundingModel

/// The small network that is there without any file, trained on drawn phantoms and on films with drawn
/// lungs (README, “The built-in network”).
enum BuiltInNetwork {
  /// Its checkpoint, which carries its tokenizer.
  static func checkpoint() throws -> Checkpoint {
    try .carried(built_in_network(), built_in_network_size())
  }
}
