internal import Judging

/// Verdicts in a file, which grows by a line for each new one.
final class VerdictFile {
  /// Nil where nothing may be added.
  private let file: AppendedFile?
  private var cache: VerdictCache

  /// Reads what is there.
  ///
  /// - Parameter isReadOnly: leaves the file as it is; else it is made where it is not there, and a
  ///   line that was not finished is cut off.
  init(_ path: String, _ cache: VerdictCache, isReadOnly: Bool) throws {
    var cache = cache
    guard !isReadOnly else {
      var reader = try LineReader(path: path, lineBytesMax: .max)
      _ = try Self.read(reader.rest(), of: path, into: &cache)
      self.cache = cache
      file = nil
      return
    }
    let file = try AppendedFile(path)
    let contents = try file.contents()
    let whole = try Self.read(contents, of: path, into: &cache)
    if whole < contents.count { try file.truncate(to: whole) }
    self.file = consume file
    self.cache = cache
  }

  /// Nil for one that was never given.
  subscript(query: EntailmentQuery) -> Entailment? { cache[query] }

  func keep(_ verdict: Entailment, on query: EntailmentQuery) throws {
    let line = cache.keep(verdict, on: query)
    try file?.append(line)
  }

  private static func read(
    _ contents: [UInt8], of path: String, into cache: inout VerdictCache
  ) throws(AppendedFile.Failure) -> Int {
    do { return try cache.read(contents) } catch {
      throw AppendedFile.Failure(description: "\(path): \(error)")
    }
  }
}
