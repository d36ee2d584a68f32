public import Boxes
internal import Glibc

/// How far answers are from their targets (SPEC §1.10; equations 3 and 4 of the paper).
public struct GroundingLoss: Hashable, Sendable {
  /// Of the cross-entropy.
  public var confidenceWeight = 1.0
  /// Of the sum of differences between boxes.
  public var distanceWeight = 5.0
  /// Of 1 − GIoU.
  public var overlapWeight = 2.0
  /// What a query without target counts for in the confidence term.
  public var unmatchedWeight = 0.1
  /// How the confidence term is added up.
  public var reduction = Reduction.sum

  /// How the confidence term is added up.
  public enum Reduction: String, Hashable, Sendable, CaseIterable {
    /// Over all queries, by the weights above, divided by the targets of the batch.
    case sum
    /// The mean over all queries, which count the same.
    case mean
  }

  /// MDETR's weights.
  public init() {}

  /// The terms before they are weighted.
  public struct Terms: Hashable, Sendable {
    /// Cross-entropy.
    public var confidence = 0.0
    /// Differences of boxes.
    public var distance = 0.0
    /// 1 − GIoU.
    public var overlap = 0.0
  }

  /// A batch's loss, and its slope by every number of the answers.
  public struct Value: Sendable {
    /// Its parts.
    public var terms = Terms()
    /// Its parts, weighted.
    public var total = 0.0
    /// In the form of the answers.
    public var slopes: [QueryOutputs] = []
    /// The query of every target of every phrase; nil where there are more targets than queries.
    public var matches: [[Int?]] = []
  }

  /// - answers: one for each phrase, finite; targets: the boxes of each phrase on the network's square.
  public func callAsFunction(_ answers: [QueryOutputs], _ targets: [[CenteredBox]]) -> Value {
    precondition(answers.count == targets.count, "\(answers.count) answers to \(targets.count)")
    let boxes = Double(max(1, targets.reduce(0) { $0 + $1.count }))
    let queries = Double(max(1, answers.reduce(0) { $0 + $1.logits.count }))
    var value = Value()
    for (answer, targets) in zip(answers, targets) {
      let matches = match(answer, targets)
      var slope = QueryOutputs(
        logits: [Float](repeating: 0, count: answer.logits.count),
        boxes: [Float](repeating: 0, count: answer.boxes.count))
      var isMatched = [Bool](repeating: false, count: answer.logits.count)
      for (target, query) in zip(targets, matches) {
        guard let query else { continue }
        isMatched[query] = true
        locate(answer, query, target, among: boxes, &value.terms, &slope)
      }
      for query in answer.logits.indices {
        let weight =
          switch reduction {
          case .sum: (isMatched[query] ? 1 : unmatchedWeight) / boxes
          case .mean: 1 / queries
          }
        decide(answer, query, isMatched[query], weight, &value.terms, &slope)
      }
      value.slopes.append(slope)
      value.matches.append(matches)
    }
    value.total =
      confidenceWeight * value.terms.confidence + distanceWeight * value.terms.distance
      + overlapWeight * value.terms.overlap
    return value
  }

  /// Equation 4: how far a query's box is from its target.
  private func locate(
    _ answer: QueryOutputs, _ query: Int, _ target: CenteredBox, among boxes: Double,
    _ terms: inout Terms, _ slope: inout QueryOutputs
  ) {
    let box = answer.centeredBox(query)
    let overlap = box.generalisedOverlap(with: target)
    terms.distance += box.distance(to: target) / boxes
    terms.overlap += (1 - overlap.value) / boxes
    let away = box.distanceSlope(to: target)
    for (place, pair) in zip(away.numbers, overlap.slope.numbers).enumerated() {
      let number = distanceWeight * pair.0 - overlapWeight * pair.1
      slope.boxes[4 * query + place] = Float(number / boxes)
    }
  }

  /// Equation 3: whether a query says that there is something.
  private func decide(
    _ answer: QueryOutputs, _ query: Int, _ isMatched: Bool, _ weight: Double,
    _ terms: inout Terms, _ slope: inout QueryOutputs
  ) {
    let (logit, truth) = (Double(answer.logits[query]), isMatched ? 1.0 : 0.0)
    // ln(1 + eˣ) − x · truth, without overflow
    terms.confidence += weight * (max(logit, 0) - logit * truth + log1p(exp(-abs(logit))))
    slope.logits[query] = Float(confidenceWeight * weight * (1 / (1 + exp(-logit)) - truth))
  }

  /// Cost of a pair: 5 · distance − confidence − 2 · GIoU.
  private func match(_ answer: QueryOutputs, _ targets: [CenteredBox]) -> [Int?] {
    if targets.isEmpty { return [] }
    return Matcher.assign(
      answer.logits.indices.map { query in
        let box = answer.centeredBox(query)
        let confidence = 1 / (1 + exp(-Double(answer.logits[query])))
        return targets.map { target in
          distanceWeight * box.distance(to: target) - confidenceWeight * confidence
            - overlapWeight * box.generalisedOverlap(with: target).value
        }
      })
  }
}

extension QueryOutputs {
  fileprivate func centeredBox(_ query: Int) -> CenteredBox {
    CenteredBox(
      x: Double(boxes[4 * query]), y: Double(boxes[4 * query + 1]),
      width: Double(boxes[4 * query + 2]), height: Double(boxes[4 * query + 3]))
  }
}
