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
    "1 2", "[12345678901234567890", "12345678901234567890x", "[\"12345678901234567890\",1e999]",
    "{\"a\\u0000b\":1}", "{a:1}", "\"\u{01}\"",
  ])
  func `refuses what is not JSON`(text: String) {
    #expect(throws: JSONError.self) { try JSON(parsing: text) }
  }

  @Test(
    arguments: [
      ("9223372036854775808", .number(0x1p63)), ("-9223372036854775809", .number(-0x1p63)),
      ("12345678901234567890", 12345678901234567890.0),
      ("9223372036854775807", 9_223_372_036_854_775_807),
      ("-9223372036854775808", -9_223_372_036_854_775_808),
      (
        "{\"a 12345678901234567890\":7,\"b\":[ 12345678901234567890 ,2.0,-3]}",
        .object([
          .init("a 12345678901234567890", 7), .init("b", [12345678901234567890.0, 2.0, -3]),
        ])
      ),
      (
        "[\"\\\"\",98765432109876543210,98765432109876543210.5]",
        ["\"", 98765432109876543210.0, 98765432109876543210.5]
      ),
    ] as [(String, JSON)])
  func `makes a number of an integer that is too large, and of no other`(
    text: String, value: JSON
  ) throws {
    #expect(try JSON(parsing: text) == value)
    #expect(try JSON(parsing: Array("xx\(text)".utf8)[2...]) == value)
  }

  @Test func `says where, large integers or not`() {
    func byte(_ text: String) -> Int? {
      #expect(throws: JSONError.self) { try JSON(parsing: text) }?.byte
    }
    let large = "12345678901234567890"
    let plain = "1234567890123456789"
    #expect(byte("[\(large),\(large), 1, oops]") == (byte("[\(plain),\(plain), 1, oops]") ?? 0) + 2)
    #expect(byte("[1, oops, \(large)]") == byte("[1, oops, \(plain)]"))
  }

  @Test func `refuses an integer beyond double precision`() {
    #expect(throws: JSONError.self) { try JSON(parsing: String(repeating: "9", count: 400)) }
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
