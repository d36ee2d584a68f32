import JSON
import Seeds
import Testing

@testable import Evaluation

@Suite struct `Lines of phrases` {
  @Test func `say the same read in the plain way and as JSON`() throws {
    var random = SeededNumbers(seed: 9)
    func number() -> String {
      let digits = 1 + random.below(18)
      let fraction = (0..<digits).map { _ in "\(random.below(10))" }.joined()
      return ["0.\(fraction)", "0.\(fraction)", "0", "1", "1.0"][random.below(5)]
    }
    var read = 0
    for count in 0..<2_000 {
      let boxes = (0..<count % 4).map { _ in
        "[\(number()),\(number()), \(number()) ,\(number())]"
      }
      let scores = boxes.map { _ in number() }.joined(separator: ", ")
      let line = Array(
        #"{"id": "p\#(count)", "boxes" :[\#(boxes.joined(separator: ","))],"scores":[\#(scores)]}"#
          .utf8)
      guard let plain = PhraseLine(plain: line) else { continue }
      let json = try PhraseLine(json: line)
      #expect(plain.id == json.id && plain.boxes == json.boxes && plain.scores == json.scores)
      read += 1
    }
    #expect(read > 500)
  }

  @Test(arguments: [
    #"{"boxes":[[0.1,0.1,0.2,2e-1]],"id":"a","text":"extra \"members\"","more":{"a":[1]}}"#,
    #"{"id":"a","boxes":[[1e-1, 0.1,0.2,0.2]],"category":null}"#,
    "{\"id\":\"a\",\"boxes\":[[0.10,0.1,0.2,0.2]]}\r",
    #"{"id":"\u0061","boxes":[[0.1,0.1,0.2,0.2]]}"#,
  ])
  func `may be any JSON`(text: String) throws {
    let line = try PhraseLine(parsing: Array(text.utf8))
    #expect(line.id == "a" && line.boxes == [rectangle(0.1, 0.1, 0.2, 0.2)])
  }

  @Test func `are plain with names of any language and members of no interest`() throws {
    let text = #"{"id":"Löwe","phrase":"Größe normal.","boxes":[]}"#
    #expect(PhraseLine(plain: Array(text.utf8))?.id == "Löwe")
    let invalid = Array(#"{"id":"a"#.utf8) + [0xFF] + Array(#"","boxes":[]}"#.utf8)
    #expect(throws: PhraseFileError.self) { try PhraseLine(parsing: invalid) }
  }

  @Test(arguments: [
    ("", "not JSON"), ("[]", "“id” is not a string"), (#"{"id":7,"boxes":[]}"#, "“id”"),
    (#"{"id":"","boxes":[]}"#, "“id” has 0 bytes"), (#"{"id":"a"}"#, "“boxes” is not a list"),
    (#"{"id":"a","id":"b","boxes":[]}"#, "not JSON: duplicate object key"),
    (#"{"id":"a","boxes":[[0,0,1]]}"#, "box 0 is not four numbers"),
    (#"{"id":"a","boxes":[[0,0,1,1],[0,0,1,"1",1]]}"#, "box 1 is not four numbers"),
    (#"{"id":"a","boxes":[[0,0,1,NaN]]}"#, "not JSON"),
    (#"{"id":"a","boxes":[[0,0,1,1e999]]}"#, "not JSON"),
    (#"{"id":"a","boxes":[[0.5,0,0.1,1]]}"#, "box 0 is reversed"),
    (#"{"id":"a","boxes":[[0.5,0,0.5,1]]}"#, "box 0 is reversed or empty"),
    (#"{"id":"a","boxes":[[0,0,1.01,1]]}"#, "box 0 reaches out of 0…1"),
    (#"{"id":"a","boxes":[[-0.1,0,1,1]]}"#, "box 0 reaches out of 0…1"),
    (#"{"id":"a","boxes":[],"category":1}"#, "“category” is not a string"),
    (#"{"id":"a","boxes":[],"scores":1}"#, "“scores” is not a list"),
    (#"{"id":"a","boxes":[[0,0,1,1]],"scores":[1.5]}"#, "score 0"),
    (#"{"id":"a","boxes":[[0,0,1,1]],"scores":[null]}"#, "score 0"),
  ])
  func `say what is wrong`(text: String, reason: String) {
    let error = #expect(throws: PhraseFileError.self) {
      try PhraseLine(parsing: Array(text.utf8))
    }
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
  }

  @Test func `are bounded in boxes and id`() {
    let boxes = Array(repeating: "[0,0,1,1]", count: 1_001).joined(separator: ",")
    let name = String(repeating: "x", count: 1_001)
    for text in [#"{"id":"a","boxes":[\#(boxes)]}"#, #"{"id":"\#(name)","boxes":[]}"#] {
      #expect(throws: PhraseFileError.self) { try PhraseLine(parsing: Array(text.utf8)) }
    }
  }
}
