public import FoundationEssentials
public import JSON

/// A generator whose outputs can be published.
public enum GeneratorOutput: String, CaseIterable, Sendable {
  /// Values of `report.generated.v1`, as they are.
  case json
  case maira2
  case cxrmate

  /// The message that one line of a JSON-lines file becomes, once the inbound topic's decoder has
  /// accepted it. A report of the contract travels as it is, unknown members included.
  ///
  /// Every line has `report_id`, and may have `study` and `version`. Its images are `images`, a
  /// list of addresses or of image objects, or one `image` (or `uri`) with `view`.
  /// - Parameter id, source, time: what CloudEvents says of a message that is written here.
  public func message(
    _ line: [UInt8], id: String, source: String, time: Date, limits: ReportLimits
  ) throws(Rejection) -> EncodedMessage {
    guard self != .json else {
      let message = EncodedMessage(key: nil, headers: [], value: line)
      return EncodedMessage(
        key: Array(try Self.checked(message, limits: limits).reportID.utf8), headers: [],
        value: line)
    }
    let report = try report(boundedJSON(line, limits: limits), limits: limits)
    let message = report.encoded(id: id, source: source, time: time)
    _ = try Self.checked(message, limits: limits)
    return message
  }

  /// What one line says. Only `message` holds it against all of the contract.
  public func report(
    _ line: JSON, limits: ReportLimits
  ) throws(Rejection) -> GeneratedReport {
    switch self {
    case .json: try Self.plain(line, limits: limits)
    case .maira2: try MAIRA2.report(line, limits: limits)
    case .cxrmate: try CXRMate.report(line, limits: limits)
    }
  }

  private static func plain(
    _ line: JSON, limits: ReportLimits
  ) throws(Rejection) -> GeneratedReport {
    let event = try checked(
      EncodedMessage(key: nil, headers: [], value: line.bytes), limits: limits)
    return GeneratedReport(
      reportID: event.reportID, study: event.study, generator: event.generator,
      images: event.images, sections: event.sections,
      sentences: event.sections.isEmpty ? event.sentences : [])
  }

  private static func checked(
    _ message: EncodedMessage, limits: ReportLimits
  ) throws(Rejection) -> ReportEvent {
    let nowhere = SourcePosition(topic: "", partition: 0, offset: 0)
    return try ReportEvent.decode(message.received(at: nowhere), limits: limits)
  }
}

extension Fields {
  /// The images of a line of generator output.
  func lineImages(limits: ReportLimits) throws(Rejection) -> [ImageReference] {
    guard let elements = try array("images") else {
      let name = value("image") == nil ? "uri" : "image"
      return [try lineImage(uri: name, place: 1, limits: limits)]
    }
    guard !elements.isEmpty else {
      throw Rejection(.noImage, at: .decide, "\(place("images")) has no image")
    }
    guard elements.count <= limits.imagesMax else {
      throw Rejection(
        .tooManyImages, at: .decide,
        "\(place("images")) has \(elements.count) images; at most \(limits.imagesMax) are read")
    }
    var images: [ImageReference] = []
    for (index, element) in elements.enumerated() {
      let path = "\(place("images"))[\(index)]"
      let object = element.string.map { JSON.object([JSON.Member("uri", .string($0))]) }
      let fields = try Fields(object ?? element, at: path)
      images.append(try fields.lineImage(uri: "uri", place: index + 1, limits: limits))
    }
    return images
  }

  private func lineImage(
    uri: String, place: Int, limits: ReportLimits
  ) throws(Rejection) -> ImageReference {
    let longest = limits.nameCharactersMax
    return ImageReference(
      imageID: try text("image_id", charactersMax: longest) ?? String(place),
      uri: try requiredText(uri, charactersMax: limits.uriCharactersMax),
      view: try text("view", charactersMax: longest),
      sopInstanceUID: try text("sop_instance_uid", charactersMax: longest),
      sha256: try sha256("sha256"))
  }
}
