internal import Boxes
internal import FoundationEssentials
internal import JSON
internal import Tensors

/// What a network has said of sentences, kept in a file from run to run.
///
/// JSON lines. The first names the weights, the tokenizer and the manifest by their SHA-256; each
/// other has the raw outputs for a sentence: logits, then boxes, as 32-bit floats in base64. Lines are only
/// ever appended, so that a program that is killed loses the last one at most.
final class OutputCache {
  /// Whose outputs they are.
  struct Key: Hashable {
    /// SHA-256 of the files, in hexadecimal.
    let weights, tokenizer, manifest: String
  }

  /// Why a file is no cache for this run.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private struct Place: Hashable {
    let id: String
    let precision: Precision
  }

  private let file: AppendedFile
  private var known: [Place: QueryOutputs]

  /// Reads what is there, or begins a new file.
  init(path: String, key: Key) throws {
    let file = try AppendedFile(path)
    known = try Self.known(file, key, path)
    self.file = file
  }

  /// Nil for a sentence that is not in it.
  func outputs(of id: String, in precision: Precision) -> QueryOutputs? {
    known[Place(id: id, precision: precision)]
  }

  /// Appends answers in one piece.
  func keep(_ answers: [(id: String, outputs: QueryOutputs)], in precision: Precision)
    throws
  {
    var lines: [UInt8] = []
    for (id, outputs) in answers {
      let line: JSON = [
        "id": .string(id), "precision": .string(precision.rawValue),
        "outputs": .string(Self.text(outputs)),
      ]
      line.write(to: &lines)
      lines.append(UInt8(ascii: "\n"))
      known[Place(id: id, precision: precision)] = outputs
    }
    try file.append(lines)
  }

  /// What a file has; a line that was not finished is cut off.
  private static func known(
    _ file: borrowing AppendedFile, _ key: Key, _ path: String
  ) throws -> [Place: QueryOutputs] {
    let bytes = try file.contents()
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let header = key.json.bytes
    guard lines.count > 1 else {
      // No line is whole: a new file, or one that was left while its first line was written.
      guard header.starts(with: bytes) else { throw foreign(path) }
      try file.truncate(to: 0)
      try file.append(header + [UInt8(ascii: "\n")])
      return [:]
    }
    try check(lines[0], key, path)
    var known: [Place: QueryOutputs] = [:]
    for (index, line) in lines.dropFirst().dropLast().enumerated() {
      guard let (place, outputs) = entry(line) else {
        throw Failure(
          description: "\(path):\(index + 2) is damaged. Delete that line, or the file.")
      }
      known[place] = outputs
    }
    try file.truncate(to: bytes.count - (lines.last?.count ?? 0))
    return known
  }

  private static func check(_ line: ArraySlice<UInt8>, _ key: Key, _ path: String) throws {
    guard let found = try? JSON(parsing: line), found["cache"] == Key.mark else {
      throw foreign(path)  // whatever it is, it is not ours to write
    }
    for (name, digest) in key.parts where found[name]?.string != digest {
      let other = name == "weights" ? "other weights" : "another \(name)"
      throw Failure(
        description: "\(path) has the outputs for \(other). Name another file for --cache,"
          + " or delete this one.")
    }
  }

  private static func foreign(_ path: String) -> Failure {
    Failure(description: "\(path) is no cache of outputs. Name another file for --cache.")
  }

  private static func entry(_ line: ArraySlice<UInt8>) -> (Place, QueryOutputs)? {
    guard let json = try? JSON(parsing: line),  // the caller says where
      let id = json["id"]?.string, let word = json["precision"]?.string,
      let precision = Precision(rawValue: word),
      let outputs = json["outputs"]?.string.flatMap(outputs)
    else { return nil }
    return (Place(id: id, precision: precision), outputs)
  }

  private static func text(_ outputs: QueryOutputs) -> String {
    let bytes = (outputs.logits + outputs.boxes).flatMap { value in
      (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
    }
    return Data(bytes).base64EncodedString()
  }

  private static func outputs(_ text: String) -> QueryOutputs? {
    guard let bytes = Data(base64Encoded: text).map({ [UInt8]($0) }), bytes.count % 20 == 0 else {
      return nil
    }
    let numbers = stride(from: 0, to: bytes.count, by: 4).map { start in
      Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << (8 * $1) })
    }
    let queries = numbers.count / 5
    return QueryOutputs(logits: Array(numbers[..<queries]), boxes: Array(numbers[queries...]))
  }
}

extension OutputCache.Key {
  fileprivate static let mark: JSON = "network outputs, 1"

  fileprivate var parts: [(name: String, digest: String)] {
    [("weights", weights), ("tokenizer", tokenizer), ("manifest", manifest)]
  }

  fileprivate var json: JSON {
    .object([.init("cache", Self.mark)] + parts.map { .init($0.name, .string($0.digest)) })
  }
}
