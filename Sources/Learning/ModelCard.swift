public import Evaluation
public import JSON

/// What a checkpoint says of its own making.
public struct ModelCard: Sendable {
  /// Its name in the metadata.
  public static let metadataName = "card"

  public var plan: TrainingPlan
  /// The run file, as it was.
  public var run: String
  /// The card of the checkpoint that the run began with, where that has one: its data count, too. As
  /// text where it is no JSON.
  public var start: String?
  /// The epoch whose weights these are.
  public var epoch: Int
  /// On the validation split.
  public var metrics: PhraseMetrics?

  public init(
    plan: TrainingPlan, run: String, start: String?, epoch: Int, metrics: PhraseMetrics?
  ) {
    self.plan = plan
    self.run = run
    self.start = start
    self.epoch = epoch
    self.metrics = metrics
  }

  /// As the metadata has it.
  public var json: JSON {
    [
      "use": "research and demonstration; not for clinical use",
      "stage": .integer(Int64(plan.stage.rawValue)), "epoch": .integer(Int64(epoch)),
      "seed": .string(String(plan.seed)),
      "licences": .array(plan.licences.map { .string($0) }),
      "data": .array(plan.train.map { .string("\($0.manifest) (\($0.split))") }),
      "validation_data": .array(plan.validate.map { .string("\($0.manifest) (\($0.split))") }),
      "command": "grounded train RUN --output FOLDER",
      "confidence_loss": .string(plan.loss.reduction.rawValue),
      "validation": metrics?.json ?? .null,
      "began_with": start.map { (try? JSON(parsing: Array($0.utf8))) ?? .string($0) } ?? .null,
      "run": (try? JSON(parsing: Array(run.utf8))) ?? .null,  // it was read from JSON once
    ]
  }
}
