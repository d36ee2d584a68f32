import Boxes
import Foundation
import JSON
import TestKit
import Testing

@testable import Reports

@Suite struct `MAIRA-2's output` {
  private func box(_ x0: Float, _ y0: Float, _ x1: Float, _ y1: Float) throws -> BoundingBox {
    try #require(BoundingBox(left: x0, top: y0, right: x1, bottom: y1))
  }

  @Test func `gives sentences with the centres of their bins`() throws {
    let phrases = MAIRA2.parse(
      "<obj>Effusion. <box><x55><y45><x70><y56></box><box><x00><y00><x99><y99></box></obj>"
        + "<obj> No pneumothorax. </obj>")
    #expect(phrases.map(\.text) == ["Effusion.", "No pneumothorax."])
    let expected = [
      try box(0.555, 0.455, 0.705, 0.565), try box(0.005, 0.005, 0.995, 0.995),
    ]
    #expect(phrases[0].boxes == expected)
    #expect(phrases[1].boxes == nil)
  }

  @Test func `may have white space between its tags`() throws {
    let phrases = MAIRA2.parse(
      " <obj> Effusion.  <box> <x5> <y4>\n<x70><y56> </box> </obj>\n\n<obj>None.</obj> ")
    #expect(phrases.map(\.text) == ["Effusion.", "None."])
    #expect(phrases[0].boxes == [try box(0.055, 0.045, 0.705, 0.565)])
  }

