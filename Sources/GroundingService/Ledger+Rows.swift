internal import Boxes
internal import FoundationEssentials
internal import KafkaClient
internal import PostgresClient
internal import Reports

/// What the ledger holds of one message, by table, in the order of the columns named beside them.
public struct LedgerRows: Sendable {
  private(set) var groundings = CopyRows()
  private(set) var rejections = CopyRows()
  private(set) var outbox = CopyRows()

  static let groundingColumns = """
    grounded.grounding (source_offset, source, grounding_id, grounder, image_count, sentence_count,
    region_count, grounded_at, report_id, study_instance_uid, accession_number, generator_name,
    generator_version, generator_mode, event_id, event_source, event_time, traceparent, original,
    image_ids, image_uris, image_views, image_sop_instance_uids, image_sha256s, image_widths,
    image_heights, sentence_statuses, sentence_texts, sentence_sections, sentence_starts,
    sentence_ends, sentence_reasons, highest_confidences, raw_scores, generator_box_counts,
    generator_boxes, region_sentences, region_images, region_boxes, region_pixels,
    region_confidences, region_fused_queries, score_floor, network_side)
    """
  static let rejectionColumns = """
    grounded.rejection (source_offset, source, code, stage, message, report_id, original_bytes,
    original, header_names, header_values)
    """
  static let outboxColumns = """
    grounded.outbox (source_offset, source, message_id, topic, message_key, header_names,
    header_values, payload)
    """

  /// The rows of one message.
  /// - Parameter source: row of the position that its partition has in this campaign.
  init(
    of outcome: LedgerEntry.Outcome, at offset: Int64, outbox row: OutboxRow?, source: Int32
  ) {
    switch outcome {
    case .grounded(let record):
      append(record, at: offset, source)
      if let row { append(row, source, isWhole: false) }
    case .rejected(let record):
      append(record, at: offset, source)
      if let row { append(row, source, isWhole: true) }
    }
  }

  /// A message to publish in the place of another.
  init(outbox row: OutboxRow, source: Int32) { append(row, source, isWhole: true) }

  /// Bytes of all rows.
  var bytes: Int { groundings.byteCount + rejections.byteCount + outbox.byteCount }

  private mutating func append(_ record: GroundingRecord, at offset: Int64, _ source: Int32) {
    let report = record.report
    let envelope = record.event.envelope
    groundings = CopyRows(bytesExpected: 2_048 + record.event.original.count)
    groundings.row(columns: 44)
    groundings.int8(offset)
    groundings.int4(source)
    groundings.uuid(report.groundingID)
    groundings.int4(record.grounderRow)
    groundings.int2(Int16(clamping: report.images.count))
    groundings.int2(Int16(clamping: report.sentences.count))
    groundings.int4(Int32(clamping: report.sentences.reduce(0) { $0 + $1.regions.count }))
    groundings.timestamptz(report.groundedAt)
    groundings.text(report.reportID)
    groundings.text(report.study.studyInstanceUID)
    groundings.text(report.study.accessionNumber)
    groundings.text(report.generator.name)
    groundings.text(report.generator.version)
    groundings.text(report.generator.mode)
    groundings.text(envelope.id)
    groundings.text(envelope.source)
    groundings.text(envelope.time)
    groundings.text(envelope.traceparent)
    groundings.bytea(record.event.original)
    appendImages(of: record)
    appendSentences(of: record)
    appendRegions(of: report)
    groundings.float4(record.scoreTerms?.floor)
    groundings.int4(record.scoreTerms.map { Int32(clamping: $0.side) })
  }

  private mutating func appendImages(of record: GroundingRecord) {
    let images = record.report.images
    let places = record.event.images
    groundings.textArray(images.map(\.imageID))
    groundings.textArray(
      ifAny: images.map { image in places.first { $0.imageID == image.imageID }?.uri })
    groundings.textArray(ifAny: images.map(\.view))
    groundings.textArray(ifAny: images.map(\.sopInstanceUID))
    groundings.textArray(ifAny: images.map(\.sha256))
    groundings.int4Array(ifAny: images.map { $0.width.map { Int32(clamping: $0) } })
    groundings.int4Array(ifAny: images.map { $0.height.map { Int32(clamping: $0) } })
  }

