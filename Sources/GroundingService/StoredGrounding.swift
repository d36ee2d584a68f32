internal import Boxes
internal import FoundationEssentials
internal import KafkaClient
internal import PostgresClient
internal import Reports

/// A grounding as it stands in the ledger: the report, whole again, and its raw scores.
///
/// The reading half of `LedgerRows`. What comes back is equal to what went in, but for U+0000 in texts.
struct StoredGrounding {
  let report: GroundedReport
  /// `CompactScores` of each sentence; empty where there are none.
  let scores: [[UInt8]]
  /// Nil when there are no scores.
  let scoreTerms: ScoreTerms?

  /// What a statement selects from `tables` for `init`.
  static let columns = """
    g.grounding_id, c.name, p.topic, p.partition, g.source_offset, g.grounded_at, g.report_id,
    g.study_instance_uid, g.accession_number, g.generator_name, g.generator_version,
    g.generator_mode, g.event_id, g.traceparent, m.name, m.version, m.architecture,
    m.weights_sha256, m.threshold, m.fusion_iou, m.precision, m.device, g.image_ids,
    g.image_views, g.image_sop_instance_uids, g.image_sha256s, g.image_widths, g.image_heights,
    g.sentence_statuses, g.sentence_texts, g.sentence_sections, g.sentence_starts,
    g.sentence_ends, g.sentence_reasons, g.highest_confidences, g.generator_box_counts,
    g.generator_boxes, g.region_sentences, g.region_images, g.region_boxes, g.region_pixels,
    g.region_confidences, g.region_fused_queries, g.raw_scores,
    g.score_floor, g.network_side
    """
  static let columnCount = 46
  static let tables = """
    grounded.grounding g JOIN grounded.position p ON p.id = g.source
    JOIN grounded.campaign c ON c.id = p.campaign JOIN grounded.grounder m ON m.id = g.grounder
    """

  /// - Parameter first: where `columns` begin in the answer.
  init(_ rows: PostgresRows, row: Int, from first: Int = 0) throws(PostgresError) {
    var cells = Cells(rows: rows, row: row, column: first)
    let id = cells.uuid()
    let (campaign, topic) = (try cells.text(), try cells.text())
    let source = SourcePosition(
      topic: topic, partition: Int32(try cells.integer()), offset: try cells.integer())
    let groundedAt = cells.date()
    let reportID = try cells.text()
    let study = Study(studyInstanceUID: cells.textIfAny(), accessionNumber: cells.textIfAny())
    let generator = Generator(
      name: cells.textIfAny(), version: cells.textIfAny(), mode: cells.textIfAny())
    let (eventID, traceparent) = (cells.textIfAny() ?? "", cells.textIfAny())
    let grounder = try cells.grounder()
    let images = try cells.images()
    let sentences = try cells.sentences(on: images)
    scores = cells.scores(count: sentences.count)
    scoreTerms = cells.scoreTerms()
    guard let groundedAt else { throw cells.broken("no time") }
    report = GroundedReport(
      reportID: reportID, study: study, generator: generator, campaign: campaign,
      grounder: grounder, source: source, sourceEventID: eventID, images: images,
      sentences: sentences, groundedAt: groundedAt, traceparent: traceparent)
    guard report.groundingID == id else { throw cells.broken("an id that is not its own") }
  }
}

/// The values of one row, from left to right.
private struct Cells {
  let rows: PostgresRows
  let row: Int
  var column: Int

  func broken(_ what: String) -> PostgresError { .unexpectedAnswer("a grounding with \(what)") }

  private mutating func step() -> Int {
    defer { column += 1 }
    return column
  }

  mutating func uuid() -> UUID? { rows.uuid(row, step()) }
  mutating func date() -> Date? { rows.date(row, step()) }
  mutating func textIfAny() -> String? { rows.text(row, step()) }
  mutating func integer() throws(PostgresError) -> Int64 { try rows.required(row, step()) }

  mutating func text() throws(PostgresError) -> String {
    guard let text = textIfAny() else { throw broken("no text in column \(column)") }
    return text
  }

  private mutating func real() throws(PostgresError) -> Float {
    guard let value = rows.real(row, step()) else { throw broken("no number in column \(column)") }
    return Float(value)
  }

  mutating func grounder() throws(PostgresError) -> GrounderIdentity {
    let (name, version, architecture) = (try text(), try text(), try text())
    return GrounderIdentity(
      name: name, version: version, architecture: architecture.isEmpty ? nil : architecture,
      weightsSHA256: try text(), threshold: try real(), fusionIoU: try real(),
      precision: try text(), device: try text())
  }

  /// The elements of an array that has one for each of `count`; nothing but nil when it is NULL.
  private func padded<Element>(
    _ values: [Element?]?, _ count: Int
  ) throws(PostgresError) -> [Element?] {
    guard let values else { return Array(repeating: nil, count: count) }
    guard values.count == count else { throw broken("arrays of different lengths") }
    return values
  }