  @Test func `without tags is one text`() {
    #expect(
      MAIRA2.parse(" Clear. Heart < 50 % of x. ")
        == [MAIRA2.Phrase(text: "Clear. Heart < 50 % of x.")])
    #expect(MAIRA2.parse("") == [])
    #expect(MAIRA2.parse("<obj></obj><obj> </obj>") == [])
  }

  @Test(arguments: [
    "<obj>A b. <box><x1><y2><x3></box></obj>", "<obj>A b.", "A b.</obj>", "<obj>A<obj> b.</obj>",
    "<obj>A b.<box><x1><y2><x3><y4></obj>", "<obj>A b. <y1></obj>", "x <obj>A b.</obj>",
    "<obj>A b.<box><y1><x2><x3><y4></box></obj>", "<obj>A <box><x1><y2><x3><y4></box> b.</obj>",
    "<obj>A b.<box><x100><y2><x3><y4></box></obj>", "<obj>A b.<box></box></obj>",
  ])
  func `with tags that do not fit loses them and keeps its words`(text: String) {
    let phrases = MAIRA2.parse(text)
    #expect(phrases.count == 1)
    #expect(phrases.first?.text.hasSuffix("A b.") == true)
    #expect(phrases.allSatisfy { $0.boxes == nil })
  }

  @Test func `may turn a box round, and keeps the corners of one without an area`() throws {
    let phrases = MAIRA2.parse(
      "<obj>A.<box><x70><y56><x55><y45></box></obj><obj>B.<box><x1><y2><x1><y9></box></obj>")
    #expect(phrases[0].boxes == [try box(0.555, 0.455, 0.705, 0.565)])
    #expect(phrases[1].boxes == nil && phrases[1].corners == [MAIRA2.Corners(15, 25, 15, 95)])
    let edges = MAIRA2.edges(phrases[1].corners[0], onFullImage: 200, height: 100)
    #expect([edges.left, edges.top, edges.right, edges.bottom] == [0.255, 0.02, 0.255, 0.09])
  }

  @Test func `is read in linear time`() {
    let hostile =
      String(repeating: "<obj", count: 100_000) + String(repeating: "<box>", count: 100_000)
    #expect(MAIRA2.parse(hostile).count == 1)
  }

  @Test func `is put back from the central square onto the image`() throws {
    // 2000×3000: the square is 2000 wide and begins at row 500.
    let tall = try #require(
      MAIRA2.box(MAIRA2.Corners(555, 455, 705, 565), onFullImage: 2_000, height: 3_000))
    #expect(tall == (try box(1_110 / 2_000, 1_410 / 3_000, 1_410 / 2_000, 1_630 / 3_000)))
    // 1001×500: it begins at column ⌊501 / 2⌋ = 250, and 0.005 × 500 is cut to 2.
    let wide = try #require(
      MAIRA2.box(MAIRA2.Corners(5, 5, 995, 995), onFullImage: 1_001, height: 500))
    #expect(wide == (try box(252 / 1_001, 2 / 500, 747 / 1_001, 497 / 500)))
    let sliver = MAIRA2.box(MAIRA2.Corners(505, 505, 515, 515), onFullImage: 10, height: 10)
    #expect(sliver == nil)
  }

  /// 200 random boxes, put back by the same rule in Python's arithmetic.
  @Test func `is put back to the same pixels as in Python`() throws {
    for vector in try #require(Place.json(Place.golden("ReportsTests", "maira2_crop.json")).array) {
      let numbers = { (name: String) in (vector[name]?.array ?? []).compactMap(\.number) }
      let bins = numbers("bins").map { 10 * Int($0) + 5 }
      let width = try #require(vector["width"]?.number)
      let height = try #require(vector["height"]?.number)
      let box = try #require(
        MAIRA2.box(
          MAIRA2.Corners(bins[0], bins[1], bins[2], bins[3]), onFullImage: Int(width),
          height: Int(height)))
      let pixels = numbers("pixels")
      let expected = [
        pixels[0] / width, pixels[1] / height, pixels[2] / width, pixels[3] / height,
      ].map { Float($0) }
      #expect([box.left, box.top, box.right, box.bottom] == expected)
    }
  }

  @Test func `becomes a report that the decoder accepts`() throws {
    let line = try JSON(
      parsing: #"""
        {"report_id":"r-1","image":"file:///a.png","view":"AP","width":2000,"height":3000,
         "study":{"accession_number":"A1"},"version":"1.0",
         "text":"<obj>Effusion. <box><x55><y45><x70><y56></box></obj><obj>Clear.</obj>"}
        """#)
    let report = try GeneratorOutput.maira2.report(line, limits: ReportLimits())
    let event = try decoded(report)
    #expect(event.sentences.map(\.text) == ["Effusion.", "Clear."])
    #expect(event.sentences.map { $0.generatorBoxes?.count } == [1, nil])
    #expect(event.generator == Generator(name: "MAIRA-2", version: "1.0", mode: "grounded"))
    #expect(event.images.first?.view == "AP")
    #expect(event.study.accessionNumber == "A1")
    #expect(event.envelope.mode == .binary)
  }

  @Test(arguments: ["</s>", " </s>\n", "<eos>", "</s><pad><pad>", "<|endoftext|>", "<|eot_id|>"])
  func `may carry the marks of its tokenizer`(end: String) throws {
    let phrase = MAIRA2.Phrase(text: "Clear.")
    #expect(MAIRA2.parse("<s> <obj>Clear.</obj>\(end)") == [phrase])
    #expect(MAIRA2.parse("Clear.\(end)") == [phrase])
    let tagged: JSON = ["report_id": "r", "uri": "a", "text": .string("<obj>A.</obj>\(end)")]
    let grounded = try MAIRA2.report(tagged, limits: ReportLimits())
    #expect(grounded.generator.mode == "grounded")
    #expect(grounded.sentences.map(\.text) == ["A."])
    let plain: JSON = [
      "report_id": "r", "uri": "a", "text": .string("Clear lungs. No edema.\(end)"),
    ]
    let event = try decoded(try MAIRA2.report(plain, limits: ReportLimits()))
    #expect(event.sentences.map(\.text) == ["Clear lungs.", "No edema."])
    let empty: JSON = ["report_id": "r", "uri": "a", "text": .string(end)]
    let rejection = #expect(throws: Rejection.self) {
      try MAIRA2.report(empty, limits: ReportLimits())
    }
    #expect(rejection?.code == .noText)
  }

  @Test func `with tags that do not fit is split like any other text`() throws {
    let line: JSON = [
      "report_id": "r", "uri": "a",
      "text": "<obj>Effusion. <box><x1><y2><x3><y4></box></obj><obj>Clear apex.\nNo edema. <box>",
    ]
    let report = try MAIRA2.report(line, limits: ReportLimits())
    #expect(report.sentences.isEmpty)
    #expect(report.generator.mode == "findings")
    #expect(report.sections.map(\.name) == ["findings"])
    let event = try decoded(report)
    #expect(event.sentences.map(\.text) == ["Effusion.", "Clear apex.", "No edema."])
    #expect(event.sentences.allSatisfy { $0.generatorBoxes == nil })
  }

  @Test func `needs the image's size for its boxes`() throws {
    let text = "<obj>A.<box><x1><y2><x3><y4></box></obj>"
    let line: JSON = ["report_id": "r", "uri": "a", "text": .string(text), "width": 5]
    let rejection = #expect(throws: Rejection.self) {
      try MAIRA2.report(line, limits: ReportLimits())
    }
    #expect(rejection?.code == .missingField)
    #expect(rejection?.message.hasPrefix("height is missing") == true)
    let plain: JSON = ["report_id": "r", "uri": "a", "text": "A. B."]
    let report = try MAIRA2.report(plain, limits: ReportLimits())
    #expect(report.sections == [ReportSection(name: "findings", text: "A. B.")])
    #expect(report.generator.mode == "findings")
  }
}

private func decoded(_ report: GeneratedReport) throws -> ReportEvent {
  let message = report.encoded(
    id: "e-1", source: "/test", time: Date(timeIntervalSince1970: 0))
  let place = SourcePosition(topic: "reports.generated", partition: 0, offset: 0)
  return try ReportEvent.decode(message.received(at: place), limits: ReportLimits())
}

@Suite struct `CXRMate's output` {
  @Test func `becomes findings, then impression, of several images`() throws {
    let line = try JSON(
      parsing: #"""
        {"report_id":"r-1","images":["file:///a.png",{"uri":"file:///b.png","view":"LATERAL"}],
         "impression":"Normal.","findings":"Clear lungs."}
        """#)
    let event = try decoded(try GeneratorOutput.cxrmate.report(line, limits: ReportLimits()))
    #expect(event.sentences.map(\.section) == ["findings", "impression"])
    #expect(event.sentences.map(\.text) == ["Clear lungs.", "Normal."])
    #expect(event.images.map(\.imageID) == ["1", "2"])
    #expect(event.frontalImages.count == 1)
    #expect(event.generator.name == "CXRMate")
  }

  @Test(arguments: ["", " ", "[NF]", "[NI]", " [nf] "])
  func `may leave a section empty`(empty: String) throws {
    let line: JSON = [
      "report_id": "r", "image": "a", "findings": .string(empty), "impression": "Normal.",
    ]
    let report = try CXRMate.report(line, limits: ReportLimits())
    #expect(report.sections == [ReportSection(name: "impression", text: "Normal.")])
  }

  @Test func `without any text or image is refused`() throws {
    func code(_ line: JSON) -> RejectionCode? {
      do {
        _ = try CXRMate.report(line, limits: ReportLimits())
        return nil
      } catch {
        return error.code
      }
    }
    #expect(code(["report_id": "r", "image": "a", "findings": "[NF]"]) == .noText)
    #expect(code(["report_id": "r", "images": [], "findings": "A."]) == .noImage)
    #expect(code(["report_id": "r", "findings": "A."]) == .missingField)
    #expect(code(["image": "a", "findings": "A."]) == .missingField)
    #expect(code(["report_id": "r", "images": [7], "findings": "A."]) == .wrongType)
    #expect(code([1]) == .wrongType)
  }
}

@Suite struct `A report to be published` {
  private static func code(_ line: JSON, _ output: GeneratorOutput) -> RejectionCode? {
    do {
      _ = try output.message(
        line.bytes, id: "e-1", source: "/test", time: Date(timeIntervalSince1970: 0),
        limits: ReportLimits())
      return nil
    } catch {
      return error.code
    }
  }

  private static func maira2(_ text: String, id: String = "r", images: JSON = ["a"]) -> JSON {
    [
      "report_id": .string(id), "images": images, "width": 100, "height": 100,
      "text": .string(text),
    ]
  }

  private static let box = "<box><x1><y2><x30><y40></box>"

  @Test(
    arguments: [
      (maira2("Clear.", id: String(repeating: "r", count: 600)), .invalidValue),
      (maira2("<obj>\(String(repeating: "x", count: 4_500))</obj>"), .sentenceTooLong),
      (maira2(String(repeating: "<obj>x</obj>", count: 1_600)), .tooManySentences),
      (maira2("<obj>x\(String(repeating: box, count: 101))</obj>"), .tooManyBoxes),
      (
        maira2("A.", images: [["image_id": "1", "uri": "a"], ["image_id": "1", "uri": "b"]]),
        .invalidValue
      ),
      (maira2("- \n"), .noText), (maira2("<obj>x</obj>"), nil),
    ] as [(JSON, RejectionCode?)])
  func `is refused where the daemon would refuse it`(line: JSON, code: RejectionCode?) {
    #expect(Self.code(line, .maira2) == code)
  }

  @Test func `of the contract travels as it is`() throws {
    let line = Array(
      #"{"new":1e2, "report_id":"r","images":[{"uri":"a"}],"sections":[{"text":"A"}]}"#.utf8)
    let message = try GeneratorOutput.json.message(
      line, id: "e-1", source: "/test", time: Date(timeIntervalSince1970: 0),
      limits: ReportLimits())
    #expect(message.value == line)
    #expect(message.key == Array("r".utf8))
    #expect(message.headers.isEmpty)
  }

  @Test(arguments: Example.all("generated/valid").filter { $0.headers.count != 1 })
  func `says what was read`(example: Example) throws {
    let event = try ReportEvent.decode(example.message, limits: ReportLimits())
    let line = try JSON(parsing: example.value)
    let report = try GeneratorOutput.json.report(line, limits: ReportLimits())
    let again = try decoded(report)
    #expect(again.sentences == event.sentences)
    #expect(again.images == event.images)
    #expect(again.study == event.study)
    #expect(again.generator == event.generator)
  }

  @Test(arguments: GeneratorOutput.allCases)
  func `comes from every line of the examples`(output: GeneratorOutput) throws {
    let file = Example.folder.appending(path: "published/\(output.rawValue).jsonl")
    let lines = try Place.jsonLines(file)
    #expect(lines.count >= 2)
    for line in lines {
      let event = try decoded(try output.report(line, limits: ReportLimits()))
      #expect(event.reportID == line["report_id"]?.string)
    }
  }
}
