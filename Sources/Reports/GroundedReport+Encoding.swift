internal import Boxes
internal import FoundationEssentials

extension GroundedReport {
  /// What CloudEvents calls the producer of our events.
  public static let eventSource = "grounded"
  /// The header with the campaign, so that a reader can pass over replays unread.
  public static let campaignHeader = "grounded_campaign"

  /// The message of the outbound topic: CloudEvents in binary mode, keyed by report.
  public func encoded() -> EncodedMessage {
    let id = groundingID.uuidString.lowercased()
    let time = Timestamp.text(groundedAt)
    var headers = Self.fixedHeaders
    headers.append((name: "ce_id", value: Array(id.utf8)))
    headers.append((name: "ce_time", value: Array(time.utf8)))
    headers.append((name: Self.campaignHeader, value: Array(campaign.utf8)))
    if let traceparent {
      headers.append((name: "ce_traceparent", value: Array(traceparent.utf8)))
    }
    return EncodedMessage(
      key: Array(reportID.utf8), headers: headers, value: encodedValue(id: id, time: time))
  }

  private static let fixedHeaders: [(name: String, value: [UInt8])] = [
    ("ce_specversion", "1.0"), ("ce_type", Envelope.groundedType), ("ce_source", eventSource),
    ("content-type", "application/json"),
  ].map { (name: $0, value: Array($1.utf8)) }

  private func encodedValue(id: String, time: String) -> [UInt8] {
    var json = JSONWriter(capacity: 1_024 + 512 * sentences.count)
    json.beginObject()
    json.member("grounding_id", id)
    json.member("report_id", reportID)
    json.member("campaign", campaign)
    json.member("grounded_at", time)
    if !study.isEmpty { json.member("study", study) }
    if !generator.isEmpty { json.member("generator", generator) }
    json.member("grounder", grounder)
    json.member("source", source, eventID: sourceEventID)
    json.name("images")
    json.beginArray()
    for image in images { json.write(image) }
    json.endArray()
    json.name("sentences")
    json.beginArray()
    for sentence in sentences { json.write(sentence) }
    json.endArray()
    json.endObject()
    return json.bytes
  }
}

extension JSONWriter {
  mutating func member(_ name: String, _ study: Study) {
    self.name(name)
    beginObject()
    member("study_instance_uid", ifAny: study.studyInstanceUID)
    member("accession_number", ifAny: study.accessionNumber)
    endObject()
  }

  mutating func member(_ name: String, _ generator: Generator) {
    self.name(name)
    beginObject()
    member("name", ifAny: generator.name)
    member("version", ifAny: generator.version)
    member("mode", ifAny: generator.mode)
    endObject()
  }

  mutating func member(_ name: String, _ grounder: GrounderIdentity) {
    self.name(name)
    beginObject()
    member("name", grounder.name)
    member("version", grounder.version)
    member("architecture", ifAny: grounder.architecture)
    member("weights_sha256", grounder.weightsSHA256)
    member("threshold", grounder.threshold)
    member("fusion_iou", grounder.fusionIoU)
    member("precision", grounder.precision)
    member("device", grounder.device)
    endObject()
  }

  mutating func member(_ name: String, _ source: SourcePosition, eventID: String) {
    self.name(name)
    beginObject()
    member("topic", source.topic)
    member("partition", Int(source.partition))
    member("offset", Int(source.offset))
    member("event_id", eventID)
    endObject()
  }

  mutating func write(_ image: GroundedImage) {
    beginObject()
    member("image_id", image.imageID)
    member("view", ifAny: image.view)
    member("sop_instance_uid", ifAny: image.sopInstanceUID)
    member("sha256", ifAny: image.sha256)
    if let width = image.width { member("width", width) }
    if let height = image.height { member("height", height) }
    endObject()
  }

  mutating func write(_ sentence: GroundedSentence) {
    beginObject()
    member("text", sentence.text)
    member("section", ifAny: sentence.section)
    if let start = sentence.start { member("start", start) }
    if let end = sentence.end { member("end", end) }
    member("status", sentence.status.rawValue)
    member("reason", ifAny: sentence.reason)
    if let confidence = sentence.highestConfidence { member("highest_confidence", confidence) }
    name("regions")
    beginArray()
    for region in sentence.regions { write(region) }
    endArray()
    if let boxes = sentence.generatorBoxes { member("generator_boxes", boxes) }
    endObject()
  }

  mutating func write(_ region: Region) {
    beginObject()
    member("image_id", region.imageID)
    name("box")
    write(region.box)
    name("pixels")
    beginObject()
    member("x_min", region.pixels.xMin)
    member("y_min", region.pixels.yMin)
    member("x_max", region.pixels.xMax)
    member("y_max", region.pixels.yMax)
    endObject()
    member("confidence", region.confidence)
    member("fused_queries", region.fusedQueries)
    endObject()
  }

  mutating func write(_ box: BoundingBox) {
    beginObject()
    member("x_min", box.left)
    member("y_min", box.top)
    member("x_max", box.right)
    member("y_max", box.bottom)
    endObject()
  }

  mutating func member(_ name: String, _ boxes: [BoundingBox]) {
    self.name(name)
    beginArray()
    for box in boxes { write(box) }
    endArray()
  }
}
