internal import Tensors

extension PlanSize {
  /// As large as a batch gets with sentences of usual length, and color images.
  static func most(within limits: DeviceBatch.Limits) -> PlanSize {
    let sentences = min(limits.sentences, max(1, limits.rows / (limits.cells + usualTokens)))
    return PlanSize(
      images: limits.images, sentences: sentences, tokens: usualTokens,
      rows: sentences * usualTokens, samplePlanes: 3)
  }

  /// Of a sentence; few have more.
  private static let usualTokens = 32

  /// Whether a plan of this size has room for a batch of another, whose images come in the same form.
  func hasRoom(for other: PlanSize) -> Bool {
    images >= other.images && sentences >= other.sentences && tokens >= other.tokens
      && rows >= other.rows && samplePlanes == other.samplePlanes
  }

  /// Floating-point operations of a plan of this size.
  func operations(_ configuration: ModelConfiguration) -> Double {
    let one = ModelOperations(configuration, sentences: [tokens])
    return Double(images) * one.backbone + Double(sentences) * (one.cross + one.decoder)
      + Double(rows) * one.text / Double(tokens)
  }

  /// The size that a batch runs in: its own, or one of those that are ready and take little longer. A size that
  /// is new costs a pause, and few fit a batch exactly.
  func fitting(_ ready: Set<PlanSize>, _ configuration: ModelConfiguration) -> PlanSize {
    if ready.contains(self) { return self }
    let most = Self.excessMax * operations(configuration)
    let costs = ready.filter { $0.hasRoom(for: self) }
      .map { (size: $0, operations: $0.operations(configuration)) }
      .filter { $0.operations <= most }
    return costs.min { ($0.operations, $0.size.rows) < ($1.operations, $1.size.rows) }?.size
      ?? self
  }

  /// Operations of a plan that is taken for another, as many times as the other's.
  private static let excessMax = 1.2
}
