/// The metrics at every threshold and fusion IoU of a grid (SPEC §3: 0.8 is where validation
/// centre-hit F1 is highest).
public struct Sweep: Hashable, Sendable {
  /// One place of the grid.
  public struct Point: Hashable, Sendable {
    public let threshold: Double
    /// Nil without fusion.
    public let fusionIoU: Double?
    public let metrics: PhraseMetrics
  }

  public static let thresholds = (1...19).map { Double($0) / 20 }
  public static let fusionIoUs: [Double?] = [nil, 0.05, 0.1, 0.2, 0.3, 0.5]

  public let points: [Point]

  /// - Parameter phrases: with the boxes as the network gives them.
  public init(
    of phrases: [Phrase], thresholds: [Double] = Self.thresholds,
    fusionIoUs: [Double?] = Self.fusionIoUs
  ) {
    self.init(thresholds: thresholds, fusionIoUs: fusionIoUs) { process in
      phrases.map { process($0) }
    }
  }

  /// - Parameter phrases: gives the same phrases with their final boxes.
  public init(
    thresholds: [Double] = Self.thresholds, fusionIoUs: [Double?] = Self.fusionIoUs,
    phrases: (PostProcessing) -> [Phrase]
  ) {
    precondition(!thresholds.isEmpty && !fusionIoUs.isEmpty, "an empty grid")
    points = fusionIoUs.flatMap { fusionIoU in
      thresholds.map { threshold in
        let process = PostProcessing(threshold: threshold, fusionIoU: fusionIoU)
        return Point(
          threshold: threshold, fusionIoU: fusionIoU, metrics: PhraseMetrics(of: phrases(process)))
      }
    }
  }

  /// Where the overall centre-hit F1 (region) is highest; of equal points the first.
  public var best: Point { Self.best(of: points) }

  /// The same for one fusion IoU.
  public func best(fusionIoU: Double?) -> Point { Self.best(of: curve(fusionIoU: fusionIoU)) }

  /// The points of one fusion IoU by rising threshold.
  public func curve(fusionIoU: Double?) -> [Point] { points.filter { $0.fusionIoU == fusionIoU } }

  /// The fusion IoUs of the grid.
  public var fusionIoUs: [Double?] {
    points.map(\.fusionIoU).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  private static func best(of points: [Point]) -> Point {
    points.dropFirst().reduce(points[0]) { best, point in
      point.score > best.score ? point : best
    }
  }
}

extension Sweep.Point {
  fileprivate var score: Double { metrics.overall.centreHits ?? 0 }
}
