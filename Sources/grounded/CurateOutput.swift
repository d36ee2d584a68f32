internal import Datasets
internal import Glibc
internal import JSON

/// A manifest that grows in `FILE.partial`, and its journal, which says how much of that is sound.
final class CurateOutput {
  private let path: String
  private let fingerprint: String
  private let file: AppendedFile
  private var waiting: [UInt8] = []
  private var bytesWritten: Int64 = 0
  /// The images that have lines.
  private var images: Set<String> = []
  private(set) var tally = CurationTally()

  private var partialPath: String { path + ".partial" }
  private var journalPath: String { path + ".journal" }

  /// Goes on where a run with the same fingerprint was interrupted, or begins.
  init(_ path: String, fingerprint: String) throws {
    self.path = path
    self.fingerprint = fingerprint
    file = try AppendedFile(path + ".partial")
    if let (bytes, tally) = try journal() {
      bytesWritten = bytes
      self.tally = tally
      try file.truncate(to: Int(bytes))
      try readImages()
    } else {
      try file.truncate(to: 0)
    }
  }

  /// Scene graphs that are done.
  var position: Int64 { Int64(tally.graphs) }

  /// False where another scene graph was of the same image.
  func isNew(image: String) -> Bool { !images.contains(image) }

  /// Takes in what became of the next scene graph.
  func add(lines: [UInt8], tally: CurationTally, image: String?) {
    waiting += lines
    self.tally.add(tally)
    if let image { images.insert(image) }
  }

  /// Makes sure that what was added outlives this process.
  func save() throws {
    try file.append(waiting)
    bytesWritten += Int64(waiting.count)
    waiting = []
    let journal: JSON = [
      "fingerprint": .string(fingerprint), "bytes": .integer(bytesWritten), "tally": tally.json,
    ]
    try OutputFile(journalPath).write(journal.bytes)
  }

  /// Makes the manifest what it is to be.
  func finish() throws {
    try save()
    guard rename(partialPath, path) == 0 else {
      throw OutputFile.Failure(
        description: "\(partialPath) cannot be renamed: \(String(cString: strerror(errno)))")
    }
    unlink(journalPath)
  }

  /// What the journal says; nil where there is none that fits.
  private func journal() throws -> (bytes: Int64, tally: CurationTally)? {
    var facts = stat()
    guard stat(partialPath, &facts) == 0, access(journalPath, F_OK) == 0 else { return nil }
    var reader = try LineReader(path: journalPath, lineBytesMax: 1 << 20)
    // Whatever is not as it was written is none of ours, and the work begins anew.
    guard let json = try? JSON(parsing: reader.rest()),
      json["fingerprint"]?.string == fingerprint, let bytes = json["bytes"]?.integer,
      0...Int64(facts.st_size) ~= bytes,
      let tally = json["tally"].flatMap({ CurationTally(json: $0) })
    else { return nil }
    return (bytes, tally)
  }

  private func readImages() throws {
    let beginning = Array(#"{"id":""#.utf8)
    var reader = try LineReader(path: partialPath)
    while let line = try reader.next() {
      let name = line.dropFirst(beginning.count).prefix { $0 != UInt8(ascii: "\"") }
      guard line.starts(with: beginning), let end = name.lastIndex(of: UInt8(ascii: "-")) else {
        throw OutputFile.Failure(
          description: "\(partialPath):\(reader.line) is no line of ours. Remove the file.")
      }
      images.insert(String(decoding: name[..<end], as: UTF8.self))
    }
  }
}
