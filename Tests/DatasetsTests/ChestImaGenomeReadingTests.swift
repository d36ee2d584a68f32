import JSON
import Testing

@testable import Datasets

@Suite struct `A scene graph` {
  private static let whole = ChestImaGenomeGraph(
    boxes: [("left lung", [10, 20, 60, 90]), ("abdomen", [-5, 1e3, 7.5, 2])],
    sentences: [
      .init(
        "Left\n “opacity” é.", ["left lung"],
        ["anatomicalfinding|yes|lung opacity", "disease|no|pneumonia", "nlp|yes|abnormal"]),
      .init("Clear.", ["left lung", "unknown"], []),
    ])

  @Test func `is read from whatever else stands beside it`() throws {
    let graph = try Self.whole.read()
    #expect(graph.imageID == "00000000-11111111" && graph.viewpoint == "PA")
    #expect(graph.patientID == "19999999" && graph.studyID == "59999999")
    #expect(graph.objects.map(\.region) == ["left lung", "abdomen"])
    #expect(graph.objects[1].corners == SIMD4(-5, 1_000, 7.5, 2))
    #expect(graph.statements.map(\.region) == ["left lung", "left lung", "unknown"])
    #expect(graph.statements[0].sentence == "Left\n “opacity” é.")
    #expect(
      graph.statements[0].present == [
        .init(category: "anatomicalfinding", name: "lung opacity"),
        .init(category: "nlp", name: "abnormal"),
      ])
  }

  /// The problem with this in the graph in place of that.
  private func problem(_ old: String, _ new: String) throws -> DatasetError.Problem? {
    let text = Self.whole.json.text
    try #require(text.contains(old))
    let changed = Array(text.replacing(old, with: new, maxReplacements: 1).utf8)
    return #expect(throws: DatasetError.Problem.self) { try SceneGraph(parsing: changed) }
  }

  @Test(arguments: [
    ("\"image_id\":\"00000000-11111111\"", "\"image_id\":\"../../etc\"", "image_id"),
    ("\"image_id\":\"00000000-11111111\"", "\"image_id\":\"\"", "image_id"),
    ("\"image_id\":\"00000000-11111111\"", "\"image_id\":7", "image_id"),
    ("\"patient_id\":19999999", "\"patient_id\":1.5", "patient_id"),
    ("\"patient_id\":19999999", "\"patient_id\":\"a/b\"", "patient_id"),
    ("\"study_id\":59999999", "\"study_id\":null", "study_id"),
    ("\"study_id\":59999999", "\"study_id\":-1", "study_id"),
    ("\"viewpoint\":\"PA\"", "\"viewpoint\":[]", "viewpoint"),
    ("\"objects\":[", "\"objects\":[3,", "objects[0]"),
    ("\"bbox_name\":\"left lung\"", "\"bbox_name\":true", "objects[0].bbox_name"),
    ("\"original_x1\":10.0", "\"original_x1\":\"10\"", "objects[0].original_x1"),
    ("\"original_y2\":90.0", "\"original_y2\":1e300", "objects[0].original_y2"),
    ("\"original_y2\":90.0", "\"original_y2\":1e999", "objects[0].original_y2"),
    ("\"original_y2\":90.0", "\"original_y3\":90", "objects[0].original_y2"),
    ("\"attributes\":[{", "\"attributes\":[[],{", "attributes[0]"),
    ("\"phrases\":[", "\"phrases\":[\"one more\",", "attributes[0].phrases"),
    ("\"phrases\":[", "\"phrases\":[null,", "attributes[0].phrases[0]"),
    ("\"phrases\":", "\"phrase\":", "attributes[0].phrases"),
    ("disease|no|pneumonia", "disease|perhaps|pneumonia", "attributes[0].attributes[0][1]"),
    ("disease|no|pneumonia", "disease", "attributes[0].attributes[0][1]"),
  ])
  func `is refused with the name of what is wrong`(
    old: String, new: String, name: String
  ) throws {
    let problem = try #require(try problem(old, new))
    #expect("\(problem)".contains("“\(name)”"), "\(problem)")
  }

  @Test(arguments: ["image_id", "patient_id", "study_id", "viewpoint", "objects", "attributes"])
  func `is refused without what it needs`(name: String) throws {
    #expect(try problem("\"\(name)\":", "\"\(name)_\":") == .missing(field: name))
  }

  @Test func `is refused wherever it was cut off`() {
    let bytes = Self.whole.json.bytes
    for count in 0..<bytes.count {
      let error = #expect(throws: DatasetError.Problem.self) {
        try SceneGraph(parsing: Array(bytes[..<count]))
      }
      if case .notJSON = error { continue }
      #expect(error == .notUTF8, "\(count) bytes")
    }
  }

  @Test func `is never called no JSON where it is some, whatever happens to it`() {
    let bytes = Self.whole.json.bytes
    let spoilers = Array("{}[]\",:\\-0e.ntf \u{1}".utf8) + [0xC3, 0xFF]
    var state: UInt64 = 1
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    var refused = 0
    for _ in 0..<3_000 {
      var spoilt = bytes
      for _ in 0...random(2) {
        let place = random(spoilt.count)
        switch random(3) {
        case 0: spoilt[place] = spoilers[random(spoilers.count)]
        case 1: spoilt.insert(spoilers[random(spoilers.count)], at: place)
        default: spoilt.removeSubrange(place..<min(spoilt.count, place + 1 + random(9)))
        }
      }
      do {
        _ = try SceneGraph(parsing: spoilt)
      } catch .notJSON {
        refused += 1
        #expect(throws: JSONError.self, "\(String(decoding: spoilt, as: UTF8.self))") {
          try JSON(parsing: spoilt)
        }
      } catch {}
    }
    #expect(refused > 1_000)
  }

  @Test func `is refused when it is no UTF-8, too large or too deep`() throws {
    let bytes = Self.whole.json.bytes
    var wrong = bytes
    let quote = try #require(bytes.firstIndex(of: UInt8(ascii: "P")))
    wrong[quote] = 0xFF
    #expect(throws: DatasetError.Problem.notUTF8) { try SceneGraph(parsing: wrong) }
    let large = bytes + Array(repeating: 0x20, count: SceneGraph.bytesMax)
    #expect(throws: DatasetError.Problem.lineTooLong(bytesMax: SceneGraph.bytesMax)) {
      try SceneGraph(parsing: large)
    }
    let depth = 100_000
    let deep = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    let problem = try problem("\"gender\":null", "\"gender\":\(deep)")
    #expect("\(try #require(problem))".contains("levels deep"))
  }
}

