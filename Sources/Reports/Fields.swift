internal import Boxes
internal import JSON

/// A JSON object whose members are read by name; whatever does not fit is a rejection that names
/// the place and the kind expected there.
struct Fields {
  let members: [JSON.Member]
  /// Where the object stands: `images[0]`; empty for the whole value.
  let path: String
  /// Whose rejections these are.
  private let stage: Stage

  init(_ value: JSON, at path: String, stage: Stage = .decide) throws(Rejection) {
    guard case .object(let members) = value else {
      throw Self.wrongType(value, at: path, expected: "an object", stage: stage)
    }
    self.members = members
    self.path = path
    self.stage = stage
  }

  /// The path of a member.
  func place(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

  /// The member of that name; null counts as absent.
  func value(_ name: String) -> JSON? {
    guard let member = members.first(where: { $0.name == name }), !member.value.isNull else {
      return nil
    }
    return member.value
  }

  /// Text; nil when absent or empty.
  func text(_ name: String, charactersMax: Int) throws(Rejection) -> String? {
    let text = try string(name, charactersMax: charactersMax)
    return text == "" ? nil : text
  }

  /// Text as it is, empty or not; nil when absent.
  func string(_ name: String, charactersMax: Int) throws(Rejection) -> String? {
    guard let value = value(name) else { return nil }
    guard case .string(let text) = value else {
      throw wrongType(value, name, expected: "a string")
    }
    guard !text.utf8.contains(0) else {
      throw Rejection(
        .invalidValue, at: stage, "\(place(name)) contains U+0000, which no database can keep")
    }
    guard text.isAtMost(charactersMax) else {
      throw Rejection(
        .invalidValue, at: stage,
        "\(place(name)) has more than \(charactersMax) characters")
    }
    return text
  }

  /// Text that has to be there and be more than white space.
  func requiredText(_ name: String, charactersMax: Int) throws(Rejection) -> String {
    guard let text = try string(name, charactersMax: charactersMax) else {
      throw missing(name, expected: "a string")
    }
    guard !text.isBlank else {
      throw Rejection(.invalidValue, at: stage, "\(place(name)) is empty")
    }
    return text
  }

  func integer(_ name: String) throws(Rejection) -> Int64? {
    guard let value = value(name) else { return nil }
    guard let number = value.integer else {
      throw wrongType(value, name, expected: "an integer")
    }
    return number
  }

  func requiredInteger(_ name: String) throws(Rejection) -> Int64 {
    guard let number = try integer(name) else { throw missing(name, expected: "an integer") }
    return number
  }

  func double(_ name: String) throws(Rejection) -> Double? {
    guard let value = value(name) else { return nil }
    guard let number = value.number else {
      throw wrongType(value, name, expected: "a number")
    }
    return number
  }

  func requiredDouble(_ name: String) throws(Rejection) -> Double {
    guard let number = try double(name) else { throw missing(name, expected: "a number") }
    return number
  }

  /// A number as a `Float`, which JSON cannot say to be infinite but may say to be too large.
  func number(_ name: String) throws(Rejection) -> Float? {
    guard let number = try double(name) else { return nil }
    guard Float(number).isFinite else {
      throw Rejection(.invalidValue, at: stage, "\(place(name)) is too large a number")
    }
    return Float(number)
  }

  func requiredNumber(_ name: String) throws(Rejection) -> Float {
    guard let number = try number(name) else { throw missing(name, expected: "a number") }
    return number
  }

  func object(_ name: String) throws(Rejection) -> Fields? {
    guard let value = value(name) else { return nil }
    return try Fields(value, at: place(name))
  }

  func requiredObject(_ name: String) throws(Rejection) -> Fields {
    guard let fields = try object(name) else { throw missing(name, expected: "an object") }
    return fields
  }

  /// The elements of an array; nil when absent.
  func array(_ name: String) throws(Rejection) -> [JSON]? {
    guard let value = value(name) else { return nil }
    guard case .array(let elements) = value else {
      throw wrongType(value, name, expected: "an array")
    }
    return elements
  }

  /// The elements of an array of objects, each with its path.
  func objects(_ name: String) throws(Rejection) -> [Fields]? {
    guard let elements = try array(name) else { return nil }
    var objects: [Fields] = []
    objects.reserveCapacity(elements.count)
    for (index, element) in elements.enumerated() {
      objects.append(try Fields(element, at: "\(place(name))[\(index)]"))
    }
    return objects
  }

  func missing(_ name: String, expected: String) -> Rejection {
    Rejection(.missingField, at: stage, "\(place(name)) is missing; give \(expected)")
  }

  private func wrongType(_ value: JSON, _ name: String, expected: String) -> Rejection {
    Self.wrongType(value, at: place(name), expected: expected, stage: stage)
  }

  private static func wrongType(
    _ value: JSON, at path: String, expected: String, stage: Stage
  ) -> Rejection {
    let place = path.isEmpty ? "the value" : path
    return Rejection(.wrongType, at: stage, "\(place) is \(value.kind); give \(expected)")
  }
}

extension Fields {
  /// This object as a box: `x_min`, `y_min`, `x_max`, `y_max`, fractions of the image.
  func box() throws(Rejection) -> BoundingBox {
    let left = try requiredDouble("x_min")
    let top = try requiredDouble("y_min")
    let right = try requiredDouble("x_max")
    let bottom = try requiredDouble("y_max")
    guard let (left, right) = Self.side(left, right), let (top, bottom) = Self.side(top, bottom),
      let box = BoundingBox(left: left, top: top, right: right, bottom: bottom)
    else {
      throw Rejection(
        .invalidValue, at: stage,
        "\(path) is no box: 0 ≤ x_min < x_max ≤ 1 and 0 ≤ y_min < y_max ≤ 1 must hold")
    }
    return box
  }

  /// The two ends of a box's side; nil when they are out of order or outside the image.
  ///
  /// Ends that single precision cannot tell apart are set one step of it apart.
  private static func side(_ low: Double, _ high: Double) -> (Float, Float)? {
    guard 0 <= low, low < high, high <= 1 else { return nil }
    let (first, last) = (Float(low), Float(high))
    guard first == last else { return (first, last) }
    let step = Float.ulpOfOne / 2  // between the numbers below 1
    return last < 1 ? (first, last + step) : (first - step, last)
  }

  /// An array of boxes; nil when absent.
  func boxes(_ name: String, max: Int) throws(Rejection) -> [BoundingBox]? {
    guard let elements = try array(name) else { return nil }
    guard elements.count <= max else {
      throw Rejection(
        .tooManyBoxes, at: stage,
        "\(place(name)) has \(elements.count) boxes; at most \(max) are read")
    }
    var boxes: [BoundingBox] = []
    for (index, element) in elements.enumerated() {
      boxes.append(try Fields(element, at: "\(place(name))[\(index)]").box())
    }
    return boxes
  }
}

extension String {
  /// True when there is nothing but white space.
  var isBlank: Bool { unicodeScalars.allSatisfy(\.properties.isWhitespace) }

  /// True for at most so many Unicode scalars.
  func isAtMost(_ scalars: Int) -> Bool {
    utf8.count <= scalars || unicodeScalars.count <= scalars
  }
}
