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
    /// Takes only sentences with so many boxes; nil takes all.
    public var boxes: Int?
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

  /// What the weights will be called.
  public var name = "grounded"
  /// What the best epoch is.
  public var stage = Stage.findings
  /// Of everything that is drawn.
  public var seed: UInt64 = 1
  /// Where learning begins: a checkpoint; nil draws weights from the seed.
  public var start: String?
  /// The tokenizer's file; nil takes the one of the starting checkpoint.
  public var tokenizer: String?
  /// Sizes of a network that begins at nothing.
  public var architecture = ModelConfiguration()
  /// The side of the square image, where it is to be another than the starting checkpoint's; in pixels.
  public var side: Int?
  /// What is learnt from.
  public var train: [Source] = []
  /// What epochs are judged by; without it the last one is kept.
  public var validate: [Source] = []

  /// How often everything is shown.
  public var epochs = 15
  /// Epochs without a better one after which the run ends; 0 never does.
  public var patience = 0
  /// Images in a step.
  public var images = 8
  /// Sentences of each image in a step.
  public var sentences = 4
  /// The optimizer's, after warming up.
  public var rate: Float = 1e-5
  /// Steps until the rate is reached.
  public var warmUp = 0
  /// The share of the run, at its end, in which the rate falls to a fiftieth.
  public var cooling: Float = 0
  /// Of the weights, by AdamW; biases and norms do not decay.
  public var decay: Float = 1e-4
  /// The largest norm of all gradients together.
  public var clip: Float = 0.1
  /// The share of what attention, its output, feed-forward layers and text features give that is dropped.
  public var dropout: Float = 0.1
  /// Whether batch norms take the statistics of their batch; otherwise they are frozen.
  public var learnsNorms = false
  /// Beginnings of parameters' names that stay as they are.
  public var frozen: [String] = []
  /// Terms and their weights.
  public var loss = GroundingLoss()
  /// How images are changed each time.
  public var augmentation = Augmentation()
  /// What a confidence has to reach in validation.
  public var threshold: Float = 0.8
  /// From which IoU on boxes are fused in validation.
  public var fusionIoU: Float = 0.1
  /// What the weights may be used for, by the licences of their data.
  public var licences: [String] = []

  /// The paper's settings, as far as it says them (SPEC §6.1), and nothing to learn from.
  public init() {}

  /// The rate of a step, of `count` in the whole run.
  public func rate(ofStep step: Int, of count: Int) -> Float {
    var rate = self.rate
    if step < warmUp { rate *= Float(step + 1) / Float(warmUp) }
    let left = Float(count - step) / Float(max(1, count))
    if left < cooling { rate *= max(0.02, left / cooling) }
    return rate
  }

  /// Makes sure that every beginning in “frozen” is one of a parameter's name.
  func check(against names: [String]) throws(TrainingError) {
    for beginning in frozen where !names.contains(where: { $0.hasPrefix(beginning) }) {
      throw .badPlan(field: "frozen", reason: "names no parameter that begins with “\(beginning)”")
    }
  }

  func learns(_ name: String) -> Bool { !frozen.contains { name.hasPrefix($0) } }
}
