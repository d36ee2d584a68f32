internal import Tensors

/// What becomes of a decoded query: a box and a confidence (SPEC §1.9).
struct Heads {
  private let backend: any Backend
  private let box: [any LinearLayer]
  private let confidence: any LinearLayer

  init(
    _ weights: Checkpoint.Folder, _ configuration: ModelConfiguration, on backend: any Backend
  ) throws {
    let channels = configuration.channels
    let layers = weights["bbox_embed"]["layers"]
    self.backend = backend
    box = [
      try backend.linear(layers[0], channels, channels, activation: .relu),
      try backend.linear(layers[1], channels, channels, activation: .relu),
      try backend.linear(layers[2], 4, channels),
    ]
    confidence = try backend.linear(
      weights.either("confidence_embed", "class_embed"), 1, channels)
  }

  /// - queries: [rows, channels]. Returns boxes [rows, 4], 0…1, and logits [rows, 1].
  func callAsFunction(_ queries: Tensor) throws(TensorError) -> (boxes: Tensor, logits: Tensor) {
    var boxes = queries
    for layer in box { boxes = try layer(boxes) }
    try backend.sigmoid(boxes)
    return (boxes, try confidence(queries))
  }
}
