public import Reports

/// Grounds one report: what stands between decoding and ledger.
///
/// Two real types meet here: `ImageGrounder`, which fetches, decodes and runs the network, and
/// `NullGrounder`, with which `bench pipeline` measures everything around it.
public protocol ReportGrounder: Sendable {
  /// What every box will name as its maker.
  var identity: GrounderIdentity { get }

  /// Finds the regions of every sentence.
  ///
  /// Waits out what infrastructure does (a server that is down) within its own bound.
  func ground(_ report: ReportEvent) async throws(GroundingFailure) -> GroundingResult

  /// Hears that another has taken its place: it finishes what is begun, and hands the rest back.
  func retire()
}

extension ReportGrounder {
  /// A grounder that begins with every report at once has nothing to hand back.
  public func retire() {}
}

/// Why a report has no result.
public enum GroundingFailure: Error {
  /// The report cannot be grounded, now or later.
  case rejected(Rejection)
  /// The daemon stops, or the partition was taken away: nothing is to be noted.
  case interrupted
  /// Another grounder has taken this one's place before the report was begun: it is for that one.
  case superseded
}

/// The regions of one report.
public struct GroundingResult: Sendable {
  public var images: [GroundedImage]
  /// In the order of the report's sentences.
  public var sentences: [GroundedSentence]
  /// Raw query scores of each sentence in the ledger's compact form; empty where it was not grounded.
  public var scores: [[UInt8]]
  /// What else it takes to read the scores; nil when there are none.
  public var scoreTerms: ScoreTerms?

  public init(
    images: [GroundedImage], sentences: [GroundedSentence], scores: [[UInt8]],
    scoreTerms: ScoreTerms? = nil
  ) {
    precondition(sentences.count == scores.count, "\(scores.count) of \(sentences.count) scores")
    self.scoreTerms = scoreTerms
    self.images = images
    self.sentences = sentences
    self.scores = scores
  }
}

/// Under which terms raw scores were kept: enough to find boxes in them again.
public struct ScoreTerms: Hashable, Sendable {
  /// Queries below this confidence were not kept.
  public var floor: Float
  /// Side of the network's square in pixels, on which the boxes lie.
  public var side: Int

  public init(floor: Float, side: Int) {
    self.floor = floor
    self.side = side
  }
}
