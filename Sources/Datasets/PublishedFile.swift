internal import Foundation

/// A file as somebody published it, taken whole.
enum PublishedFile {
  private static let bytesMax = 256 << 20

  /// The file's bytes without a byte-order mark; an error where there are more than 256 MiB, or where
  /// they are compressed.
  static func bytes(path: String) throws(DatasetError) -> [UInt8] {
    var data = Data()
    do {
      let file = try FileHandle(forReadingFrom: URL(filePath: path))
      // A pipe gives its bytes by and by.
      while data.count <= bytesMax,
        let more = try file.read(upToCount: bytesMax + 1 - data.count), !more.isEmpty
      { data.append(more) }
    } catch {
      throw DatasetError(file: path, .unreadable(reason: "it is absent or not ours to read"))
    }
    guard data.count <= bytesMax else {
      let reason = "it has more than \(bytesMax) bytes"
      throw DatasetError(file: path, .unreadable(reason: reason))
    }
    guard !isCompressed(data) else { throw DatasetError(file: path, .compressed) }
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    return Array(data.starts(with: mark) ? data.dropFirst(mark.count) : data)
  }

  /// The file's text, which has to be UTF-8.
  static func text(path: String) throws(DatasetError) -> String {
    try text(bytes(path: path), file: path)
  }

  /// - Parameter file: the name for messages.
  static func text(_ bytes: [UInt8], file path: String) throws(DatasetError) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw DatasetError(file: path, .notUTF8)
    }
    return text
  }

  /// True for what gzip and zip write.
  static func isCompressed(_ bytes: some Sequence<UInt8>) -> Bool {
    let beginning = Array(bytes.prefix(4))
    return beginning.starts(with: [0x1F, 0x8B]) || beginning == Array("PK\u{3}\u{4}".utf8)
  }

  /// True when the bytes can only be JSON: their first sign opens an object or a list.
  static func isJSON(_ bytes: [UInt8]) -> Bool {
    let first = bytes.first { $0 > UInt8(ascii: " ") }
    return first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
  }
}
