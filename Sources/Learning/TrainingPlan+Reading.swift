internal import GroundingModel
public import JSON

extension TrainingPlan {
  /// Reads a run file. Every member has a default but `train`; an unknown one is refused.
  public init(json: JSON) throws(TrainingError) {
    self.init()
    guard let members = json.members else {
      throw .badPlan(field: "(all)", reason: "is \(json.kind), not an object")
    }
    for member in members { try read(member.name, member.value) }
    guard !train.isEmpty else { throw .badPlan(field: "train", reason: "names no manifest") }
    guard start != nil || tokenizer != nil else {
      throw .badPlan(field: "tokenizer", reason: "is needed where no checkpoint is started from")
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
    case "train": train = try field.list { field throws(TrainingError) in try field.source() }
    case "validate":
      validate = try field.list { field throws(TrainingError) in try field.source() }
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

/// A member of a run file, and what it is asked for.
struct Field {
  let name: String
  let value: JSON

  private func wrong(_ wanted: String) -> TrainingError {
    .badPlan(field: name, reason: "is \(value.text), not \(wanted)")
  }

  func text() throws(TrainingError) -> String {
    guard let text = value.string, !text.isEmpty else { throw wrong("a text") }
    return text
  }

  func integer(_ range: ClosedRange<Int>) throws(TrainingError) -> Int {
    guard let number = value.integer, range.contains(Int(number)) else {
      throw wrong("a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return Int(number)
  }

  func number(_ range: ClosedRange<Float>) throws(TrainingError) -> Float {
    guard let number = value.number, range.contains(Float(number)) else {
      throw wrong("a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return Float(number)
  }

  func pair(_ range: ClosedRange<Float>) throws(TrainingError) -> ClosedRange<Float> {
    let numbers = try list { field throws(TrainingError) in try field.number(range) }
    guard numbers.count == 2, numbers[0] <= numbers[1] else { throw wrong("[least, most]") }
    return numbers[0]...numbers[1]
  }

  func choice<Value>(_ choices: [String: Value]) throws(TrainingError) -> Value {
    guard let text = value.string, let choice = choices[text] else {
      throw wrong(choices.keys.sorted().map { "“\($0)”" }.joined(separator: " or "))
    }
    return choice
  }

  func list<Value>(
    _ element: (Field) throws(TrainingError) -> Value
  ) throws(TrainingError) -> [Value] {
    guard let values = value.array else { throw wrong("a list") }
    var list: [Value] = []
    for (index, value) in values.enumerated() {
      list.append(try element(Field(name: "\(name)[\(index)]", value: value)))
    }
    return list
  }

  func source() throws(TrainingError) -> TrainingPlan.Source {
    guard let members = value.members else { throw wrong("{\"manifest\", \"split\"}") }
    var source = TrainingPlan.Source(manifest: "", split: "train", times: 1, sentencesMax: nil)
    for member in members {
      let field = Field(name: "\(name).\(member.name)", value: member.value)
      switch member.name {
      case "manifest": source.manifest = try field.text()
      case "split":
        source.split = try field.choice(["train": "train", "val": "val", "test": "test"])
      case "times": source.times = try field.integer(1...1_000_000)
      case "sentences_max": source.sentencesMax = try field.integer(1...100_000_000)
      default: throw .badPlan(field: field.name, reason: "is no member of a source")
      }
    }
    guard !source.manifest.isEmpty else {
      throw .badPlan(field: "\(name).manifest", reason: "is missing")
    }
    return source
  }
}
