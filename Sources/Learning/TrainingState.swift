internal import FoundationEssentials
internal import GroundingModel
internal import JSON
internal import Tensors

/// Where a run stands: enough to go on as if it had never stopped.
public struct TrainingState: Hashable, Sendable {
  /// Steps that were done, since the beginning.
  public var step = 0
  /// Of the tape's dropouts.
  public var random: UInt64 = 0
  /// Of the losses of the present epoch's steps.
  public var lossSum = 0.0
  /// The best validation so far, and the epoch that it followed.
  public var best: Double?
  public var bestEpoch = 0

  /// At the beginning.
  public init() {}

  private static let parts: [(TrainableParameters.Part, String)] = [
    (.value, "value"), (.mean, "mean"), (.square, "square"),
  ]

  /// Writes all of it, or nothing.
  func write(_ network: TrainableGrounder, run: String, to path: String) throws {
    var tensors: [StoredTensor] = []
    for (index, name) in network.names.enumerated() {
      for (part, title) in Self.parts {
        tensors.append(
          StoredTensor(
            "\(title)/\(name)", network.parameters.shapes[index],
            .floats(network.parameters[index, part])))
      }
    }
    let facts: JSON = [
      "step": .integer(Int64(step)), "random": .string(String(random)),
      "loss_sum": .string(String(lossSum.bitPattern)),
      "best": best.map { .number($0) } ?? .null, "best_epoch": .integer(Int64(bestEpoch)),
    ]
    try Checkpoint.write(
      tensors, metadata: [("state", facts.text), ("run", run)], to: path)
  }

  /// Reads what was written of the same run into its network.
  init(from path: String, into network: TrainableGrounder, run: String) throws {
    let file = try Checkpoint(path: path)
    guard file.metadata["run"] == run else {
      throw TrainingError.otherRun(path: path, reason: "its run file was another one")
    }
    guard let facts = file.metadata["state"].flatMap({ try? JSON(parsing: Array($0.utf8)) }),
      let step = facts["step"]?.integer, step >= 0,
      let random = facts["random"]?.string.flatMap({ UInt64($0) })
    else { throw TrainingError.otherRun(path: path, reason: "it says no step") }
    self.step = Int(step)
    self.random = random
    lossSum = facts["loss_sum"]?.string.flatMap { UInt64($0) }.map { Double(bitPattern: $0) } ?? 0
    best = facts["best"]?.number
    bestEpoch = Int(facts["best_epoch"]?.integer ?? 0)
    for (index, name) in network.names.enumerated() {
      for (part, title) in Self.parts {
        guard file.facts(of: "\(title)/\(name)")?.shape == network.parameters.shapes[index] else {
          throw TrainingError.otherRun(path: path, reason: "“\(name)” is missing or of other sizes")
        }
        network.parameters[index, part] = try file.parameter("\(title)/\(name)").values
      }
    }
  }
}