  private mutating func texts(_ count: Int) throws(PostgresError) -> [String?] {
    try padded(rows.optionalTextArray(row, step()), count)
  }

  private mutating func integers(_ count: Int) throws(PostgresError) -> [Int?] {
    try padded(rows.integerArray(row, step()), count)
  }

  private mutating func reals(_ count: Int) throws(PostgresError) -> [Float?] {
    try padded(rows.realArray(row, step()), count)
  }

  mutating func images() throws(PostgresError) -> [GroundedImage] {
    let ids = rows.textArray(row, step()) ?? []
    let (views, instances) = (try texts(ids.count), try texts(ids.count))
    let hashes = try texts(ids.count)
    let (widths, heights) = (try integers(ids.count), try integers(ids.count))
    return ids.indices.map { index in
      GroundedImage(
        imageID: ids[index], view: views[index], sopInstanceUID: instances[index],
        sha256: hashes[index], width: widths[index], height: heights[index])
    }
  }

  mutating func sentences(on images: [GroundedImage]) throws(PostgresError) -> [GroundedSentence] {
    let statuses = rows.textArray(row, step()) ?? []
    let count = statuses.count
    let (texts, sections) = (try texts(count), try texts(count))
    let (starts, ends) = (try integers(count), try integers(count))
    let (reasons, highest) = (try self.texts(count), try reals(count))
    let theirs = try generatorBoxes(count)
    let regions = try regions(count, images)
    var sentences: [GroundedSentence] = []
    for index in 0..<count {
      guard let status = SentenceStatus(rawValue: statuses[index]),
        (status == .grounded) == !regions[index].isEmpty
      else { throw broken("a status that its regions do not bear out") }
      sentences.append(
        GroundedSentence(
          text: texts[index] ?? "", section: sections[index], start: starts[index],
          end: ends[index], status: status, reason: reasons[index],
          highestConfidence: highest[index], regions: regions[index],
          generatorBoxes: theirs[index]))
    }
    return sentences
  }

  private mutating func generatorBoxes(_ count: Int) throws(PostgresError) -> [[BoundingBox]?] {
    let counts = try integers(count)
    let total = counts.reduce(0) { $0 + ($1 ?? 0) }
    var boxes = try boxes(reals(4 * total))[...]
    return counts.map { count in
      guard let count else { return nil }
      defer { boxes = boxes.dropFirst(count) }
      return Array(boxes.prefix(count))
    }
  }

  private func boxes(_ edges: [Float?]) throws(PostgresError) -> [BoundingBox] {
    var boxes: [BoundingBox] = []
    for start in stride(from: 0, to: edges.count, by: 4) {
      let box = BoundingBox(
        left: edges[start] ?? .nan, top: edges[start + 1] ?? .nan,
        right: edges[start + 2] ?? .nan, bottom: edges[start + 3] ?? .nan)
      guard let box else { throw broken("a box that is none") }
      boxes.append(box)
    }
    return boxes
  }

  /// By sentence.
  private mutating func regions(
    _ sentences: Int, _ images: [GroundedImage]
  ) throws(PostgresError) -> [[Region]] {
    let places = (rows.integerArray(row, step()) ?? []).map { $0 ?? -1 }
    let pictures = try integers(places.count).map { $0 ?? -1 }
    let boxes = try boxes(reals(4 * places.count))
    let pixels = try integers(4 * places.count).map { $0 ?? -1 }
    let confidences = try reals(places.count)
    let fused = try integers(places.count)
    var regions: [[Region]] = Array(repeating: [], count: sentences)
    for (index, sentence) in places.enumerated() {
      guard regions.indices.contains(sentence), images.indices.contains(pictures[index]),
        let confidence = confidences[index], confidence.isFinite
      else { throw broken("a region of nothing") }
      let edges = pixels[4 * index..<4 * index + 4].map { $0 }
      regions[sentence].append(
        Region(
          imageID: images[pictures[index]].imageID, box: boxes[index],
          pixels: PixelBox(xMin: edges[0], yMin: edges[1], xMax: edges[2], yMax: edges[3]),
          confidence: confidence, fusedQueries: fused[index] ?? 0))
    }
    return regions
  }

  mutating func scoreTerms() -> ScoreTerms? {
    let (floor, side) = (rows.real(row, step()), rows.integer(row, step()))
    guard let floor, let side else { return nil }
    return ScoreTerms(floor: Float(floor), side: Int(side))
  }

  mutating func scores(count: Int) -> [[UInt8]] {
    let scores = rows.bytesArray(row, step()) ?? []
    return (0..<count).map { scores.indices.contains($0) ? scores[$0] ?? [] : [] }
  }
}
