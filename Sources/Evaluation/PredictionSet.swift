/// What a prediction file says of each phrase of a truth file.
public struct PredictionSet: Sendable {
  /// By phrase, in the order of truth.
  private var predictions: [[Prediction]]
  /// The line of each phrase; 0 while it has none.
  private var lines: [Int32]

  public init(for truth: TruthSet) {
    predictions = Array(repeating: [], count: truth.entries.count)
    lines = Array(repeating: 0, count: truth.entries.count)
  }

  /// Takes `{"id", "boxes": [[x1, y1, x2, y2], …], "scores": […]}`.
  ///
  /// - Parameter number: of the line, from 1.
  public mutating func add(
    line bytes: [UInt8], number: Int, for truth: TruthSet
  ) throws(PhraseFileError) {
    let line = try PhraseLine(parsing: bytes)
    guard let scores = line.scores, scores.count == line.boxes.count else {
      let count = line.scores.map { "\($0.count) scores" } ?? "no “scores”"
      throw PhraseFileError("\(line.boxes.count) boxes have \(count)")
    }
    guard let index = truth.index(of: line.id) else {
      throw PhraseFileError("“\(line.id)” is not in the truth")
    }
    guard lines[index] == 0 else {
      throw PhraseFileError("“\(line.id)” stands on line \(lines[index]) already")
    }
    lines[index] = Int32(number)
    predictions[index] = zip(line.boxes, scores).map { Prediction(box: $0, confidence: $1) }
  }

  /// The first phrase without a line.
  public func firstMissing(of truth: TruthSet) -> TruthSet.Entry? {
    lines.firstIndex(of: 0).map { truth.entries[$0] }
  }

  /// Both together.
  public func phrases(of truth: TruthSet) -> [Phrase] {
    zip(truth.entries, predictions).map { entry, found in
      Phrase(truth: entry.boxes, predictions: found, category: entry.category)
    }
  }
}
