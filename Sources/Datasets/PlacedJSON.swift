internal import JSON

/// A value of a JSON file that knows where it stands, so that errors can say so.
struct PlacedJSON {
  let file: String
  /// Such as `[3].findings[0]`; empty for the file's value.
  let place: String
  let json: JSON

  /// The value of a whole file.
  init(path: String) throws(DatasetError) {
    try self.init(PublishedFile.bytes(path: path), file: path)
  }

  /// - Parameter path: the name for messages.
  init(_ bytes: [UInt8], file path: String) throws(DatasetError) {
    do { json = try JSON(parsing: bytes) } catch {
      throw DatasetError(file: path, .notJSON(reason: error.description))
    }
    file = path
    place = ""
  }

  private init(file: String, place: String, json: JSON) {
    self.file = file
    self.place = place
    self.json = json
  }

  func error(_ problem: DatasetError.Problem) -> DatasetError {
    DatasetError(file: file, place: place, problem)
  }

  /// A member that has to be there, null or not.
  func member(_ name: String) throws(DatasetError) -> PlacedJSON {
    guard json.members != nil else { throw ill("an object") }
    guard let value = json[name] else { throw error(.missing(field: name)) }
    return PlacedJSON(file: file, place: place.isEmpty ? name : "\(place).\(name)", json: value)
  }

  /// A member that may be absent or null; nil then.
  func optional(_ name: String) throws(DatasetError) -> PlacedJSON? {
    guard json[name] != nil || json.members == nil else { return nil }
    let value = try member(name)
    return value.json.isNull ? nil : value
  }

  /// The elements of a list.
  func elements() throws(DatasetError) -> [PlacedJSON] {
    guard let list = json.array else { throw ill("a list") }
    return list.enumerated().map { index, element in
      PlacedJSON(file: file, place: "\(place)[\(index)]", json: element)
    }
  }

  /// Text that is more than white space.
  func text() throws(DatasetError) -> String {
    guard let text = json.string, text.contains(where: { !$0.isWhitespace }) else {
      throw ill("a text")
    }
    return text
  }

  /// An id: text, or an integer as publishers also write ids.
  func identifier() throws(DatasetError) -> String {
    if let number = json.integer { return String(number) }
    return try text()
  }

  /// A member that is a number.
  func number(_ name: String) throws(DatasetError) -> Double {
    let value = try member(name)
    guard let number = value.json.number else { throw value.ill("a number") }
    return number
  }

  /// A member that is a side of an image, in pixels; publishers also write 100.0.
  func side(_ name: String) throws(DatasetError) -> Int {
    let value = try member(name)
    guard let number = value.json.number, 0 < number, number <= Double(Int32.max),
      number == number.rounded()
    else { throw value.ill("a number of pixels above zero") }
    return Int(number)
  }

  /// Four numbers.
  func quartet() throws(DatasetError) -> [Double] {
    let numbers = (json.array ?? []).compactMap { $0.number }
    guard numbers.count == 4, json.array?.count == 4 else { throw ill("four numbers") }
    return numbers
  }

  /// That the value is another than it should be.
  func ill(_ wanted: String) -> DatasetError {
    let name = place.split(separator: ".").last.map { String($0) } ?? "the file"
    guard let text = json.string else { return error(.ill(name, json.kind, wanted: wanted)) }
    return error(.ill(name, text: text, wanted: wanted))
  }
}
