public import Boxes

/// What became of a sentence.
public enum SentenceStatus: String, CaseIterable, Sendable {
  /// It has regions.
  case grounded
  /// It was looked for, and is nowhere.
  case none
  /// It was not looked for.
  case skipped
  /// Looking for it did not work.
  case failed
}

/// A sentence and where it is on the images.
public struct GroundedSentence: Hashable, Sendable {
  public let text: String
  public let section: String?
  /// Unicode scalar offsets in the section; nil when the generator gave sentences.
  public let start, end: Int?
  public let status: SentenceStatus
  /// Why it was skipped or failed: a short name such as `no_frontal_image`.
  public let reason: String?
  /// Of all queries, also those below the threshold; nil when the network did not run.
  public let highestConfidence: Float?
  /// Most confident first.
  public let regions: [Region]
  /// The generator's own boxes; nil when it says nothing.
  public let generatorBoxes: [BoundingBox]?

  /// The reason of a sentence whose report has lateral images only.
  public static let noFrontalImage = "no_frontal_image"
  /// The reason of a heading, which states nothing.
  public static let heading = "heading"
  /// The reason of a sentence that is longer than the network reads.
  public static let tooManyTokens = "too_many_tokens"
  /// The reason of a sentence on which the arithmetic failed.
  public static let notFinite = "not_finite"

  public init(
    text: String, section: String? = nil, start: Int? = nil, end: Int? = nil,
    status: SentenceStatus, reason: String? = nil, highestConfidence: Float? = nil,
    regions: [Region] = [], generatorBoxes: [BoundingBox]? = nil
  ) {
    precondition(
      (status == .grounded) == !regions.isEmpty, "\(status) with \(regions.count) regions")
    precondition(highestConfidence?.isFinite ?? true, "a confidence is not finite")
    self.text = text
    self.section = section
    self.start = start
    self.end = end
    self.status = status
    self.reason = reason
    self.highestConfidence = highestConfidence
    self.regions = regions
    self.generatorBoxes = generatorBoxes
  }

  /// A sentence that the network looked at: `grounded` with regions, `none` without.
  public init(_ sentence: ReportSentence, highestConfidence: Float, regions: [Region]) {
    self.init(
      sentence, status: regions.isEmpty ? .none : .grounded, reason: nil,
      highestConfidence: highestConfidence, regions: regions)
  }

  /// A sentence that was skipped or failed.
  public init(_ sentence: ReportSentence, status: SentenceStatus, reason: String) {
    self.init(sentence, status: status, reason: reason, highestConfidence: nil, regions: [])
  }

  private init(
    _ sentence: ReportSentence, status: SentenceStatus, reason: String?,
    highestConfidence: Float?, regions: [Region]
  ) {
    self.init(
      text: sentence.text, section: sentence.section, start: sentence.start, end: sentence.end,
      status: status, reason: reason, highestConfidence: highestConfidence, regions: regions,
      generatorBoxes: sentence.generatorBoxes)
  }
}
