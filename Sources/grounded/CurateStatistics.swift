internal import Datasets
internal import JSON

/// What curation has to say at its end.
struct CurateStatistics {
  let tally: CurationTally
  let counts: DatasetCounts
  /// The language model that chose regions; nil for the hierarchy.
  let chooser: String?

  var table: TextTable {
    let tally = tally
    var rows: [[String]] = []
    func row(_ name: String, _ number: Int, of total: Int? = nil) {
      rows.append([name, "\(number)", total.map { fixed(share(number, of: $0)) } ?? ""])
    }
    row("scene graphs", tally.graphs)
    row("  of views other than PA and AP", tally.otherViews, of: tally.graphs)
    row("  of excluded studies", tally.excludedImages, of: tally.graphs)
    row("  of patients in MS-CXR", tally.excludedPatientImages, of: tally.graphs)
    row("  left out by name", tally.leftOutImages, of: tally.graphs)
    row("  that cannot be used", tally.bad, of: tally.graphs)
    row("  kept", tally.images, of: tally.graphs)
    row("excluded studies", tally.excludedStudies.count)
    row("boxes without area in their image", tally.emptyBoxes)
    row("kept images without a report", tally.missingReports)
    row("sentences before cleaning", tally.sentencesBefore)
    row("  without a finding, which lost their boxes", tally.negatives, of: tally.sentencesBefore)
    row("  with a finding but no box, left out", tally.withoutBox, of: tally.sentencesBefore)
    row("sentences that only reports have", tally.added)
    row("sentences after cleaning", tally.sentences, of: tally.sentencesBefore)
    row("  with no box", tally.withNone, of: tally.sentences)
    row("  with one box", tally.withOne, of: tally.sentences)
    row("  with several boxes", tally.withSeveral, of: tally.sentences)
    row("sentence–box pairs before", tally.boxesBefore)
    row("sentence–box pairs after", tally.boxes, of: tally.boxesBefore)
    if tally.questions > 0 {
      row("choices asked for", tally.questions)
      row("  answers not taken", tally.refusedAnswers, of: tally.questions)
    }
    rows.append(["words in a sentence", words, ""])
    return TextTable(
      title: "Chest ImaGenome, cleaned; regions by \(chooser ?? "hierarchy")",
      columns: ["", "number", "%"], rows: rows)
  }

  /// Counts, and in percent what they come to.
  var json: JSON {
    let words = tally.wordsPerSentence
    let derived: JSON = [
      "regions_by": .string(chooser ?? "hierarchy"),
      "sentences": .integer(Int64(tally.sentences)),
      "sentences_reduction_percent": reduction(tally.sentences, of: tally.sentencesBefore),
      "boxes_reduction_percent": reduction(tally.boxes, of: tally.boxesBefore),
      "box_shares_percent": [
        number(share(tally.withNone, of: tally.sentences)),
        number(share(tally.withOne, of: tally.sentences)),
        number(share(tally.withSeveral, of: tally.sentences)),
      ],
      "words_mean": number(words?.mean), "words_sd": number(words?.deviation),
      "splits": .object(counts.parts.map { .init($0.split.rawValue, numbers($0)) }),
    ]
    return .object((tally.json.members ?? []) + (derived.members ?? []))
  }

  private func numbers(_ part: DatasetCounts.Part) -> JSON {
    [
      "images": .integer(Int64(part.images)), "patients": .integer(Int64(part.patients)),
      "phrases": .integer(Int64(part.phrases)), "boxes": .integer(Int64(part.boxes)),
    ]
  }

  private var words: String {
    guard let words = tally.wordsPerSentence else { return "–" }
    return "\(fixed(words.mean)) ± \(fixed(words.deviation))"
  }

  private func share(_ part: Int, of total: Int) -> Double? {
    total > 0 ? 100 * Double(part) / Double(total) : nil
  }

  private func reduction(_ after: Int, of before: Int) -> JSON {
    number(share(after, of: before).map { 100 - $0 })
  }

  private func number(_ value: Double?) -> JSON { value.map { .number($0) } ?? .null }
}
