public import GroundingModel

/// Everything that a run of training depends on, besides its data: what a run file says.
public struct TrainingPlan: Hashable, Sendable {
  /// A data set's part that is learnt from, or judged by.
  public struct Source: Hashable, Sendable {
    /// The manifest's path, seen from the run file's folder.
    public var manifest: String
    /// `train`, `val` or `test`.
    public var split: String
    /// How often an epoch shows each of its images.
    public var times: Int
    /// Sentences of it at most, the same ones each time; nil for all. For validation.
    public var sentencesMax: Int?
  }

  /// Which of the paper's stages this is; decides what the best epoch is (SPEC §6.1).
  public enum Stage: Int, Hashable, Sendable {
    /// Weak anatomy boxes: the highest mask IoU.
    case anatomy = 1
    /// Expert boxes: the most phrases with F1 = 1.
    case findings = 2
  }

  public var name = "grounded"
  public var stage = Stage.findings
  public var seed: UInt64 = 1
  /// Where learning begins: a checkpoint; nil draws weights from the seed.
  public var start: String?
  /// The tokenizer's file; nil takes the one of the starting checkpoint.
  public var tokenizer: String?
  /// Sizes of a network that begins at nothing.
  public var architecture = ModelConfiguration()
  public var train: [Source] = []
  public var validate: [Source] = []

  public var epochs = 15
  /// Epochs without a better one after which the run ends; 0 never does.
  public var patience = 0
  /// Images in a step, and sentences of each.
  public var images = 8
  public var sentences = 4
  public var rate: Float = 1e-5
  /// Steps until the rate is reached.
  public var warmUp = 0
  /// The share of the run, at its end, in which the rate falls to a fiftieth.
  public var cooling: Float = 0
  public var decay: Float = 1e-4
  /// The largest norm of all gradients together.
  public var clip: Float = 0.1
  public var dropout: Float = 0.1
  /// Whether batch norms take the statistics of their batch; otherwise they are frozen.
  public var learnsNorms = false
  /// Beginnings of parameters' names that stay as they are.
  public var frozen: [String] = []
  public var loss = GroundingLoss()
  public var augmentation = Augmentation()
  /// What a confidence has to reach in validation, and the IoU of box fusion.
  public var threshold: Float = 0.8
  public var fusionIoU: Float = 0.1
  /// What the weights may be used for, by the licences of their data.
  public var licences: [String] = []

  public init() {}

  /// The rate of a step, of `count` in the whole run.
  public func rate(ofStep step: Int, of count: Int) -> Float {
    var rate = self.rate
    if step < warmUp { rate *= Float(step + 1) / Float(warmUp) }
    let left = Float(count - step) / Float(max(1, count))
    if left < cooling { rate *= max(0.02, left / cooling) }
    return rate
  }

  func learns(_ name: String) -> Bool { !frozen.contains { name.hasPrefix($0) } }
}
