/// The metrics of one group of phrases, in percent (SPEC §4).
///
/// One that its group does not define is nil: all of an empty group, `noAccuracy` where each phrase
/// has a box, the mask metrics where none has.
public struct GroupMetrics: Hashable, Sendable {
  /// Number of phrases.
  public let phrases: Int
  public let noAccuracy: Double?
  public let correct, correctByGIoU: Double?
  public let centreHits, centreHitsTwoWay, centreHitsOneToOne: Double?
  public let meanMaskIoU, pooledMaskIoU, maskAccuracy: Double?

  init(_ sums: GroupTally) {
    phrases = sums.phrases
    noAccuracy = percent(sums.abstained, of: sums.absent)
    correct = percent(sums.correct, of: sums.phrases)
    correctByGIoU = percent(sums.correctByGIoU, of: sums.phrases)
    func centreF1(recalled: Int) -> Double? {
      sums.phrases == 0
        ? nil
        : f1(
          precision: percent(sums.centredPredictions, of: sums.predictions) ?? 0,
          recall: percent(recalled, of: sums.truths) ?? 0)
    }
    centreHits = centreF1(recalled: sums.reachedTruths)
    centreHitsTwoWay = centreF1(recalled: sums.centredTruths)
    centreHitsOneToOne =
      sums.phrases == 0
      ? nil : percent(2 * sums.centredPairs, of: sums.predictions + sums.truths) ?? 0
    meanMaskIoU = sums.located > 0 ? 100 * sums.maskIoU / Double(sums.located) : nil
    pooledMaskIoU = sums.located > 0 ? 100 * sums.sharedArea / sums.unionArea : nil
    maskAccuracy = percent(sums.accurate, of: sums.located)
  }

  /// The metric of that name.
  public subscript(metric: PhraseMetric) -> Double? {
    switch metric {
    case .noAccuracy: noAccuracy
    case .correct: correct
    case .correctByGIoU: correctByGIoU
    case .centreHits: centreHits
    case .centreHitsTwoWay: centreHitsTwoWay
    case .centreHitsOneToOne: centreHitsOneToOne
    case .meanMaskIoU: meanMaskIoU
    case .pooledMaskIoU: pooledMaskIoU
    case .maskAccuracy: maskAccuracy
    }
  }
}

private func percent(_ part: Int, of whole: Int) -> Double? {
  whole > 0 ? 100 * Double(part) / Double(whole) : nil
}

private func f1(precision: Double, recall: Double) -> Double {
  precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0
}
