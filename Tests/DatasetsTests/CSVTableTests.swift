import Testing

@testable import Datasets

@Suite struct `A table of comma-separated values` {
  @Test func `keeps commas, quotes and line feeds within quotes`() throws {
    let text = "name,note\r\na,\"one, \"\"two\"\"\nthree\"\r\n\nb,\n"
    let table = try CSVTable(text: text, file: "t.csv")
    #expect(try table.rows.map { try $0["name"] } == ["a", "b"])
    #expect(try table.rows.map { try $0["note"] } == ["one, \"two\"\nthree", ""])
    #expect(table.rows.map { $0.line } == [2, 5])
  }

  @Test func `has lines that end in any way`() throws {
    let table = try CSVTable(text: "a,b\r1,\"x\r\ny\"\r\r\n3,4\n5,6", file: "t.csv")
    #expect(try table.rows.map { try $0["a"] } == ["1", "3", "5"])
    #expect(try table.rows[0]["b"] == "x\r\ny")
    #expect(table.rows.map { $0.line } == [2, 5, 6])
  }

  @Test(
    arguments: [
      ("1.5", 1.5), (" -2e1 ", -20), ("0x10", nil), ("0x1p3", nil), ("inf", nil), ("nan", nil),
      ("1 2", nil), (" ", nil), ("1,5", nil),
    ] as [(String, Double?)])
  func `has numbers in decimals`(text: String, number: Double?) throws {
    let row = try CSVTable(text: "a\n\"\(text)\"\n7\n", file: "t.csv").rows[0]
    guard let number else {
      let error = #expect(throws: DatasetError.self) { try row.number("a") }
      #expect(text == " " || error?.description.contains(text) == false)
      return
    }
    #expect(try row.number("a") == number)
  }

  @Test(arguments: [[0x1F, 0x8B, 8, 0], Array("PK\u{3}\u{4}".utf8) + [0xFF]] as [[UInt8]])
  func `is not read while it is compressed`(bytes: [UInt8]) throws {
    let folder = try FolderOfFiles()
    let path = try folder.file("t.csv", bytes)
    #expect(throws: DatasetError(file: path, .compressed)) { try CSVTable(path: path) }
    #expect(throws: DatasetError(file: path, .compressed)) {
      try RadFactInput.read(path: path)
    }
    #expect(throws: DatasetError(file: path, line: 1, .compressed)) {
      try Manifest.read(path: path)
    }
    #expect(throws: DatasetError.Problem.compressed) { try SceneGraph(parsing: bytes) }
  }

  @Test(arguments: [("", 1), ("a,b\n1,2\n3\n", 3), ("a\n\"1\n2\n", 2), ("a,b,a\n1,2,3\n", 1)])
  func `refuses what is none, with its line`(text: String, line: Int) {
    let error = #expect(throws: DatasetError.self) { try CSVTable(text: text, file: "t.csv") }
    #expect(error?.line == line && error?.file == "t.csv")
  }

  @Test func `names a column that is missing`() throws {
    let table = try CSVTable(text: "a\n1\n", file: "t.csv")
    let error = #expect(throws: DatasetError.self) { try table.rows[0]["b"] }
    #expect(error?.problem == .missing(field: "b"))
  }
}
