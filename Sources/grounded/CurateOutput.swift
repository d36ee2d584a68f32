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
  private var splits = SplitCheck()
  private(set) var counts = DatasetCounts()
  private(set) var tally = CurationTally()
  /// True when what another run had left did not fit, and is gone.
  private(set) var hasDroppedAnother = false

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
      try readEntries()
    } else {
      var facts = stat()
      hasDroppedAnother = stat(partialPath, &facts) == 0 && facts.st_size > 0
      try file.truncate(to: 0)
    }
  }

  /// Scene graphs that are done.
  var position: Int64 { Int64(tally.graphs) }

  /// False where another scene graph was of the entry's image.
  func isNew(_ entry: ManifestEntry) -> Bool { !images.contains(entry.imageID) }

  /// Takes in what became of the next scene graph.
  ///
  /// - Parameters:
  ///   - entries: of one image, and `lines` the same as bytes.
  ///   - place: where the scene graph stands.
  func add(
    lines: [UInt8], _ entries: [ManifestEntry], tally: CurationTally, at place: String
  ) throws(SplitProblem) {
    try count(entries, at: place)
    waiting += lines
    self.tally.add(tally)
  }

  /// Counts a scene graph that gives no line.
  func leaveOut(_ tally: CurationTally) { self.tally.add(tally) }

  private func count(_ entries: [ManifestEntry], at place: String) throws(SplitProblem) {
    guard let image = entries.first?.imageID else { return }
    try splits.add(entries[0], at: place)
    images.insert(image)
    for entry in entries { counts.add(entry, image: image) }
  }

  /// Makes sure that what was added outlives this process.
  func save() throws {
    // A full disk may have taken half of it the last time.
    try file.truncate(to: Int(bytesWritten))
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
    var reader = try LineReader(path: journalPath)
    let journal = try reader.rest()
    // Whatever is not as it was written is none of ours, and the work begins anew.
    guard let json = try? JSON(parsing: journal),
      json["fingerprint"]?.string == fingerprint, let bytes = json["bytes"]?.integer,
      0...Int64(facts.st_size) ~= bytes,
      let tally = json["tally"].flatMap({ CurationTally(json: $0) })
    else { return nil }
    return (bytes, tally)
  }

  private func readEntries() throws {
    var reader = try LineReader(path: partialPath)
    while let line = try reader.next() {
      guard let json = try? JSON(parsing: line),  // whatever is wrong, it is none of ours
        let entry = try? ManifestEntry(json: json)
      else {
        throw OutputFile.Failure(
          description: "\(partialPath):\(reader.line) is no line of ours. Remove the file.")
      }
      try count([entry], at: "\(partialPath):\(reader.line)")
    }
  }
}

extension ManifestEntry {
  /// What its image is called: `id` is that and a number.
  var imageID: String {
    String(id[..<(id.lastIndex(of: "-") ?? id.endIndex)])
  }
}
