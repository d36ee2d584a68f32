/// The headers of a message by name, whatever their case.
struct EventHeaders {
  private let values: [String: [[UInt8]]]
  private let limits: ReportLimits

  init(_ headers: [(name: String, value: [UInt8])], limits: ReportLimits) {
    var values: [String: [[UInt8]]] = [:]
    for header in headers {
      values[header.name.lowercased(), default: []].append(header.value)
    }
    self.values = values
    self.limits = limits
  }

  /// True when any header is an attribute of CloudEvents.
  var hasAttributes: Bool { values.keys.contains { $0.hasPrefix("ce_") } }

  /// The text of a header that stands at most once; nil when absent or empty.
  func text(_ name: String) throws(Rejection) -> String? {
    guard let found = values[name], let bytes = found.first else { return nil }
    guard found.count == 1 else {
      throw Rejection(.invalidValue, at: .read, "header \(name) stands \(found.count) times")
    }
    guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
      throw Rejection(.invalidValue, at: .read, "header \(name) is not text in UTF-8")
    }
    guard text.isAtMost(limits.nameCharactersMax) else {
      throw Rejection(
        .invalidValue, at: .read,
        "header \(name) has more than \(limits.nameCharactersMax) characters")
    }
    return text.isEmpty ? nil : text
  }

  func requiredText(_ name: String) throws(Rejection) -> String {
    guard let text = try text(name) else {
      throw Rejection(.missingField, at: .read, "header \(name) is missing; give a string")
    }
    return text
  }

  /// The first legal one of the event's own, the event's header and the transport's.
  func traceparent(besides own: String?) -> String? {
    if let own, let checked = TraceParent.checked(own) { return checked }
    for name in ["ce_traceparent", "traceparent"] {
      if let bytes = values[name]?.first, let text = String(validating: bytes, as: UTF8.self),
        let checked = TraceParent.checked(text)
      {
        return checked
      }
    }
    return nil
  }
}

/// A media type without its parameters.
struct MediaType {
  private let name: String

  init(_ text: String) {
    let name = text.prefix { $0 != ";" }
    self.name = String(name.filter { !$0.isWhitespace }).lowercased()
  }

  var isJSON: Bool {
    name == "application/json" || name == "text/json" || name.hasSuffix("+json")
  }
  var isEvent: Bool { name.hasPrefix("application/cloudevents") }
  var isBatch: Bool { name.hasPrefix("application/cloudevents-batch") }
}
