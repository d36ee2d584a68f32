/// Sums over the phrases of one group, from which its metrics follow (SPEC §4).
struct GroupTally: Sendable {
  var phrases = 0
  var correct = 0
  var correctByGIoU = 0
  var predictions = 0
  var truths = 0
  var centredPredictions = 0
  var reachedTruths = 0
  var centredTruths = 0
  var centredPairs = 0
  /// Phrases with a box, and those among them with a mask IoU ≥ 0.5.
  var located = 0
  var accurate = 0
  /// Sums over phrases with a box.
  var maskIoU = 0.0
  var sharedArea = 0.0
  var unionArea = 0.0
  /// Phrases without a box, and those among them for which none was predicted.
  var absent = 0
  var abstained = 0

  mutating func add(_ outcome: PhraseOutcome) {
    phrases += 1
    correct += outcome.isCorrect ? 1 : 0
    correctByGIoU += outcome.isCorrectByGIoU ? 1 : 0
    predictions += outcome.predictions
    truths += outcome.truths
    centredPredictions += outcome.centredPredictions
    reachedTruths += outcome.reachedTruths
    centredTruths += outcome.centredTruths
    centredPairs += outcome.centredPairs
    guard outcome.truths > 0 else {
      absent += 1
      abstained += outcome.predictions == 0 ? 1 : 0
      return
    }
    let overlap = outcome.maskIoU ?? 0
    located += 1
    accurate += overlap >= 0.5 ? 1 : 0
    maskIoU += overlap
    sharedArea += outcome.sharedArea
    unionArea += outcome.unionArea
  }
}
