/// How a grounded report is judged against another, once a language model has said which phrases
/// the other one entails (RadFact; SPEC §5).
public enum RadFact {
  /// A phrase of one report, and what the other report says of it.
  public struct Phrase: Hashable, Sendable {
    public var isEntailed: Bool
    /// Nil when the phrase has no boxes.
    public var boxes: [Rectangle]?
    /// The boxes of the phrases that entail it.
    public var evidence: [Rectangle]

    public init(isEntailed: Bool, boxes: [Rectangle]?, evidence: [Rectangle]) {
      self.isEntailed = isEntailed
      self.boxes = boxes
      self.evidence = evidence
    }
  }

  /// Three numbers of the same kind; one is nil where it is not defined.
  public struct Scores: Hashable, Sendable {
    public var logical, grounding, spatial: Double?
  }

  /// Fractions of one report's phrases that hold against the other report.
  public static func fractions(of phrases: some Collection<Phrase>) -> Scores {
    let entailed = phrases.count(where: \.isEntailed)
    let boxed = phrases.count { $0.boxes != nil }
    let both = phrases.count { $0.boxes != nil && $0.isEntailed }
    let proven = phrases.count { phrase in
      phrase.isEntailed && phrase.boxes.map { isEntailed($0, by: phrase.evidence) } ?? false
    }
    func fraction(_ part: Int, _ whole: Int) -> Double? {
      whole > 0 ? Double(part) / Double(whole) : nil
    }
    return Scores(
      logical: fraction(entailed, phrases.count), grounding: fraction(proven, both),
      spatial: fraction(proven, boxed))
  }

  /// Means of the fractions over the reports that define them.
  public static func mean(of scores: some Collection<Scores>) -> Scores {
    func mean(_ number: (Scores) -> Double?) -> Double? {
      let defined = scores.compactMap(number)
      return defined.isEmpty ? nil : defined.reduce(0, +) / Double(defined.count)
    }
    return Scores(
      logical: mean(\.logical), grounding: mean(\.grounding), spatial: mean(\.spatial))
  }

  /// F1 of the precisions (candidate against reference) and the recalls (the other way round).
  public static func f1(precision: Scores, recall: Scores) -> Scores {
    func f1(_ number: (Scores) -> Double?) -> Double? {
      guard let precision = number(precision), let recall = number(recall) else { return nil }
      return precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0
    }
    return Scores(logical: f1(\.logical), grounding: f1(\.grounding), spatial: f1(\.spatial))
  }

  /// True when more than half of the boxes' pixels are evidence, on RadFact's raster of 224 × 224.
  public static func isEntailed(_ boxes: [Rectangle], by evidence: [Rectangle]) -> Bool {
    let claimed = pixels(of: boxes)
    let shown = pixels(of: evidence)
    let area = claimed.count { $0 }
    let shared = zip(claimed, shown).count { $0 && $1 }
    return area > 0 && 2 * shared > area
  }

  /// Pixels that a box covers; corners are rounded towards the origin.
  static func pixels(of boxes: [Rectangle], side: Int = 224) -> [Bool] {
    var mask = [Bool](repeating: false, count: side * side)
    for box in boxes {
      for row in Int(box.top * Double(side))..<Int(box.bottom * Double(side)) {
        for column in Int(box.left * Double(side))..<Int(box.right * Double(side)) {
          mask[row * side + column] = true
        }
      }
    }
    return mask
  }
}
