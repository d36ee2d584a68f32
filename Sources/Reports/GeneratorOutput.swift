public import JSON

/// A generator whose outputs can be published.
public enum GeneratorOutput: String, CaseIterable, Sendable {
  /// Values of `report.generated.v1`, as they are.
  case json
  case maira2
  case cxrmate

  /// Reads one line of a JSON-lines file.
  ///
  /// Every line has `report_id`, and may have `study` and `version`. Its images are `images`, a
  /// list of addresses or of image objects, or one `image` (or `uri`) with `view`.
  /// - Returns: a report that the inbound topic's decoder accepts.
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
    let event = try ReportEvent.decode(
      RawMessage(topic: "", partition: 0, offset: 0, value: line.bytes), limits: limits)
    return GeneratedReport(
      reportID: event.reportID, study: event.study, generator: event.generator,
      images: event.images, sections: event.sections,
      sentences: event.sections.isEmpty ? event.sentences : [])
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
