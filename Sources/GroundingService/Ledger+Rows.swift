internal import Boxes
internal import FoundationEssentials
internal import KafkaClient
internal import PostgresClient
internal import Reports

/// The rows of a batch, by table, in the order of the columns named beside them.
struct LedgerRows: Sendable {
  private(set) var groundings = CopyRows(bytesExpected: 1 << 20)
  private(set) var images = CopyRows()
  private(set) var sentences = CopyRows(bytesExpected: 1 << 18)
  private(set) var regions = CopyRows(bytesExpected: 1 << 17)
  private(set) var rejections = CopyRows()
  private(set) var outbox = CopyRows(bytesExpected: 1 << 20)

  static let groundingColumns = """
    grounded.grounding (source_offset, source, grounding_id, grounder, image_count, sentence_count,
    region_count, report_id, study_instance_uid, accession_number, generator_name,
    generator_version, generator_mode, event_id, event_source, event_time, traceparent, original)
    """
  static let imageColumns = """
    grounded.grounding_image (source_offset, source, width, height, ordinal, image_id, uri, view,
    sop_instance_uid, sha256)
    """
  static let sentenceColumns = """
    grounded.sentence (source_offset, source, range_start, range_end, highest_confidence, ordinal,
    status, section, reason, text, raw_scores, generator_boxes)
    """
  static let regionColumns = """
    grounded.region (source_offset, source, x_min, y_min, x_max, y_max, confidence, pixel_x_min,
    pixel_y_min, pixel_x_max, pixel_y_max, sentence, ordinal, image, fused_queries)
    """
  static let rejectionColumns = """
    grounded.rejection (source_offset, source, code, stage, message, report_id, original_bytes,
    original, header_names, header_values)
    """
  static let outboxColumns = """
    grounded.outbox (source_offset, source, message_id, topic, message_key, header_names,
    header_values, payload)
    """

  /// - Parameter source: row of the position that the entry's partition has in this campaign.
  mutating func append(_ entry: LedgerEntry, source: Int32) {
    switch entry.outcome {
    case .grounded(let record):
      append(record, at: entry.offset, source)
      append(imagesOf: record, at: entry.offset, source)
      for index in record.report.sentences.indices {
        append(sentence: index, of: record, at: entry.offset, source)
      }
    case .rejected(let record): append(record, at: entry.offset, source)
    }
    append(entry.outbox, source)
  }

  private mutating func append(_ record: GroundingRecord, at offset: Int64, _ source: Int32) {
    let report = record.report
    let envelope = record.event.envelope
    groundings.row(columns: 18)
    groundings.int8(offset)
    groundings.int4(source)
    groundings.uuid(report.groundingID)
    groundings.int4(record.grounderRow)
    groundings.int2(Int16(clamping: report.images.count))
    groundings.int2(Int16(clamping: report.sentences.count))
    groundings.int4(Int32(clamping: report.sentences.reduce(0) { $0 + $1.regions.count }))
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
  }

  private mutating func append(
    imagesOf record: GroundingRecord, at offset: Int64, _ source: Int32
  ) {
    let places = record.event.images
    for (ordinal, image) in record.report.images.enumerated() {
      images.row(columns: 10)
      images.int8(offset)
      images.int4(source)
      images.int4(image.width.map { Int32(clamping: $0) })
      images.int4(image.height.map { Int32(clamping: $0) })
      images.int2(Int16(clamping: ordinal))
      images.text(image.imageID)
      images.text(places.first { $0.imageID == image.imageID }?.uri)
      images.text(image.view)
      images.text(image.sopInstanceUID)
      images.text(image.sha256)
    }
  }

  private mutating func append(
    sentence index: Int, of record: GroundingRecord, at offset: Int64, _ source: Int32
  ) {
    let sentence = record.report.sentences[index]
    sentences.row(columns: 12)
    sentences.int8(offset)
    sentences.int4(source)
    sentences.int4(sentence.start.map { Int32(clamping: $0) })
    sentences.int4(sentence.end.map { Int32(clamping: $0) })
    sentences.float4(sentence.highestConfidence)
    sentences.int2(Int16(clamping: index))
    sentences.text(sentence.status.rawValue)
    sentences.text(sentence.section)
    sentences.text(sentence.reason)
    sentences.text(sentence.text)
    sentences.bytea(record.scores[index].isEmpty ? nil : record.scores[index])
    if let boxes = sentence.generatorBoxes {
      sentences.float4Array(boxes.flatMap { [$0.left, $0.top, $0.right, $0.bottom] })
    } else {
      sentences.null()
    }
    for (ordinal, region) in sentence.regions.enumerated() {
      let image = record.report.images.firstIndex { $0.imageID == region.imageID }
      append(region, Int16(clamping: index), Int16(clamping: ordinal), image, at: offset, source)
    }
  }

  private mutating func append(
    _ region: Region, _ sentence: Int16, _ ordinal: Int16, _ image: Int?, at offset: Int64,
    _ source: Int32
  ) {
    regions.row(columns: 15)
    regions.int8(offset)
    regions.int4(source)
    regions.float4(region.box.left)
    regions.float4(region.box.top)
    regions.float4(region.box.right)
    regions.float4(region.box.bottom)
    regions.float4(region.confidence)
    regions.int4(Int32(clamping: region.pixels.xMin))
    regions.int4(Int32(clamping: region.pixels.yMin))
    regions.int4(Int32(clamping: region.pixels.xMax))
    regions.int4(Int32(clamping: region.pixels.yMax))
    regions.int2(sentence)
    regions.int2(ordinal)
    regions.int2(Int16(clamping: image ?? -1))
    regions.int2(Int16(clamping: region.fusedQueries))
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

  private mutating func append(_ row: OutboxRow, _ source: Int32) {
    outbox.row(columns: 8)
    outbox.int8(row.offset)
    outbox.int4(source)
    outbox.uuid(row.messageID)
    outbox.text(row.topic)
    outbox.bytea(row.key)
    outbox.textArray(row.headers.map { $0.name })
    outbox.byteaArray(row.headers.map { $0.value })
    outbox.bytea(row.payload)
  }
}
