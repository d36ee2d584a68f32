internal import Evaluation

/// Reads truth and prediction files: JSON lines, one a phrase.
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
