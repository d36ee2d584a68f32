public import Boxes

/// A phrase with all that the network says of it: every query, on the network's square.
public struct QueryPhrase: Hashable, Sendable {
  /// Annotated boxes; none when nothing is to be found.
  public let truth: [Rectangle]
  /// What the phrase speaks of, where that is known.
  public let category: String?
  let outputs: QueryOutputs
  let letterbox: Letterbox

  /// - Parameters:
  ///   - outputs: nil where the network was not asked. Then, and where its arithmetic failed, nothing
  ///     is found.
  ///   - letterbox: how the image lies in the square.
  public init(
    truth: [Rectangle], category: String? = nil, outputs: QueryOutputs?, letterbox: Letterbox
  ) {
    self.truth = truth
    self.category = category
    let sound = outputs.flatMap { $0.isFinite ? $0 : nil }
    self.outputs = sound ?? QueryOutputs(logits: [], boxes: [])
    self.letterbox = letterbox
  }
}
