public import FoundationEssentials

/// An image of a grounded report.
///
/// Its address is left out on purpose: addresses are often signed, and so are credentials.
public struct GroundedImage: Hashable, Sendable {
  public let imageID: String
  public let view: String?
  public let sopInstanceUID: String?
  /// Of the bytes that were read, or as the generated report has it.
  public let sha256: String?
  /// In pixels; nil when the image was not read.
  public let width, height: Int?

  public init(
    imageID: String, view: String? = nil, sopInstanceUID: String? = nil, sha256: String? = nil,
    width: Int? = nil, height: Int? = nil
  ) {
    self.imageID = imageID
    self.view = view
    self.sopInstanceUID = sopInstanceUID
    self.sha256 = sha256
    self.width = width
    self.height = height
  }

  /// - Parameter width, height: in pixels; nil when the image was not read.
  public init(_ image: ImageReference, width: Int? = nil, height: Int? = nil) {
    self.init(
      imageID: image.imageID, view: image.view, sopInstanceUID: image.sopInstanceUID,
      sha256: image.sha256, width: width, height: height)
  }
}

/// One grounder's result for one report: an event of type `report.grounded.v1`.
public struct GroundedReport: Hashable, Sendable {
  /// Computed from position, campaign and grounder.
  public let groundingID: UUID
  public let reportID: String
  public let study: Study
  public let generator: Generator
  /// `live`, or the name of a replay.
  public let campaign: String
  public let grounder: GrounderIdentity
  /// Of the generated report.
  public let source: SourcePosition
  /// The generated report's event id.
  public let sourceEventID: String
  public let images: [GroundedImage]
  public let sentences: [GroundedSentence]
  /// To the millisecond.
  public let groundedAt: Date
  public let traceparent: String?

  public init(
    reportID: String, study: Study, generator: Generator, campaign: String,
    grounder: GrounderIdentity, source: SourcePosition, sourceEventID: String,
    images: [GroundedImage], sentences: [GroundedSentence], groundedAt: Date,
    traceparent: String? = nil
  ) {
    groundingID = Reports.groundingID(
      topic: source.topic, partition: source.partition, offset: source.offset,
      campaign: campaign, grounder: grounder)
    self.reportID = reportID
    self.study = study
    self.generator = generator
    self.campaign = campaign
    self.grounder = grounder
    self.source = source
    self.sourceEventID = sourceEventID
    self.images = images
    self.sentences = sentences
    self.groundedAt = Date(
      timeIntervalSince1970: (groundedAt.timeIntervalSince1970 * 1_000).rounded() / 1_000)
    self.traceparent = traceparent
  }

  /// The result for an event; identity, position and trace are the event's.
  public init(
    of event: ReportEvent, campaign: String, grounder: GrounderIdentity,
    images: [GroundedImage], sentences: [GroundedSentence], groundedAt: Date
  ) {
    self.init(
      reportID: event.reportID, study: event.study, generator: event.generator,
      campaign: campaign, grounder: grounder, source: event.position,
      sourceEventID: event.envelope.id, images: images, sentences: sentences,
      groundedAt: groundedAt, traceparent: event.envelope.traceparent)
  }
}
