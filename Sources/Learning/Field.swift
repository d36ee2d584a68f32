internal import JSON

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

  /// - split: which one it is that the file does not name.
  func source(split: String) throws(TrainingError) -> TrainingPlan.Source {
    guard let members = value.members else { throw wrong("{\"manifest\", \"split\"}") }
    var source = TrainingPlan.Source(manifest: "", split: split, times: 1)
    for member in members {
      let field = Field(name: "\(name).\(member.name)", value: member.value)
      switch member.name {
      case "manifest": source.manifest = try field.text()
      case "split":
        source.split = try field.choice(["train": "train", "val": "val", "test": "test"])
      case "times": source.times = try field.integer(1...1_000)
      case "boxes": source.boxes = try field.integer(0...1_000)
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
