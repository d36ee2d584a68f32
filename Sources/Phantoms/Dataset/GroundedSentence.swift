internal import Boxes
internal import Seeds

/// A sentence about a film with the boxes that ground it.
struct GroundedSentence {
  let text: String
  let boxes: [BoundingBox]
  /// Nil where there is no box.
  let category: String?

  init(
    _ words: String, _ boxes: [BoundingBox], _ category: String, using random: inout SeededNumbers
  ) {
    text = Sentence.typed(words, using: &random)
    self.boxes = boxes
    self.category = boxes.isEmpty ? nil : category
  }
}

extension PhantomFilm {
  /// What a report says about the film: its findings, some of them twice, and what is not there.
  ///
  /// - Parameter boxes: where a finding is shown, by its boxes on the film.
  func report(
    _ boxes: (Finding, [BoundingBox], inout SeededNumbers) -> [BoundingBox]
  ) -> [GroundedSentence] {
    var random = SeededNumbers(seed: study.filmSeed, part: 1)
    var sentences: [GroundedSentence] = []
    for (finding, drawn) in findings {
      for _ in 0..<random.pick([(5, 1), (5, 2), (1, 3)]) {
        sentences.append(
          GroundedSentence(
            finding.words(using: &random), boxes(finding, drawn, &random), finding.kind.rawValue,
            using: &random))
      }
    }
    if findings.count > 1, random.chance(0.8) {
      let chosen = findings.shuffled(using: &random).prefix(random.chance(0.2) ? 3 : 2)
      sentences.append(
        GroundedSentence(
          Finding.words(of: chosen.map { $0.finding }, using: &random),
          chosen.flatMap { boxes($0.finding, $0.boxes, &random) },
          chosen.map { $0.finding.kind.rawValue }.joined(separator: " + "), using: &random))
    }
    let nothing = max(2, 4 - findings.count) + Int(random.next() >> 33) % 2
    for _ in 0..<nothing {
      let words = Absence.words(beside: study.findings, using: &random)
      sentences.append(GroundedSentence(words, [], "", using: &random))
    }
    return sentences.shuffled(using: &random)
  }
}
