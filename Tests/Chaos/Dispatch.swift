internal import JSON
internal import KafkaClient

/// What has to become of a message.
enum Expectation: Hashable, Sendable {
  case grounded(reportID: String, sentences: Int)
  /// With this code.
  case rejected(String)
}

/// One message of the producer, and what has to become of it.
struct Dispatch: Sendable {
  let number: Int
  let key: String
  let value: [UInt8]?
  let expectation: Expectation

  /// The header by which a message is found again on the inbound topic.
  static let header = "chaos_number"

  /// The messages of a run, always the same for a seed.
  static func all(of plan: Plan, images: ImageShelf) -> [Dispatch] {
    var draw = Draw(seed: plan.seed ^ 0xD15_9A7C4)
    return (0..<plan.messages).map { number in
      // One in three shares its key with others: their order shows.
      let key = draw.happens(33) ? "shared-\(draw.number(0...7))" : "report-\(number)"
      if draw.happens(18) { return malformed(number, key, &draw) }
      if draw.happens(14) { return withBadImage(number, key, images, &draw) }
      return good(number, key, images, &draw)
    }
  }

  private static func good(
    _ number: Int, _ key: String, _ images: ImageShelf, _ draw: inout Draw
  ) -> Dispatch {
    let sentences = draw.number(1...4)
    let text = (1...sentences).map { "Finding \($0) is of number \(number)." }
    var image: [String: JSON] = ["view": "PA", "uri": .string(images.web("good.png"))]
    // A lateral film is not looked at, which is quick; and some lie in a folder.
    if draw.happens(35) { image["view"] = "LATERAL" }
    if draw.happens(20) { image["uri"] = .string(images.file("good.png")) }
    return Dispatch(
      number: number, key: key,
      value: report(key, image: image, text: text.joined(separator: " ")).bytes,
      expectation: .grounded(reportID: key, sentences: sentences))
  }

  private static func malformed(_ number: Int, _ key: String, _ draw: inout Draw) -> Dispatch {
    let image: [String: JSON] = ["uri": "file:/nowhere.png"]
    let kinds: [(code: String, value: [UInt8]?)] = [
      ("empty_value", nil), ("empty_value", []), ("not_json", Array("{\"report_id\": ".utf8)),
      ("confluent_framed", [0, 0, 0, 0, 7, 1, 2]), ("avro_container", [0x4F, 0x62, 0x6A, 1, 2]),
      ("no_text", report(key, image: image, text: "").bytes),
      ("no_image", report(key, image: nil, text: "A finding.").bytes),
      ("missing_field", report(nil, image: image, text: "A finding.").bytes),
      ("missing_field", report(key, image: ["view": "PA"], text: "A finding.").bytes),
    ]
    let kind = draw.pick(kinds)
    return Dispatch(
      number: number, key: key, value: kind.value, expectation: .rejected(kind.code))
  }

  private static func withBadImage(
    _ number: Int, _ key: String, _ images: ImageShelf, _ draw: inout Draw
  ) -> Dispatch {
    let zeros = String(repeating: "0", count: 64)
    let kinds: [(code: String, uri: String, digest: String?)] = [
      ("image_not_found", images.web("missing.png"), nil),
      ("image_not_found", images.file("missing.png"), nil),
      ("image_forbidden", images.web("forbidden.png"), nil),
      ("image_empty", images.web("empty.png"), nil),
      ("image_format_unknown", images.web("page.png"), nil),
      ("image_not_decodable", images.web("half.png"), nil),
      ("image_uri_refused", "https://elsewhere.test/a.png", nil),
      ("image_uri_refused", "file:/etc/hostname", nil),
      ("image_hash_mismatch", images.web("good.png"), zeros),
    ]
    let kind = draw.pick(kinds)
    var image: [String: JSON] = ["uri": .string(kind.uri), "view": "PA"]
    if let digest = kind.digest { image["sha256"] = .string(digest) }
    return Dispatch(
      number: number, key: key, value: report(key, image: image, text: "A finding.").bytes,
      expectation: .rejected(kind.code))
  }

  private static func report(_ id: String?, image: [String: JSON]?, text: String) -> JSON {
    var members: [JSON.Member] = []
    if let id { members.append(JSON.Member("report_id", .string(id))) }
    let images = image.map { image in
      JSON.object(image.sorted { $0.key < $1.key }.map { JSON.Member($0.key, $0.value) })
    }
    members += [
      JSON.Member("images", .array(images.map { [$0] } ?? [])),
      JSON.Member("sections", [["name": "findings", "text": .string(text)]]),
    ]
    return .object(members)
  }
}
