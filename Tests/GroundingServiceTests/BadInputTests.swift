import JSON
import KafkaClient
import Reports
import Testing

@testable import GroundingService

@Suite(.serialized) struct `Bad messages` {
  /// A message, and the code that it must be given; nil when it is to be grounded.
  struct Case: Sendable {
    let value: [UInt8]?
    var headers: [KafkaHeader] = []
    let code: String?

    init(_ value: [UInt8]?, headers: [(String, String)] = [], _ code: String?) {
      self.value = value
      self.headers = headers.map { KafkaHeader(name: $0.0, value: Array($0.1.utf8)) }
      self.code = code
    }

    init(_ text: String, headers: [(String, String)] = [], _ code: String?) {
      self.init(Array(text.utf8), headers: headers, code)
    }
  }

  private static let good = Stage.report("good", [:])
  private static let binary = [
    ("ce_id", "1"), ("ce_source", "/s"), ("ce_type", "report.generated.v1"),
    ("ce_specversion", "1.0"),
  ]

  private static func binary(_ name: String, _ value: String?) -> [(String, String)] {
    binary.compactMap { $0.0 == name ? value.map { (name, $0) } : $0 }
  }

  static let cases: [Case] =
    envelopes + fields + [
      Case(nil, "empty_value"), Case([], "empty_value"), Case("{\"report_id\":", "not_json"),
      Case([0xFF, 0xFE, 0x7B], "not_json"), Case("[]", "wrong_type"), Case("7", "wrong_type"),
      Case([0, 0, 0, 0, 7, 1, 2], "confluent_framed"), Case("Obj\u{1}abc", "avro_container"),
      Case(String(repeating: "[", count: 100_000), "too_complex"),
    ]

