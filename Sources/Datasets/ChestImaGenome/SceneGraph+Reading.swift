extension SceneGraph {
  typealias Problem = DatasetError.Problem

  /// The largest file that is read; published ones have 30 to 60 KB.
  public static let bytesMax = 8 << 20
  /// Corners beyond are no pixels of any radiograph.
  private static let pixelsMax = 1_000_000.0

  /// Reads one scene graph; members that it does not know are passed over.
  ///
  /// - Throws: with the member's path where one is missing or of another type, where phrases and
  ///   attributes differ in number, and where the bytes are no UTF-8 or no JSON.
  public init(parsing bytes: [UInt8]) throws(DatasetError.Problem) {
    guard bytes.count <= Self.bytesMax else { throw .lineTooLong(bytesMax: Self.bytesMax) }
    guard String(validating: bytes, as: UTF8.self) != nil else { throw .noText(bytes) }
    var pull = JSONPull(bytes)
    var names: [String: String] = [:]
    var readObjects: [Object]?
    var readStatements: [Statement]?
    try pull.members("the scene graph") { (pull, name) throws(Problem) in
      switch name {
      case "image_id", "viewpoint": names[name] = try pull.string(name)
      case "patient_id", "study_id": names[name] = try pull.stringOrInteger(name)
      case "objects": readObjects = try Self.objects(&pull)
      case "attributes": readStatements = try Self.statements(&pull)
      default: try pull.skip()
      }
    }
    try pull.end()
    guard let objects = readObjects else { throw .missing(field: "objects") }
    guard let statements = readStatements else { throw .missing(field: "attributes") }
    imageID = try Self.name("image_id", in: names)
    patientID = try Self.digits("patient_id", in: names)
    studyID = try Self.digits("study_id", in: names)
    guard let viewpoint = names["viewpoint"] else { throw .missing(field: "viewpoint") }
    self.viewpoint = viewpoint
    self.objects = objects
    self.statements = statements
  }

  /// It becomes part of a path.
  private static func name(
    _ field: String, in names: [String: String]
  ) throws(Problem) -> String {
    guard let name = names[field] else { throw .missing(field: field) }
    guard isName(name) else {
      throw .ill(field, "no such name", wanted: "at most 128 letters, digits, - and _")
    }
    return name
  }

  /// True for what may be called an image.
  static func isName(_ name: some StringProtocol) -> Bool {
    let isFit = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
    return isFit && 1...128 ~= name.utf8.count
  }

  private static func digits(
    _ field: String, in names: [String: String]
  ) throws(Problem) -> String {
    guard let digits = names[field] else { throw .missing(field: field) }
    guard 1...19 ~= digits.utf8.count, digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else {
      throw .ill(field, "no such number", wanted: "an integer of at most 19 digits")
    }
    return digits
  }

  private static func objects(_ pull: inout JSONPull) throws(Problem) -> [Object] {
    var objects: [Object] = []
    try pull.elements("objects") { (pull, index) throws(Problem) in
      var name: String?
      var corners = SIMD4<Double>(repeating: .nan)
      try pull.members("objects[\(index)]") { (pull, member) throws(Problem) in
        switch member {
        case "bbox_name": name = try pull.string("objects[\(index)].bbox_name")
        case "original_x1": corners.x = try pixels(&pull, "objects[\(index)].\(member)")
        case "original_y1": corners.y = try pixels(&pull, "objects[\(index)].\(member)")
        case "original_x2": corners.z = try pixels(&pull, "objects[\(index)].\(member)")
        case "original_y2": corners.w = try pixels(&pull, "objects[\(index)].\(member)")
        default: try pull.skip()
        }
      }
      guard let region = name else { throw .missing(field: "objects[\(index)].bbox_name") }
      // JSON has no NaN: one that is left was never there.
      for (place, corner) in ["x1", "y1", "x2", "y2"].enumerated() where corners[place].isNaN {
        throw .missing(field: "objects[\(index)].original_\(corner)")
      }
      objects.append(Object(region: region, corners: corners))
    }
    return objects
  }

  private static func pixels(
    _ pull: inout JSONPull, _ path: @autoclosure () -> String
  ) throws(Problem) -> Double {
    let value = try pull.number(path())
    guard abs(value) <= pixelsMax else {
      throw .ill(path(), "\(value)", wanted: "pixels of an image")
    }
    return value
  }

  private static func statements(_ pull: inout JSONPull) throws(Problem) -> [Statement] {
    var statements: [Statement] = []
    try pull.elements("attributes") { (pull, index) throws(Problem) in
      var name: String?
      var strings: [String]?
      var lists: [[Label]]?
      try pull.members("attributes[\(index)]") { (pull, member) throws(Problem) in
        switch member {
        case "bbox_name": name = try pull.string("attributes[\(index)].bbox_name")
        case "phrases": strings = try Self.strings(&pull, "attributes[\(index)].phrases")
        case "attributes": lists = try labelLists(&pull, "attributes[\(index)].attributes")
        default: try pull.skip()
        }
      }
      guard let region = name else { throw .missing(field: "attributes[\(index)].bbox_name") }
      guard let phrases = strings else { throw .missing(field: "attributes[\(index)].phrases") }
      guard let labels = lists else { throw .missing(field: "attributes[\(index)].attributes") }
      guard phrases.count == labels.count else {
        throw .ill(
          "attributes[\(index)].phrases", "\(phrases.count) sentences",
          wanted: "as many as there are lists of attributes, \(labels.count)")
      }
      for (phrase, present) in zip(phrases, labels) {
        statements.append(Statement(region: region, sentence: phrase, present: present))
      }
    }
    return statements
  }

  private static func strings(
    _ pull: inout JSONPull, _ path: @autoclosure () -> String
  ) throws(Problem) -> [String] {
    var strings: [String] = []
    try pull.elements(path()) { (pull, index) throws(Problem) in
      strings.append(try pull.string("\(path())[\(index)]"))
    }
    return strings
  }

  private static func labelLists(
    _ pull: inout JSONPull, _ path: @autoclosure () -> String
  ) throws(Problem) -> [[Label]] {
    var lists: [[Label]] = []
    try pull.elements(path()) { (pull, list) throws(Problem) in
      var present: [Label] = []
      try pull.elements("\(path())[\(list)]") { (pull, index) throws(Problem) in
        let text = try pull.string("\(path())[\(list)][\(index)]")
        let parts = text.utf8.split(
          separator: UInt8(ascii: "|"), maxSplits: 2, omittingEmptySubsequences: false)
        let isPresent = parts.count == 3 && parts[1].elementsEqual("yes".utf8)
        guard isPresent || parts.count == 3 && parts[1].elementsEqual("no".utf8) else {
          throw .ill(
            "\(path())[\(list)][\(index)]", "another text", wanted: "category|yes or no|name")
        }
        guard isPresent else { return }
        present.append(
          Label(category: String(Substring(parts[0])), name: String(Substring(parts[2]))))
      }
      lists.append(present)
    }
    return lists
  }
}
