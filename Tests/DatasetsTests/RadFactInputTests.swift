import Testing

@testable import Datasets

@Suite struct `The input of RadFact` {
  private let folder: FolderOfFiles

  init() throws { folder = try FolderOfFiles() }

  private static let box = #"{"x_min":0.125,"y_min":0,"x_max":0.5,"y_max":1}"#

  private static func report(_ sentences: String, id: String = "7") -> String {
    #"{"example_id":\#(id),"prediction":[\#(sentences)],"target":[]}"#
  }

  private func read(_ text: String) throws -> [RadFactExample] {
    try RadFactInput.read(path: folder.file("r.json", text))
  }

  @Test func `is read as sentences with boxes or none`() throws {
    let text = """
      [\(Self.report(#"{"text":"Größe normal.","boxes":null}"#)),
       {"target":[{"boxes":[\(Self.box),\(Self.box)],"text":"Left opacity."}],
        "prediction":[],"example_id":"b"}]
      """
    let examples = try read(text)
    #expect(examples.map { $0.id } == ["7", "b"])
    #expect(examples[0].prediction == [RadFactSentence(text: "Größe normal.")])
    #expect(examples[0].target.isEmpty && examples[1].prediction.isEmpty)
    let box = try #require(RadFactBox(left: 0.125, top: 0, right: 0.5, bottom: 1))
    #expect(examples[1].target == [RadFactSentence(text: "Left opacity.", boxes: [box, box])])
  }

  @Test func `may have boxes without an area, and a byte-order mark`() throws {
    let box = #"{"x_min":0.5,"y_min":0.5,"x_max":0.5,"y_max":0.5}"#
    let examples = try read("\u{FEFF}[\(Self.report(#"{"text":"a","boxes":[\#(box)]}"#))]")
    #expect(examples[0].prediction[0].boxes?.first?.right == 0.5)
  }

  @Test(arguments: [
    (#"{"text":"a","boxes":[]}"#, "[0].prediction[0].boxes"),
    (#"{"text":"a","boxes":{}}"#, "[0].prediction[0].boxes"),
    (#"{"text":"a","boxes":[[0,0,1,1]]}"#, "[0].prediction[0].boxes[0]"),
    (#"{"text":"a","boxes":[{"x_min":0,"y_min":0,"x_max":1}]}"#, "[0].prediction[0].boxes[0]"),
    (
      #"{"text":"a","boxes":[{"x_min":0,"y_min":0,"x_max":1,"y_max":"1"}]}"#,
      "[0].prediction[0].boxes[0].y_max"
    ),
    (
      #"{"text":"a","boxes":[{"x_min":0.6,"y_min":0,"x_max":0.5,"y_max":1}]}"#,
      "[0].prediction[0].boxes[0]"
    ),
    (
      #"{"text":"a","boxes":[{"x_min":0,"y_min":0,"x_max":1.01,"y_max":1}]}"#,
      "[0].prediction[0].boxes[0]"
    ),
    (#"{"text":" ","boxes":null}"#, "[0].prediction[0].text"),
    (#"{"text":3,"boxes":null}"#, "[0].prediction[0].text"),
    (#"{"text":"a"}"#, "[0].prediction[0]"),
    (#""a""#, "[0].prediction[0]"),
  ])
  func `is refused where it is wrong, with its place`(sentence: String, place: String) {
    let error = #expect(throws: DatasetError.self) { try read("[\(Self.report(sentence))]") }
    #expect(error?.place == place)
    #expect(error?.description.contains("r.json: \(place): ") == true)
  }

  @Test(arguments: [
    "", "{}", "[", "[1]", "[{}]", #"[{"example_id":1.5,"prediction":[],"target":[]}]"#,
    #"[{"example_id":null,"prediction":[],"target":[]}]"#,
    #"[{"example_id":1,"prediction":[],"target":null}]"#,
    #"[{"example_id":1,"prediction":[],"target":[]},{"example_id":"1","prediction":[],"target":[]}]"#,
    String(repeating: "[", count: 100_000),
    #"[{"example_id":1,"prediction":[{"text":"a","boxes":[{"x_min":1e999}]}],"target":[]}]"#,
  ])
  func `is refused when it is something else`(text: String) {
    #expect(throws: DatasetError.self) { try read(text) }
  }

  @Test func `is refused when it is not UTF-8 or not there`() throws {
    let bytes = Array("[\"".utf8) + [0xFF] + Array("\"]".utf8)
    let path = try folder.file("r.json", bytes)
    #expect(throws: DatasetError.self) { try RadFactInput.read(path: path) }
    #expect(throws: DatasetError.self) { try RadFactInput.read(path: folder.nowhere) }
    #expect(throws: DatasetError.self) { try RadFactInput.readTexts(path: path + "/") }
  }

  @Test func `may be narrative texts`() throws {
    let path = try folder.file(
      "r.csv",
      "\u{FEFF}example_id,prediction,target\n1,\"Clear, both.\nNo more.\",\n2,,Big heart.\n")
    let examples = try RadFactInput.readTexts(path: path)
    #expect(examples.map { $0.id } == ["1", "2"])
    #expect(examples[0].prediction == [RadFactSentence(text: "Clear, both.\nNo more.")])
    #expect(examples[0].target == [RadFactSentence(text: "")])
    #expect(examples[1].target == [RadFactSentence(text: "Big heart.")])
  }

  @Test(arguments: [
    ("example_id,prediction\n1,a\n", 1), ("example_id,prediction,target\n1,a,b\n1,a,b\n", 3),
    ("example_id,prediction,target\n ,a,b\n", 2), ("example_id,prediction,target\n1,a\n", 2),
    ("example_id,prediction,target\n1,\"a,b\n", 2),
  ])
  func `has lines, which errors of a table name`(text: String, line: Int) throws {
    let path = try folder.file("r.csv", text)
    let error = #expect(throws: DatasetError.self) { try RadFactInput.readTexts(path: path) }
    #expect(error?.line == line)
  }
}
