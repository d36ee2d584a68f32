/// A model with its threshold, fusion setting and precision: what a box is owed to.
public struct GrounderIdentity: Hashable, Sendable {
  public let name: String
  public let version: String
  /// The network's shape, as its checkpoint calls it.
  public let architecture: String?
  /// Of the weights' file: 64 hexadecimal digits in lower case.
  public let weightsSHA256: String
  /// The lowest confidence of a box that counts.
  public let threshold: Float
  /// Boxes that overlap by more than this are fused.
  public let fusionIoU: Float
  /// Such as `fp32`.
  public let precision: String
  /// What it ran on. The same grounder on another device is the same grounder.
  public let device: String

  public init(
    name: String, version: String, architecture: String? = nil, weightsSHA256: String,
    threshold: Float, fusionIoU: Float, precision: String, device: String
  ) {
    precondition(threshold.isFinite && fusionIoU.isFinite, "\(threshold), \(fusionIoU)")
    self.name = name
    self.version = version
    self.architecture = architecture
    self.weightsSHA256 = weightsSHA256
    self.threshold = threshold
    self.fusionIoU = fusionIoU
    self.precision = precision
    self.device = device
  }
}
