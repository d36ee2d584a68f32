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
