internal import Boxes
internal import JSON

extension ReportEvent {
  /// Reads a message of the inbound topic.
  ///
  /// Unknown members are left alone. Null counts as absent, and so does an empty text where
  /// none is required. `sentences`, when there are any, stand in the place of `sections`.
  public static func decode(
    _ message: RawMessage, limits: ReportLimits
  ) throws(Rejection) -> ReportEvent {
    let opened = try Envelope.open(message, type: Envelope.generatedType, limits: limits)
    let report = try Fields(opened.data, at: opened.path)
    let reportID = try report.requiredText(
      "report_id", charactersMax: limits.idCharactersMax)
    let images = try decodeImages(of: report, limits: limits)
    let sections = try decodeSections(of: report, limits: limits)
    var sentences = try decodeSentences(of: report, limits: limits)
    let isSplitHere = sentences.isEmpty
    if isSplitHere { sentences = try split(sections, of: report, limits: limits) }
    guard !sentences.isEmpty else {
      throw Rejection(
        .noText, at: .decide,
        "\(report.place("sections")) and \(report.place("sentences")) have no text")
    }
    return ReportEvent(
      envelope: opened.envelope, position: message.position, key: message.key,
      reportID: reportID, study: try report.study(limits: limits),
      generator: try report.generator(limits: limits), images: images,
      sections: isSplitHere ? sections : [], sentences: sentences, original: message.value ?? [])
  }

  private static func decodeImages(
    of report: Fields, limits: ReportLimits
  ) throws(Rejection) -> [ImageReference] {
    guard let elements = try report.objects("images"), !elements.isEmpty else {
      throw Rejection(
        .noImage, at: .decide, "\(report.place("images")) has no image; give one with a uri")
    }
    guard elements.count <= limits.imagesMax else {
      throw Rejection(
        .tooManyImages, at: .decide,
        "\(report.place("images")) has \(elements.count) images; "
          + "at most \(limits.imagesMax) are read")
    }
    var images: [ImageReference] = []
    var ids: Set<String> = []
    for (index, element) in elements.enumerated() {
      let image = try decodeImage(element, place: index + 1, limits: limits)
      guard ids.insert(image.imageID).inserted else {
        throw Rejection(
          .invalidValue, at: .decide,
          "\(element.place("image_id")) is the id of an image before it")
      }
      images.append(image)
    }
    return images
  }

  private static func decodeImage(
    _ image: Fields, place: Int, limits: ReportLimits
  ) throws(Rejection) -> ImageReference {
    let longest = limits.nameCharactersMax
    return ImageReference(
      imageID: try image.text("image_id", charactersMax: longest) ?? String(place),
      uri: try image.requiredText("uri", charactersMax: limits.uriCharactersMax),
      view: try image.text("view", charactersMax: longest),
      sopInstanceUID: try image.text("sop_instance_uid", charactersMax: longest),
      sha256: try image.sha256("sha256"))
  }

  private static func decodeSections(
    of report: Fields, limits: ReportLimits
  ) throws(Rejection) -> [ReportSection] {
    guard let elements = try report.objects("sections") else { return [] }
    guard elements.count <= limits.sectionsMax else {
      throw Rejection(
        .tooManySections, at: .decide,
        "\(report.place("sections")) has \(elements.count) sections; "
          + "at most \(limits.sectionsMax) are read")
    }
    var sections: [ReportSection] = []
    for element in elements {
      let name = try element.text("name", charactersMax: limits.nameCharactersMax)
      let text = try element.string("text", charactersMax: limits.messageBytesMax)
      guard let text else { throw element.missing("text", expected: "a string") }
      sections.append(ReportSection(name: name, text: text))
    }
    return sections
  }

  private static func decodeSentences(
    of report: Fields, limits: ReportLimits
  ) throws(Rejection) -> [ReportSentence] {
    guard let elements = try report.objects("sentences") else { return [] }
    try checkCount(elements.count, at: report.place("sentences"), limits: limits)
    var sentences: [ReportSentence] = []
    sentences.reserveCapacity(elements.count)
    for element in elements {
      let text = try element.requiredText("text", charactersMax: limits.messageBytesMax)
      try checkLength(text, at: element.place("text"), limits: limits)
      sentences.append(
        ReportSentence(
          text: text,
          section: try element.text("section", charactersMax: limits.nameCharactersMax),
          generatorBoxes: try element.boxes("boxes", max: limits.boxesMax)))
    }
    return sentences
  }

  private static func split(
    _ sections: [ReportSection], of report: Fields, limits: ReportLimits
  ) throws(Rejection) -> [ReportSentence] {
    var sentences: [ReportSentence] = []
    for (index, section) in sections.enumerated() {
      for range in Sentences.split(section.text) {
        try checkLength(
          range.text, at: "a sentence of \(report.place("sections"))[\(index)].text",
          limits: limits)
        sentences.append(
          ReportSentence(
            text: range.text, section: section.name, start: range.start, end: range.end,
            isHeading: range.isHeading))
      }
      try checkCount(sentences.count, at: report.place("sections"), limits: limits)
    }
    return sentences
  }

  private static func checkCount(
    _ count: Int, at place: String, limits: ReportLimits
  ) throws(Rejection) {
    guard count <= limits.sentencesMax else {
      throw Rejection(
        .tooManySentences, at: .decide,
        "\(place) has \(count) sentences; at most \(limits.sentencesMax) are read")
    }
  }

  private static func checkLength(
    _ text: String, at place: String, limits: ReportLimits
  ) throws(Rejection) {
    guard text.isAtMost(limits.sentenceCharactersMax) else {
      throw Rejection(
        .sentenceTooLong, at: .decide,
        "\(place) has more than \(limits.sentenceCharactersMax) characters")
    }
  }
}

extension Fields {
  func study(limits: ReportLimits) throws(Rejection) -> Study {
    guard let study = try object("study") else { return Study() }
    let longest = limits.nameCharactersMax
    return Study(
      studyInstanceUID: try study.text(
        "study_instance_uid", charactersMax: limits.idCharactersMax),
      accessionNumber: try study.text("accession_number", charactersMax: longest))
  }

  func generator(limits: ReportLimits) throws(Rejection) -> Generator {
    guard let generator = try object("generator") else { return Generator() }
    let longest = limits.nameCharactersMax
    return Generator(
      name: try generator.text("name", charactersMax: longest),
      version: try generator.text("version", charactersMax: longest),
      mode: try generator.text("mode", charactersMax: longest))
  }

  /// A digest as 64 hexadecimal digits, in lower case; nil when absent or empty.
  func sha256(_ name: String) throws(Rejection) -> String? {
    guard let text = try text(name, charactersMax: 64) else { return nil }
    guard text.utf8.count == 64, text.utf8.allSatisfy({ isHexadecimal($0) }) else {
      throw Rejection(
        .invalidValue, at: .decide, "\(place(name)) is not 64 hexadecimal digits")
    }
    return text.lowercased()
  }
}

private func isHexadecimal(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
    UInt8(ascii: "A")...UInt8(ascii: "F"):
    true
  default: false
  }
}
