internal import GroundingModel
public import JSON

extension TrainingPlan {
  /// Of all images of a step, in one channel.
  private static let pixelsMax = 1 << 28

  /// Reads a run file. Every member has a default but `train`; an unknown one is refused.
  public init(json: JSON) throws(TrainingError) {
    self.init()
    guard let members = json.members else {
      throw .badPlan(field: "(all)", reason: "is \(json.kind), not an object")
    }
    for member in members { try read(member.name, member.value) }
    guard !train.isEmpty else { throw .badPlan(field: "train", reason: "names no manifest") }
    if start == nil {
      guard tokenizer != nil else {
        throw .badPlan(field: "tokenizer", reason: "is needed where no checkpoint is started from")
      }
      guard learnsNorms else {
        throw .badPlan(
          field: "batch_norm", reason: "has to be “batch” where no checkpoint is started from")
      }
    }
    guard start != nil || side == nil else {
      throw .badPlan(
        field: "image", reason: "is part of “architecture” where no checkpoint is started from")
    }
    let side = side ?? (start == nil ? architecture.side : 0)
    let pixels = images * side * side
    guard pixels <= Self.pixelsMax else {
      throw .badPlan(
        field: "images",
        reason: "makes steps of \(pixels) pixels; at most \(Self.pixelsMax) are done")
    }
  }

  private mutating func read(_ name: String, _ value: JSON) throws(TrainingError) {
    let field = Field(name: name, value: value)
    switch name {
    case "name": self.name = try field.text()
    case "stage":
      guard let stage = try Stage(rawValue: field.integer(1...2)) else { return }
      self.stage = stage
    case "seed": seed = UInt64(try field.integer(0...Int.max))
    case "start": start = try field.text()
    case "tokenizer": tokenizer = try field.text()
    case "architecture":
      do { architecture = try ModelConfiguration(json: value.text) } catch {
        throw .badPlan(field: name, reason: "is no architecture: \(error)")
      }
    case "train":
      train = try field.list { field throws(TrainingError) in try field.source(split: "train") }
    case "validate":
      validate = try field.list { field throws(TrainingError) in try field.source(split: "val") }
    case "frozen": frozen = try field.list { field throws(TrainingError) in try field.text() }
    case "licences":
      licences = try field.list { field throws(TrainingError) in try field.text() }
    case "augmentation": augmentation = try Augmentation(field)
    default: try readNumber(field)
    }
  }

  private mutating func readNumber(_ field: Field) throws(TrainingError) {
    switch field.name {
    case "epochs": epochs = try field.integer(1...100_000)
    case "patience": patience = try field.integer(0...100_000)
    case "images": images = try field.integer(1...4_096)
    case "image": side = try field.integer(32...4_096)
    case "sentences": sentences = try field.integer(1...256)
    case "rate": rate = try field.number(1e-12...1)
    case "warm_up_steps": warmUp = try field.integer(0...10_000_000)
    case "cooling": cooling = try field.number(0...1)
    case "decay": decay = try field.number(0...1)
    case "clip": clip = try field.number(1e-6...1e6)
    case "dropout": dropout = try field.number(0...0.9)
    case "threshold": threshold = try field.number(0...1)
    case "fusion_iou": fusionIoU = try field.number(0...1)
    case "batch_norm":
      learnsNorms = try field.choice(["frozen": false, "batch": true])
    case "confidence_loss":
      loss.reduction = try field.choice(["sum": .sum, "mean": .mean])
    default:
      throw .badPlan(field: field.name, reason: "is no member of a run file")
    }
  }
}
