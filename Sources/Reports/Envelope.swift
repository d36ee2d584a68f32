internal import FoundationEssentials
internal import JSON

/// What CloudEvents 1.0 says about a message, whichever way it was written into Kafka.
public struct Envelope: Hashable, Sendable {
  /// How the event stood in the message.
  public enum Mode: String, Sendable {
    /// Attributes in `ce_*` headers, data in the value.
    case binary
    /// Attributes and data in one JSON value.
    case structured
    /// A JSON value without any attributes.
    case bare
  }

  public let mode: Mode
  /// Of a bare value `topic/partition/offset`.
  public let id: String
  public let source: String?
  public let type: String?
  /// RFC 3339, as it came.
  public let time: String?
  /// W3C Trace Context; nil when absent or illegal, which is no reason to lose a report.
  public let traceparent: String?

  /// The type that this version of `grounded` reads.
  public static let generatedType = "report.generated.v1"
  /// The type that this version of `grounded` writes.
  public static let groundedType = "report.grounded.v1"
}

extension Envelope {
  /// A message's attributes and data, and where the data stands in the value.
  struct Opened {
    let envelope: Envelope
    let data: JSON
    let path: String
  }

  /// Opens a message of one event type.
  static func open(
    _ message: RawMessage, type: String, limits: ReportLimits
  ) throws(Rejection) -> Opened {
    let value = try readableValue(of: message, limits: limits)
    let headers = EventHeaders(message.headers, limits: limits)
    let contentType = try headers.text("content-type").map(MediaType.init)
    if let contentType, contentType.isBatch {
      throw Rejection(
        .batchedEvents, at: .read,
        "the message is a batch of CloudEvents; send one event a message")
    }
    if let contentType, contentType.isEvent {
      guard contentType.isJSON else {
        throw Rejection(
          .unsupportedContentType, at: .read,
          "structured CloudEvents are read as application/cloudevents+json only")
      }
      return try structured(
        boundedJSON(value, limits: limits), type: type, headers: headers, limits: limits)
    }
    if headers.hasAttributes {
      let envelope = try binary(headers, type: type)
      try checkContentType(contentType, at: "header content-type")
      return Opened(envelope: envelope, data: try boundedJSON(value, limits: limits), path: "")
    }
    try checkContentType(contentType, at: "header content-type")
    let data = try boundedJSON(value, limits: limits)
    if data["specversion"] != nil, data["report_id"] == nil {
      return try structured(data, type: type, headers: headers, limits: limits)
    }
    let envelope = Envelope(
      mode: .bare, id: message.position.text, source: nil, type: nil, time: nil,
      traceparent: headers.traceparent(besides: nil))
    return Opened(envelope: envelope, data: data, path: "")
  }

  /// The value's bytes, when they may be JSON at all.
  private static func readableValue(
    of message: RawMessage, limits: ReportLimits
  ) throws(Rejection) -> [UInt8] {
    guard let value = message.value else {
      throw Rejection(.emptyValue, at: .read, "the message has no value (a tombstone)")
    }
    guard !value.isEmpty else {
      throw Rejection(.emptyValue, at: .read, "the message's value has 0 bytes")
    }
    guard value.count <= limits.messageBytesMax else {
      throw Rejection(
        .messageTooLarge, at: .read,
        "the value has \(value.count) bytes; at most \(limits.messageBytesMax) are read")
    }
    if value[0] == 0, value.count >= 5 {
      throw Rejection(
        .confluentFramed, at: .read,
        "the value is framed for a schema registry (Avro, Protobuf or JSON Schema); "
          + "configure the producer to send plain JSON")
    }
    if value.starts(with: [0x4F, 0x62, 0x6A, 0x01]) {
      throw Rejection(
        .avroContainer, at: .read,
        "the value is an Avro object container; configure the producer to send plain JSON")
    }
    return value
  }

  private static func binary(
    _ headers: EventHeaders, type: String
  ) throws(Rejection) -> Envelope {
    try checkVersion(try headers.text("ce_specversion"), at: "header ce_specversion")
    let id = try headers.requiredText("ce_id")
    let source = try headers.requiredText("ce_source")
    try checkType(try headers.requiredText("ce_type"), is: type, at: "header ce_type")
    let time = try headers.text("ce_time")
    try checkTime(time, at: "header ce_time")
    return Envelope(
      mode: .binary, id: id, source: source, type: type, time: time,
      traceparent: headers.traceparent(besides: nil))
  }

  private static func structured(
    _ value: JSON, type: String, headers: EventHeaders, limits: ReportLimits
  ) throws(Rejection) -> Opened {
    let event = try Fields(value, at: "", stage: .read)
    let longest = limits.nameCharactersMax
    try checkVersion(
      try event.string("specversion", charactersMax: longest), at: "specversion")
    let id = try event.requiredText("id", charactersMax: longest)
    let source = try event.requiredText("source", charactersMax: longest)
    try checkType(
      try event.requiredText("type", charactersMax: longest), is: type, at: "type")
    let time = try event.text("time", charactersMax: longest)
    try checkTime(time, at: "time")
    try checkContentType(
      try event.text("datacontenttype", charactersMax: longest).map(MediaType.init),
      at: "datacontenttype")
    let traceparent = event.value("traceparent")?.string
    let envelope = Envelope(
      mode: .structured, id: id, source: source, type: type, time: time,
      traceparent: headers.traceparent(besides: traceparent))
    return Opened(envelope: envelope, data: try data(of: event, limits: limits), path: "data")
  }

  private static func data(of event: Fields, limits: ReportLimits) throws(Rejection) -> JSON {
    let encoded = try event.string("data_base64", charactersMax: limits.messageBytesMax)
    switch (event.value("data"), encoded) {
    case (let data?, nil): return data
    case (nil, let encoded?):
      guard let bytes = Data(base64Encoded: encoded) else {
        throw Rejection(.invalidValue, at: .read, "data_base64 is not base64")
      }
      return try boundedJSON([UInt8](bytes), limits: limits)
    case (nil, nil): throw event.missing("data", expected: "an object, or data_base64")
    case (_?, _?):
      throw Rejection(.invalidValue, at: .read, "give data or data_base64, not both")
    }
  }

  private static func checkVersion(_ version: String?, at place: String) throws(Rejection) {
    guard let version, !version.isEmpty else {
      throw Rejection(.missingField, at: .read, "\(place) is missing; give 1.0")
    }
    guard version == "1.0" else {
      throw Rejection(.unsupportedVersion, at: .read, "\(place) is not 1.0")
    }
  }

  private static func checkType(
    _ found: String, is type: String, at place: String
  ) throws(Rejection) {
    guard found == type else {
      throw Rejection(
        .unsupportedVersion, at: .read, "\(place) is not \(type), the one that is read")
    }
  }

  private static func checkTime(_ time: String?, at place: String) throws(Rejection) {
    if let time, Timestamp.date(time) == nil {
      throw Rejection(.invalidValue, at: .read, "\(place) is not a time as RFC 3339 writes it")
    }
  }

  private static func checkContentType(
    _ type: MediaType?, at place: String
  ) throws(Rejection) {
    guard type?.isJSON ?? true else {
      throw Rejection(
        .unsupportedContentType, at: .read, "\(place) is not application/json")
    }
  }
}
