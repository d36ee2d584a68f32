import JSON
import Testing

@Suite struct `JSON text` {
  @Test(arguments: [
    "null", "true", "[]", "{}", "[1,-2,0.5,1e300]", "{\"b\":1,\"a\":[{\"c\":\"d\"}]}",
    "\"\\u0000 \\u001f \\\\ \\\" é 🫁\"", "9223372036854775807",
  ])
  func `writes what it reads, members in order`(text: String) throws {
    let value = try JSON(parsing: text)
    #expect(try JSON(parsing: value.bytes) == value)
    if !text.contains("e300") && !text.contains("\\u") { #expect(value.text == text) }
  }

  @Test(arguments: [
    "", " ", "{", "[1,]", "{\"a\":1,}", "{\"a\":1,\"a\":2}", "nul", "NaN", "01", "1e999",
    "\"\\ud800\"",
    "1 2",
    "9223372036854775808", "{a:1}", "\"\u{01}\"",
  ])
  func `refuses what is not JSON`(text: String) {
    #expect(throws: JSONError.self) { try JSON(parsing: text) }
  }

  @Test func `refuses nesting without end`() {
    #expect(throws: JSONError.self) {
      try JSON(parsing: [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000))
    }
  }

  @Test func `refuses bytes that are not UTF-8`() {
    #expect(throws: JSONError.self) { try JSON(parsing: [0x22, 0xff, 0x22]) }
  }

  @Test func `says where, without quoting what was read`() throws {
    let problem = #expect(throws: JSONError.self) {
      try JSON(parsing: "{\"text\":\n \"secret finding\" oops}")
    }
    #expect(problem?.line == 2)
    #expect(problem?.description.contains("secret") == false)
    #expect(problem?.description.contains("oops") == false)
  }

  @Test func `writes single precision with its own digits`() {
    #expect(JSON.number(Float(0.8)).text == "0.8")
  }
}
