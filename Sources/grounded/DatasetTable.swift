internal import Datasets

extension DatasetCounts {
  /// A row for each data set's split, with the columns of the paper's table of data.
  func table(titled title: String) -> TextTable {
    TextTable(
      title: title,
      columns: [
        "", "images", "patients", "phrases", "boxes", "no box", "one", "several", "0/1/2+ %",
        "words",
      ],
      rows: parts.map { part in
        let shares = [part.none, part.one, part.several].map { count in
          "\(Int((100 * Double(count) / Double(part.phrases)).rounded()))"
        }
        let numbers = [
          part.images, part.patients, part.phrases, part.boxes, part.none, part.one, part.several,
        ]
        let words = fixed(part.wordsMean) + "±" + fixed(part.wordsDeviation)
        return ["\(part.dataset) \(part.split.rawValue)"] + numbers.map { "\($0)" }
          + [shares.joined(separator: "/"), words]
      })
  }
}
