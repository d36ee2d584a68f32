internal import JSON

/// What a line of a truth or prediction file says of one phrase.
///
/// Truth: `{"id", "boxes": [[x1, y1, x2, y2], …], "category"?}`; predictions: `{"id", "boxes",
/// "scores": […]}`. Coordinates are fractions of the image; other members are passed over.
struct PhraseLine {
  /// Most boxes of one phrase.
  static let boxesMax = 1_000
  static let idBytesMax = 1_000

  var id = ""
  var boxes: [Rectangle] = []
  var scores: [Double]?
  var category: String?

  init(parsing bytes: [UInt8]) throws(PhraseFileError) {
    if let line = Self(plain: bytes) {
      self = line
    } else {
      try self.init(json: bytes)
    }
    guard !id.isEmpty, id.utf8.count <= Self.idBytesMax else {
      throw PhraseFileError("“id” has \(id.utf8.count) bytes; 1…\(Self.idBytesMax) are read")
    }
    guard boxes.count <= Self.boxesMax else {
      throw PhraseFileError("\(boxes.count) boxes; at most \(Self.boxesMax) are read")
    }
  }

  /// Nil when the line has anything that `LineScanner` leaves to JSON.
  init?(plain bytes: [UInt8]) {
    var scanner = LineScanner(bytes)
    var isBoxed = false
    guard scanner.takes("{") else { return nil }
    repeat {
      guard let name = scanner.string(), scanner.takes(":") else { return nil }
      switch name {
      case "id" where id.isEmpty:
        guard let text = scanner.string() else { return nil }
        id = text
      case "category" where category == nil:
        guard let text = scanner.string() else { return nil }
        category = text
      case "boxes" where !isBoxed:
        guard let list = scanner.list(of: { $0.box() }) else { return nil }
        boxes = list
        isBoxed = true
      case "scores" where scores == nil:
        guard let list = scanner.list(of: { $0.number() }), list.allSatisfy({ $0 <= 1 }) else {
          return nil
        }
        scores = list
      case "id", "category", "boxes", "scores": return nil  // a second time
      default:
        guard scanner.string() != nil else { return nil }
      }
    } while scanner.takes(",")
    guard scanner.takes("}"), scanner.isAtEnd(), !id.isEmpty, isBoxed else { return nil }
  }

  /// The same of any JSON, with the reason when it does not fit.
  init(json bytes: [UInt8]) throws(PhraseFileError) {
    let json: JSON
    do {
      json = try JSON(parsing: bytes)
    } catch {
      throw PhraseFileError("not JSON: \(error.reason) at byte \(error.byte)")
    }
    guard let id = json["id"]?.string else { throw PhraseFileError("“id” is not a string") }
    guard let list = json["boxes"]?.array else { throw PhraseFileError("“boxes” is not a list") }
    self.id = id
    boxes.reserveCapacity(list.count)
    for (index, corners) in list.enumerated() { boxes.append(try Self.box(corners, index)) }
    if let member = json["category"], !member.isNull {
      guard let text = member.string else { throw PhraseFileError("“category” is not a string") }
      category = text
    }
    guard let member = json["scores"] else { return }
    guard let numbers = member.array else { throw PhraseFileError("“scores” is not a list") }
    var scores: [Double] = []
    for (index, number) in numbers.enumerated() {
      guard let score = number.number, 0...1 ~= score else {
        throw PhraseFileError("score \(index) is not a number from 0 to 1")
      }
      scores.append(score)
    }
    self.scores = scores
  }

  private static func box(_ json: JSON, _ index: Int) throws(PhraseFileError) -> Rectangle {
    let corners = (json.array ?? []).compactMap(\.number)
    guard corners.count == 4, json.array?.count == 4 else {
      throw PhraseFileError("box \(index) is not four numbers [x1, y1, x2, y2]")
    }
    guard corners.allSatisfy({ 0...1 ~= $0 }) else {
      throw PhraseFileError("box \(index) reaches out of 0…1; divide by the image's size")
    }
    guard
      let box = Rectangle(
        left: corners[0], top: corners[1], right: corners[2], bottom: corners[3])
    else {
      throw PhraseFileError("box \(index) is reversed or empty; x1 < x2 and y1 < y2 are needed")
    }
    return box
  }
}
