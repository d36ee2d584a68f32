internal import CBuiltInNetwork
internal import GroundingModel

/// A tiny network with random weights, and what PyTorch computed with it: another implementation's word on whether a
/// GPU computes right.
enum GoldenNetwork {
  /// Its weights.
  static func checkpoint() throws -> Checkpoint {
    try .carried(golden_network(), golden_network_size())
  }

  /// As `DeviceBenchmark.parity` reads them.
  static func answers() throws -> Checkpoint {
    try .carried(golden_answers(), golden_answers_size())
  }
}
