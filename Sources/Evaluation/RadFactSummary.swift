extension RadFact {
  /// A report and its reference, each phrase held against the other report.
  public struct Sample: Hashable, Sendable {
    /// Fractions of the generated phrases, and of the reference's.
    public let precision, recall: Scores
    /// Number of phrases, and of those with boxes.
    public let candidatePhrases, candidateBoxed, referencePhrases, referenceBoxed: Int

    public init(candidate: [Phrase], reference: [Phrase]) {
      precision = fractions(of: candidate)
      recall = fractions(of: reference)
      candidatePhrases = candidate.count
      candidateBoxed = candidate.count { $0.boxes != nil }
      referencePhrases = reference.count
      referenceBoxed = reference.count { $0.boxes != nil }
    }
  }

  /// The nine numbers that RadFact gives, by RadFact's keys.
  public enum Metric: String, CaseIterable, Hashable, Sendable {
    case logicalPrecision = "logical_precision"
    case logicalRecall = "logical_recall"
    case logicalF1 = "logical_f1"
    case spatialPrecision = "spatial_precision"
    case spatialRecall = "spatial_recall"
    case spatialF1 = "spatial_f1"
    case groundingPrecision = "grounding_precision"
    case groundingRecall = "grounding_recall"
    case groundingF1 = "grounding_f1"
  }

  /// What a data set's samples come to: means over reports, not over phrases (SPEC §5.1).
  public struct Summary: Hashable, Sendable {
    public let samples: Int
    public let precision, recall, f1: Scores
    /// Means for each report; 0 without one.
    public let candidatePhrases, candidateBoxed, referencePhrases, referenceBoxed: Double

    public init(of samples: [Sample]) {
      self.samples = samples.count
      precision = RadFact.mean(of: samples.map(\.precision))
      recall = RadFact.mean(of: samples.map(\.recall))
      f1 = RadFact.f1(precision: precision, recall: recall)
      func perReport(_ count: (Sample) -> Int) -> Double {
        Double(samples.reduce(0) { $0 + count($1) }) / Double(max(1, samples.count))
      }
      candidatePhrases = perReport(\.candidatePhrases)
      candidateBoxed = perReport(\.candidateBoxed)
      referencePhrases = perReport(\.referencePhrases)
      referenceBoxed = perReport(\.referenceBoxed)
    }

    /// 0…1; nil where no report defines it.
    public subscript(metric: Metric) -> Double? {
      switch metric {
      case .logicalPrecision: precision.logical
      case .logicalRecall: recall.logical
      case .logicalF1: f1.logical
      case .spatialPrecision: precision.spatial
      case .spatialRecall: recall.spatial
      case .spatialF1: f1.spatial
      case .groundingPrecision: precision.grounding
      case .groundingRecall: recall.grounding
      case .groundingF1: f1.grounding
      }
    }
  }
}