  private static let envelopes: [Case] = [
    Case(good, headers: binary, nil),
    Case(good, headers: binary("ce_specversion", "2.0"), "unsupported_version"),
    Case(good, headers: binary("ce_specversion", nil), "missing_field"),
    Case(good, headers: binary("ce_type", "report.generated.v9"), "unsupported_version"),
    Case(good, headers: binary("ce_type", nil), "missing_field"),
    Case(good, headers: binary("ce_id", nil), "missing_field"),
    Case(good, headers: [("content-type", "avro/binary")], "unsupported_content_type"),
    Case(#"{"specversion":"0.3","id":"1","source":"s","type":"t"}"#, "unsupported_version"),
    Case(
      #"{"specversion":"1.0","id":"1","source":"s","type":"report.generated.v2","data":{}}"#,
      "unsupported_version"),
    Case(
      #"{"specversion":"1.0","id":"1","source":"s","type":"report.generated.v1"}"#,
      "missing_field"),
  ]

  private static let fields: [Case] = [
    Case(#"{"images":[{"uri":"file:/x"}],"sections":[{"text":"A."}]}"#, "missing_field"),
    Case(Stage.report("a", ["report_id": 7]), "wrong_type"),
    Case(Stage.report("a", ["images": []]), "no_image"),
    Case(Stage.report("a", ["images": "one"]), "wrong_type"),
    Case(Stage.report("a", ["images": [["view": "PA"]]]), "missing_field"),
    Case(Stage.report("a", ["images": [["uri": 1]]]), "wrong_type"),
    Case(Stage.report("a", ["images": [["uri": "file:/x", "sha256": "xyz"]]]), "invalid_value"),
    Case(Stage.report("a", ["sections": [["name": "findings"]]]), "missing_field"),
    Case(Stage.report("a", ["sections": [["text": 5]]]), "wrong_type"),
    Case(Stage.report("a", ["sections": []]), "no_text"),
    Case(Stage.report("a", ["sections": [["text": " \n "]]]), "no_text"),
    Case(Stage.report("a", ["sentences": [["text": "A.", "boxes": 3]]]), "wrong_type"),
    Case(Stage.report("a", ["study": [1]]), "wrong_type"),
    Case(Stage.report("a", ["sections": [["text": sentences(5_000)]]]), "too_many_sentences"),
    Case(
      Stage.report("a", ["sections": [["text": .string(String(repeating: "a", count: 1 << 20))]]]),
      "sentence_too_long"),
    // U+0000, which PostgreSQL has no place for, is refused wherever it stands.
    Case(
      #"{"report_id":"z\u0000","study":{"accession_number":"\u0000"},"generator":{"name":"\u0000"},"#
        + #""images":[{"image_id":"\u0000","uri":"file:/\u0000","view":"\u0000"}],"#
        + #""sections":[{"name":"\u0000","text":"A \u0000 B."}]}"#,
      "invalid_value"),
    // The longest names that are read, of characters that do not compress.
    Case(
      Stage.report(
        long(512, seed: 1),
        [
          "study": [
            "study_instance_uid": .string(long(512, seed: 2)),
            "accession_number": .string(long(1_024, seed: 3)),
          ],
          "images": [["uri": "file:/x", "image_id": .string(long(1_024, seed: 4))]],
        ]), nil),
    Case(Stage.report(long(513, seed: 5), [:]), "invalid_value"),
  ]

  private static func sentences(_ count: Int) -> JSON {
    .string((1...count).map { "Number \($0) is clear." }.joined(separator: " "))
  }

  private static func long(_ count: Int, seed: UInt32) -> String {
    var state = seed
    var text = ""
    for _ in 0..<count {
      state = state &* 1_664_525 &+ 1_013_904_223
      if let scalar = Unicode.Scalar(0x20000 + (state >> 16)) { text.unicodeScalars.append(scalar) }
    }
    return text
  }

  @Test(.timeLimit(.minutes(4)))
  func `get a code each, and the others are grounded meanwhile`() async throws {
    try await Stage.with { stage in
      for (index, message) in Self.cases.enumerated() {
        try stage.publish([Stage.report(index)])
        try stage.publishRaw(key: "bad", value: message.value, headers: message.headers)
      }
      let codes = Self.cases.compactMap(\.code)
      let grounded = Self.cases.count * 2 - codes.count
      _ = try await stage.serve(until: Self.cases.count * 2)
      try await stage.expectEachOnce(grounded, rejected: codes.count)
      let expected = Dictionary(codes.map { ($0, 1) }, uniquingKeysWith: +)
      let given = try await stage.rejections()
      for code in Set(expected.keys).union(given.keys).sorted() {
        #expect(given[code] == expected[code], "\(code)")
      }
    }
  }

  @Test(.timeLimit(.minutes(4)))
  func `may be large, long, or come again under the same name`() async throws {
    try await Stage.with { stage in
      var settings = stage.settings
      settings.reportLimits.sentencesMax = 5_000
      settings.reportLimits.messageBytesMax = 2 << 20
      // A real broker gives a message that is too large for a fetch all the same; these do not.
      settings.kafka["fetch.message.max.bytes"] = "8388608"
      try await stage.running(settings: settings) { _ in
        try await self.sendTwice(stage)
        // Larger than what is read; and one that is read, is no JSON, and has to go out whole. The
        // brokers keep no more than 5 MiB, so the bound is lowered below that.
        try stage.publishRaw(key: "big", value: [UInt8](repeating: 0x20, count: 2_500_000))
        try await reach("its rejection") {
          try await stage.rejections()["message_too_large"] == 1
        }
        try stage.publishRaw(key: "big", value: [UInt8](repeating: 0x78, count: 1_500_000))
        try await reach("its rejection") { try await stage.rejections()["not_json"] == 1 }
        let text = Self.sentences(5_000)
        try stage.publishRaw(
          key: "long", value: Stage.report("long", ["sections": [["text": text]]]))
        try stage.publish((0..<20).map { Stage.report($0) })
        try await stage.reachGroundings(23)
        try await stage.expectEachOnce(23, rejected: 2)
      }
      let sentences = try await stage.integer(
        "SELECT count(*) FROM grounded.audit_sentence WHERE report_id = 'long'")
      #expect(sentences == 5_000)
    }
  }

  /// The same report id twice: two groundings, and the newer one is the latest.
  private func sendTwice(_ stage: Stage) async throws {
    for text in ["First words.", "Second words."] {
      try stage.publishRaw(
        key: "twice", value: Stage.report("twice", ["sections": [["text": .string(text)]]]))
    }
    try await stage.reachGroundings(2)
    let query = "SELECT count(*) FROM grounded.latest_grounding WHERE report_id = 'twice'"
    #expect(try await stage.integer(query) == 1)
    #expect(
      try await stage.integer(
        """
        SELECT count(*) FROM grounded.latest_grounding l
        JOIN grounded.audit_sentence s USING (grounding_id) WHERE s.sentence = 'Second words.'
        """) == 1)
  }
}