@Suite struct `Pulling values out of JSON` {
  @Test(arguments: [
    "", " ", "{", "}", "[", "[]", "[1,]", "[,1]", "[1 2]", "{}", "{\"a\"}", "{\"a\":}",
    "{\"a\":1,}", "{a:1}", "{\"a\":1 \"b\":2}", "[1]]", "[1] x", "\"", "\"a", "\"\\", "\"\\q\"",
    "\"\\u12\"", "\"\\u00e9\"", "\"a\tb\"", "\"\\n\\\"\\\\\\/\"", "01", "-", "-0", "-01", "1.",
    ".5", "1.5e", "1e+", "1E-7", "+1", "nul", "null", "nulll", "true", "tru", "false", "NaN",
    "Infinity", "'a'", "[\"a\",{\"b\":[null,true,-1.5e3]}]", "\u{FEFF}[]", "[1}", "{\"a\":1]",
    "{1:2}", "\u{A0}1",
  ])
  func `takes what JSON is, and nothing else`(text: String) {
    var pull = JSONPull(Array(text.utf8))
    let isTaken: Bool
    do {
      try pull.skip()
      try pull.end()
      isTaken = true
    } catch {
      guard case .notJSON = error else {
        Issue.record("\(error)")
        return
      }
      isTaken = false
    }
    let isJSON: Bool
    do {
      _ = try JSON(parsing: text)
      isJSON = true
    } catch {
      isJSON = false
    }
    #expect(isTaken == isJSON)
  }

  @Test func `reads strings with escapes, and refuses half a pair of surrogates`() throws {
    var pull = JSONPull(Array(#"["a\n\u00e9\ud83d\ude00", "", "\ud83d"]"#.utf8))
    var texts: [String] = []
    #expect(throws: DatasetError.Problem.self) {
      try pull.elements("the list") { (pull, _) throws(DatasetError.Problem) in
        texts.append(try pull.string("a text"))
      }
    }
    #expect(texts == ["a\né😀", ""])
  }

  @Test func `says where the text is no JSON`() {
    var pull = JSONPull(Array("[1,\n 2,\n x]".utf8))
    let error = #expect(throws: DatasetError.Problem.self) { try pull.skip() }
    #expect(error.map { "\($0)".contains("line 3, byte 9") } == true)
  }
}
