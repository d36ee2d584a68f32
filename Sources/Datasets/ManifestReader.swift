internal import Foundation
internal import JSON

/// The entries of a manifest, one at a time: memory holds a line and the ids, not the file.
public struct ManifestReader: ~Copyable {
  /// A line of a manifest has some 400 bytes.
  public static let lineBytesMax = 1 << 20

  private let path: String
  private let lineBytesMax: Int
  private let file: FileHandle
  private var buffer: [UInt8] = []
  private var start = 0
  private var isAtEnd = false
  private var ids: Set<String> = []
  /// The line read last, from 1.
  public private(set) var line = 0

  public init(path: String, lineBytesMax: Int = Self.lineBytesMax) throws(DatasetError) {
    self.path = path
    self.lineBytesMax = lineBytesMax
    do { file = try FileHandle(forReadingFrom: URL(filePath: path)) } catch {
      throw DatasetError(file: path, .unreadable(reason: "it is absent or not ours to read"))
    }
  }

  /// The next entry; nil at the end. Empty lines are passed over.
  public mutating func next() throws(DatasetError) -> ManifestEntry? {
    while let bytes = try nextLine() {
      if bytes.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) { continue }
      do throws(DatasetError.Problem) { return try entry(bytes) } catch {
        throw DatasetError(file: path, line: line, error)
      }
    }
    return nil
  }

  private mutating func entry(
    _ bytes: ArraySlice<UInt8>
  ) throws(DatasetError.Problem) -> ManifestEntry {
    guard String(validating: bytes, as: UTF8.self) != nil else { throw .noText(bytes) }
    let json: JSON
    do { json = try JSON(parsing: bytes) } catch { throw .notJSON(reason: error.description) }
    let entry = try ManifestEntry(json: json)
    guard ids.insert(entry.id).inserted else { throw .doubled(id: entry.id) }
    return entry
  }

  private mutating func nextLine() throws(DatasetError) -> ArraySlice<UInt8>? {
    var searched = start
    while true {
      let feed = buffer[searched...].firstIndex(of: UInt8(ascii: "\n"))
      let end = feed ?? buffer.count
      guard end - start <= lineBytesMax else {
        throw DatasetError(file: path, line: line + 1, .lineTooLong(bytesMax: lineBytesMax))
      }
      if feed != nil || isAtEnd {
        guard feed != nil || start < end else { return nil }
        defer { start = feed.map { $0 + 1 } ?? end }
        line += 1
        return buffer[start..<end]
      }
      buffer.removeFirst(start)
      start = 0
      searched = buffer.count
      try fill()
    }
  }

  private mutating func fill() throws(DatasetError) {
    do {
      let chunk = try file.read(upToCount: 1 << 18) ?? Data()
      isAtEnd = chunk.isEmpty
      buffer.append(contentsOf: chunk)
    } catch {
      throw DatasetError(file: path, .unreadable(reason: "reading fails after line \(line)"))
    }
  }
}
