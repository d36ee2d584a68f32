extension CSVTable.Row {
  func error(_ problem: DatasetError.Problem) -> DatasetError {
    DatasetError(file: file, line: line, problem)
  }

  /// Text that is more than white space.
  func text(_ name: String) throws(DatasetError) -> String {
    let text = try self[name]
    guard text.contains(where: { !$0.isWhitespace }) else {
      throw error(.ill(name, text: "", wanted: "a text"))
    }
    return text
  }

  /// A finite number, written in decimals; spaces may stand around it.
  func number(_ name: String) throws(DatasetError) -> Double {
    let text = try self[name]
    let digits = text.split(separator: " ")
    guard digits.count == 1, digits[0].utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }),
      let number = Double(digits[0]), number.isFinite
    else { throw error(.ill(name, text: text, wanted: "a number")) }
    return number
  }

  /// A side of an image, in pixels.
  func side(_ name: String) throws(DatasetError) -> Int {
    let number = try number(name)
    guard 0 < number, number <= Double(Int32.max), number == number.rounded() else {
      throw error(.ill(name, "\(number)", wanted: "a number of pixels above zero"))
    }
    return Int(number)
  }

  /// The split of a column that holds it under a publisher's name.
  func publishedSplit() throws(DatasetError) -> ManifestEntry.Split {
    let name = try self["split"]
    guard let split = ManifestEntry.Split(published: name) else {
      throw error(.ill("split", text: name, wanted: "train, val, validate, validation or test"))
    }
    return split
  }

  /// True when each of these columns is blank.
  func isBlank(_ names: [String]) throws(DatasetError) -> Bool {
    for name in names where try self[name].contains(where: { !$0.isWhitespace }) { return false }
    return true
  }

  /// The corners of a box from the columns of its left and upper edge, width and height.
  func corners(
    x: String, y: String, width: String, height: String
  ) throws(DatasetError) -> [Double] {
    let (left, top) = (try number(x), try number(y))
    return [left, top, left + (try number(width)), top + (try number(height))]
  }
}
