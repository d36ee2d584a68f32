import Boxes
import Foundation
import Reports
import Testing

@Suite struct `A generated report` {
  private func decode(
    _ text: String, limits: ReportLimits = ReportLimits()
  ) throws -> ReportEvent {
    try ReportEvent.decode(Samples.message(text), limits: limits)
  }

  private func report(_ members: String) -> String {
    #"{"report_id":"r-1","images":[{"uri":"file:///a.png"}],\#(members)}"#
  }

  @Test func `needs an id, an image's address and some text only`() throws {
    let event = try decode(Samples.minimal)
    #expect(event.reportID == "r-1")
    #expect(event.images == [ImageReference(imageID: "1", uri: "file:///a.png")])
    #expect(event.sentences.map(\.text) == ["Clear."])
    #expect(event.study == Study())
    #expect(event.generator == Generator())
    #expect(event.position == SourcePosition(topic: "reports.generated", partition: 3, offset: 42))
  }

  @Test func `gives each sentence its place in its section`() throws {
    let event = try decode(
      report(#""sections":[{"name":"findings","text":"Ü one.\nTwo."},{"text":"Three."}]"#))
    #expect(event.sentences.map(\.section) == ["findings", "findings", nil])
    for sentence in event.sentences {
      let section = try #require(event.sections.first { $0.name == sentence.section })
      let scalars = Array(section.text.unicodeScalars)
      let range = try #require(sentence.start)..<(try #require(sentence.end))
      #expect(String(String.UnicodeScalarView(scalars[range])) == sentence.text)
    }
  }

  @Test func `keeps a generator's own boxes`() throws {
    let box = #"{"x_min":0.1,"y_min":0,"x_max":1,"y_max":0.5}"#
    let event = try decode(
      report(
        #""sentences":[{"text":"a","boxes":[\#(box)]},{"text":"b","boxes":[]},{"text":"c","boxes":null},{"text":"d"}]"#
      ))
    let expected = try #require(BoundingBox(left: 0.1, top: 0, right: 1, bottom: 0.5))
    #expect(event.sentences.map(\.generatorBoxes) == [[expected], [], nil, nil])
    #expect(event.sections.isEmpty)
  }

  @Test(arguments: [
    ("0.99999999", "1"), ("0", "1e-50"), ("0.3", "0.30000000001"), ("0.5", "0.50000000001"),
  ])
  func `keeps a box that is thinner than single precision can say`(
    low: String, high: String
  ) throws {
    let box = #"{"x_min":\#(low),"y_min":0,"x_max":\#(high),"y_max":1}"#
    let event = try decode(report(#""sentences":[{"text":"a","boxes":[\#(box)]}]"#))
    let found = try #require(event.sentences[0].generatorBoxes?.first)
    #expect(found.width > 0 && found.width < 1e-6)
    #expect(abs(found.left - (try #require(Float(low)))) < 1e-6)
    #expect(abs(found.right - (try #require(Float(high)))) < 1e-6)
  }

  @Test(arguments: [
    ("0", "1.00000001"), ("-1e-30", "1"), ("0.3", "0.3"), ("0.30000000001", "0.3"), ("0", "1e300"),
  ])
  func `has no box that is none in double precision`(low: String, high: String) {
    let box = #"{"x_min":\#(low),"y_min":0,"x_max":\#(high),"y_max":1}"#
    let text = report(#""sentences":[{"text":"a","boxes":[\#(box)]}]"#)
    #expect(Samples.code(Samples.message(text)) == .invalidValue)
  }

  @Test func `may have null wherever something may be absent`() throws {
    let text = #"""
      {"report_id":"r-1","study":null,"generator":{"name":null},"sentences":null,
       "images":[{"uri":"a","image_id":null,"view":null,"sha256":null,"sop_instance_uid":null}],
       "sections":[{"name":null,"text":"a"}]}
      """#
    #expect(try decode(text).images == [ImageReference(imageID: "1", uri: "a")])
  }

  @Test func `writes a digest in lower case`() throws {
    let digest = String(repeating: "AB", count: 32)
    let text = Samples.minimal.replacingOccurrences(
      of: #""uri":"#, with: #""sha256":"\#(digest)","uri":"#)
    #expect(try decode(text).images[0].sha256 == digest.lowercased())
  }

  @Test func `is refused above each limit by name`() {
    var limits = ReportLimits()
    limits.sentencesMax = 2
    limits.sectionsMax = 3
    limits.imagesMax = 1
    limits.boxesMax = 1
    limits.sentenceCharactersMax = 5
    limits.nameCharactersMax = 4
    limits.idCharactersMax = 4
    limits.valuesMax = 60
    limits.nestingMax = 6
    limits.messageBytesMax = 400
    let box = #"{"x_min":0,"y_min":0,"x_max":1,"y_max":1}"#
    let cases: [(String, RejectionCode)] = [
      (report(#""sections":[{"text":"One. Two. Six."}]"#), .tooManySentences),
      (report(#""sentences":[{"text":"1"},{"text":"2"},{"text":"3"}]"#), .tooManySentences),
      (report(#""sections":[{"text":""},{"text":""},{"text":""},{"text":"1"}]"#), .tooManySections),
      (report(#""sentences":[{"text":"1","boxes":[\#(box),\#(box)]}]"#), .tooManyBoxes),
      (report(#""sentences":[{"text":"123456"}]"#), .sentenceTooLong),
      (report(#""sections":[{"text":"123456"}]"#), .sentenceTooLong),
      (#"{"report_id":"r","images":[{"uri":"a"},{"uri":"b"}]}"#, .tooManyImages),
      (#"{"report_id":"12345"}"#, .invalidValue),
      (report(#""x":[\#(String(repeating: "0,", count: 70))0]"#), .tooComplex),
      (report(#""x":[[[[[[]]]]]]"#), .tooComplex),
      (report(#""x":"\#(String(repeating: "x", count: 400))""#), .messageTooLarge),
    ]
    for (text, code) in cases {
      #expect(Samples.code(Samples.message(text), limits: limits) == code, "\(text)")
    }
    #expect(
      Samples.code(
        Samples.message(report(#""sentences":[{"text":"ÜÜÜÜÜ"}]"#)), limits: limits) == nil)
  }

  @Test func `of 5,000 sentences or 20 MiB is refused`() {
    let many = String(repeating: "A line.\\n", count: 5_000)
    #expect(
      Samples.rejection(report(#""sections":[{"text":"\#(many)"}]"#))?.code == .tooManySentences)
    let large = [UInt8](repeating: UInt8(ascii: "x"), count: 20 << 20)
    #expect(Samples.code(Samples.message(large)) == .messageTooLarge)
  }

  @Test func `of 1 MiB without a stop is refused`() {
    let endless = String(repeating: "opacity ", count: 1 << 17)
    let rejection = Samples.rejection(report(#""sections":[{"text":"\#(endless)"}]"#))
    #expect(rejection?.code == .sentenceTooLong)
    #expect(rejection?.message.contains("sections[0].text") == true)
  }

  @Test func `nests as deep as is allowed without harm`() throws {
    let deep = String(repeating: "[", count: 60) + String(repeating: "]", count: 60)
    #expect(try decode(report(#""x":\#(deep),"sections":[{"text":"a"}]"#)).reportID == "r-1")
  }

  @Test func `may hold marks of JSON in its text without counting as complex`() throws {
    let text = String(repeating: #"[{\",\\"#, count: 100)
    var limits = ReportLimits()
    limits.valuesMax = 20
    limits.nestingMax = 4
    _ = try decode(report(#""sections":[{"text":"\#(text)"}]"#), limits: limits)
  }
}

@Suite struct `A view` {
  @Test(arguments: [
    "PA", "AP", "pa", "AP SUPINE", "AP_horizontal", "AP LLD", "PA RLD", "FRONTAL", "ERECT",
    "unknown", "Posteroanterior", "LATERAL DECUBITUS AP", "antero-posterior", "AP AXIAL", "",
  ])
  func `is frontal`(view: String) {
    #expect(ImageReference(imageID: "1", uri: "a", view: view).isFrontal)
  }

  @Test(arguments: [
    "L", "LL", "RL", "LATERAL", "lat", "Left Lateral", "XTABLE LATERAL", "LAO", "RPO", "LLD",
    "SWIMMERS", "R", "LAT.", "left-lateral", "oblique",
  ])
  func `is not frontal`(view: String) {
    #expect(!ImageReference(imageID: "1", uri: "a", view: view).isFrontal)
  }

  @Test func `that is not said is frontal`() throws {
    #expect(ImageReference(imageID: "1", uri: "a").isFrontal)
  }

  @Test func `that is lateral only leaves nothing to ground on`() throws {
    let text = Samples.minimal.replacingOccurrences(of: #""uri":"#, with: #""view":"LL","uri":"#)
    let event = try ReportEvent.decode(Samples.message(text), limits: ReportLimits())
    #expect(event.frontalImages.isEmpty)
    #expect(!event.sentences.isEmpty)
  }
}
