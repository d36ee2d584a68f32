internal import Evaluation
internal import JSON

/// Reads and writes truth and prediction files: JSON lines, one a phrase.
enum PhraseFiles {
  /// Longest line that is read.
  static let lineBytesMax = 1 << 20

  /// What is wrong, with its file and line.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  static func truth(_ path: String) throws -> TruthSet {
    var truth = TruthSet()
    try read(path) { (bytes, number) throws(PhraseFileError) in
      try truth.add(line: bytes, number: number)
    }
    guard !truth.entries.isEmpty else { throw Failure(description: "\(path) has no phrases") }
    return truth
  }

  /// One list of predictions for each phrase of truth.
  ///
  /// - Parameter truthPath: named where a phrase has none.
  static func predictions(
    _ path: String, for truth: TruthSet, from truthPath: String
  ) throws -> PredictionSet {
    var predictions = PredictionSet(for: truth)
    try read(path) { (bytes, number) throws(PhraseFileError) in
      try predictions.add(line: bytes, number: number, for: truth)
    }
    if let missing = predictions.firstMissing(of: truth) {
      throw Failure(
        description: "\(path) has no line for “\(missing.id)” (\(truthPath):\(missing.line))."
          + " A phrase without boxes needs one with empty lists.")
    }
    return predictions
  }

  /// One line of a truth file, without a line feed.
  static func line(id: String, boxes: [Rectangle], category: String?) -> [UInt8] {
    var members: [JSON.Member] = [
      .init("id", .string(id)), .init("boxes", .array(boxes.map(\.json))),
    ]
    if let category { members.append(.init("category", .string(category))) }
    return JSON.object(members).bytes
  }

  /// A prediction file with the boxes of these phrases, in the order of truth.
  static func lines(_ truth: TruthSet, _ phrases: [Phrase]) -> [UInt8] {
    var output: [UInt8] = []
    for (entry, phrase) in zip(truth.entries, phrases) {
      let line: JSON = [
        "id": .string(entry.id), "boxes": .array(phrase.predictions.map(\.box.json)),
        "scores": .array(phrase.predictions.map { .number($0.confidence) }),
      ]
      line.write(to: &output)
      output.append(UInt8(ascii: "\n"))
    }
    return output
  }

  /// Gives each line that is not blank, with its number.
  private static func read(
    _ path: String, _ take: ([UInt8], Int) throws(PhraseFileError) -> Void
  ) throws {
    var reader = try LineReader(path: path, lineBytesMax: lineBytesMax)
    while let bytes = try reader.next() {
      guard bytes.contains(where: { $0 > 0x20 }) else { continue }
      do {
        try take(bytes, reader.line)
      } catch {
        throw Failure(description: "\(path):\(reader.line): \(error)")
      }
    }
  }
}

extension Rectangle {
  fileprivate var json: JSON {
    [.number(left), .number(top), .number(right), .number(bottom)]
  }
}
