public import FoundationEssentials
public import JSON

/// A report to be published: what a generator's output becomes.
public struct GeneratedReport: Hashable, Sendable {
  public var reportID: String
  public var study: Study
  public var generator: Generator
  public var images: [ImageReference]
  /// Left out when empty, as are sentences.
  public var sections: [ReportSection]
  public var sentences: [ReportSentence]

  public init(
    reportID: String, study: Study = Study(), generator: Generator = Generator(),
    images: [ImageReference], sections: [ReportSection] = [], sentences: [ReportSentence] = []
  ) {
    self.reportID = reportID
    self.study = study
    self.generator = generator
    self.images = images
    self.sections = sections
    self.sentences = sentences
  }

  /// The message of the inbound topic: CloudEvents in binary mode, keyed by report.
  /// - Parameter source: what CloudEvents calls the producer, e.g. `grounded/publish`.
  public func encoded(id: String, source: String, time: Date) -> EncodedMessage {
    let attributes = [
      ("ce_specversion", "1.0"), ("ce_id", id), ("ce_source", source),
      ("ce_type", Envelope.generatedType), ("ce_time", Timestamp.text(time)),
      ("content-type", "application/json"),
    ]
    return EncodedMessage(
      key: Array(reportID.utf8), headers: attributes.map { (name: $0, value: Array($1.utf8)) },
      value: json.bytes)
  }

  /// The value of the message.
  public var json: JSON {
    var members: [JSON.Member] = [JSON.Member("report_id", .string(reportID))]
    if !study.isEmpty {
      members.append(
        JSON.Member(
          "study",
          object([
            ("study_instance_uid", study.studyInstanceUID),
            ("accession_number", study.accessionNumber),
          ])))
    }
    if !generator.isEmpty {
      members.append(
        JSON.Member(
          "generator",
          object([
            ("name", generator.name), ("version", generator.version), ("mode", generator.mode),
          ])))
    }
    members.append(JSON.Member("images", .array(images.map(json))))
    if !sections.isEmpty {
      let elements = sections.map { object([("name", $0.name), ("text", $0.text)]) }
      members.append(JSON.Member("sections", .array(elements)))
    }
    if !sentences.isEmpty {
      members.append(JSON.Member("sentences", .array(sentences.map(json))))
    }
    return .object(members)
  }

  private func json(_ image: ImageReference) -> JSON {
    object([
      ("image_id", image.imageID), ("uri", image.uri), ("view", image.view),
      ("sop_instance_uid", image.sopInstanceUID), ("sha256", image.sha256),
    ])
  }

  private func json(_ sentence: ReportSentence) -> JSON {
    let boxes = sentence.generatorBoxes.map { JSON.array($0.map(\.json)) } ?? .null
    var members = [JSON.Member("text", .string(sentence.text))]
    if let section = sentence.section {
      members.append(JSON.Member("section", .string(section)))
    }
    members.append(JSON.Member("boxes", boxes))
    return .object(members)
  }

  private func object(_ members: [(String, String?)]) -> JSON {
    .object(members.compactMap { name, text in text.map { JSON.Member(name, .string($0)) } })
  }
}