  private mutating func appendSentences(of record: GroundingRecord) {
    let sentences = record.report.sentences
    groundings.textArray(sentences.map(\.status.rawValue))
    groundings.textArray(sentences.map(\.text))
    groundings.textArray(ifAny: sentences.map(\.section))
    groundings.int4Array(ifAny: sentences.map { $0.start.map { Int32(clamping: $0) } })
    groundings.int4Array(ifAny: sentences.map { $0.end.map { Int32(clamping: $0) } })
    groundings.textArray(ifAny: sentences.map(\.reason))
    groundings.float4Array(ifAny: sentences.map(\.highestConfidence))
    let hasScores = record.scores.contains { !$0.isEmpty }
    hasScores
      ? groundings.byteaArray(record.scores.map { $0.isEmpty ? nil : $0 }) : groundings.null()
    let theirs = sentences.map(\.generatorBoxes)
    if theirs.contains(where: { $0 != nil }) {
      groundings.int2Array(theirs.map { boxes in boxes.map { Int16(clamping: $0.count) } })
      groundings.float4Array(theirs.flatMap { $0 ?? [] }.flatMap(\.edges))
    } else {
      groundings.null()
      groundings.null()
    }
  }

  private mutating func appendRegions(of report: GroundedReport) {
    var sentences: [Int16] = []
    var regions: [Region] = []
    for (index, sentence) in report.sentences.enumerated() {
      regions += sentence.regions
      sentences += sentence.regions.map { _ in Int16(clamping: index) }
    }
    guard !regions.isEmpty else {
      for _ in 0..<6 { groundings.null() }
      return
    }
    groundings.int2Array(sentences)
    groundings.int2Array(
      regions.map { region in
        let image = report.images.firstIndex { $0.imageID == region.imageID }
        return Int16(clamping: image ?? -1)
      })
    groundings.float4Array(regions.flatMap(\.box.edges))
    groundings.int4Array(
      regions.flatMap { region in
        let pixels = region.pixels
        return [pixels.xMin, pixels.yMin, pixels.xMax, pixels.yMax].map { Int32(clamping: $0) }
      })
    groundings.float4Array(regions.map(\.confidence))
    groundings.int2Array(regions.map { Int16(clamping: $0.fusedQueries) })
  }

  private mutating func append(_ record: RejectionRecord, at offset: Int64, _ source: Int32) {
    let message = record.rejected.message
    let size = message.value?.count ?? 0
    rejections.row(columns: 10)
    rejections.int8(offset)
    rejections.int4(source)
    rejections.text(record.rejected.rejection.code.rawValue)
    rejections.text(record.rejected.rejection.stage.rawValue)
    rejections.text(record.rejected.rejection.message)
    rejections.text(record.reportID)
    rejections.int8(Int64(size))
    rejections.bytea(size <= RejectionRecord.originalBytesMax ? message.value : nil)
    rejections.textArray(message.headers.map { $0.name })
    rejections.byteaArray(message.headers.map { $0.value })
  }

  /// - Parameter isWhole: false when `StoredGrounding` can make the message again.
  private mutating func append(_ row: OutboxRow, _ source: Int32, isWhole: Bool) {
    outbox = CopyRows(bytesExpected: isWhole ? 512 + (row.payload?.count ?? 0) : 128)
    outbox.row(columns: 8)
    outbox.int8(row.offset)
    outbox.int4(source)
    outbox.uuid(row.messageID)
    outbox.text(row.topic)
    guard isWhole else {
      for _ in 0..<4 { outbox.null() }
      return
    }
    outbox.bytea(row.key)
    outbox.textArray(row.headers.map { $0.name })
    outbox.byteaArray(row.headers.map { $0.value })
    outbox.bytea(row.payload)
  }
}

extension BoundingBox {
  fileprivate var edges: [Float] { [left, top, right, bottom] }
}

/// An array without any value is NULL.
extension CopyRows {
  fileprivate mutating func textArray(ifAny values: [String?]) {
    values.contains { $0 != nil } ? textArray(values) : null()
  }

  fileprivate mutating func int4Array(ifAny values: [Int32?]) {
    values.contains { $0 != nil } ? int4Array(values) : null()
  }

  fileprivate mutating func float4Array(ifAny values: [Float?]) {
    values.contains { $0 != nil } ? float4Array(values) : null()
  }
}
