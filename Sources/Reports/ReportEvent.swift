public import Boxes

/// The study that a report is about.
public struct Study: Hashable, Sendable {
  public let studyInstanceUID: String?
  public let accessionNumber: String?

  public init(studyInstanceUID: String? = nil, accessionNumber: String? = nil) {
    self.studyInstanceUID = studyInstanceUID
    self.accessionNumber = accessionNumber
  }

  var isEmpty: Bool { studyInstanceUID == nil && accessionNumber == nil }
}

/// What wrote a report.
public struct Generator: Hashable, Sendable {
  public let name: String?
  public let version: String?
  /// How it was asked, such as `findings` or `grounded`.
  public let mode: String?

  public init(name: String? = nil, version: String? = nil, mode: String? = nil) {
    self.name = name
    self.version = version
    self.mode = mode
  }

  var isEmpty: Bool { name == nil && version == nil && mode == nil }
}

/// A part of a report, such as its findings.
public struct ReportSection: Hashable, Sendable {
  public let name: String?
  public let text: String

  public init(name: String?, text: String) {
    self.name = name
    self.text = text
  }
}

/// A sentence to be grounded.
public struct ReportSentence: Hashable, Sendable {
  public let text: String
  public let section: String?
  /// Unicode scalar offsets in the section; nil when the generator gave sentences, not sections.
  public let start, end: Int?
  /// What the generator itself points at; nil when it says nothing, empty when it says “nothing”.
  public let generatorBoxes: [BoundingBox]?
  /// True for a heading such as “FINDINGS:”, which states nothing and is not grounded.
  public let isHeading: Bool

  public init(
    text: String, section: String? = nil, start: Int? = nil, end: Int? = nil,
    generatorBoxes: [BoundingBox]? = nil, isHeading: Bool = false
  ) {
    self.text = text
    self.section = section
    self.start = start
    self.end = end
    self.generatorBoxes = generatorBoxes
    self.isHeading = isHeading
  }
}

/// A generated report, checked: an event of type `report.generated.v1`.
public struct ReportEvent: Hashable, Sendable {
  public let envelope: Envelope
  public let position: SourcePosition
  public let key: [UInt8]?
  public let reportID: String
  public let study: Study
  public let generator: Generator
  /// At least one, each with an id of its own.
  public let images: [ImageReference]
  /// As they came; empty when the generator gave sentences.
  public let sections: [ReportSection]
  /// At least one.
  public let sentences: [ReportSentence]
  /// The message's value as it came, with all that is not known here.
  public let original: [UInt8]

  /// The images that sentences are grounded on, in order; may be empty.
  public var frontalImages: [ImageReference] { images.filter(\.isFrontal) }
}
