internal import Foundation

/// A file as somebody published it, taken whole.
enum PublishedFile {
  private static let bytesMax = 256 << 20

  /// The file's bytes without a byte-order mark; an error where there are more than 256 MiB.
  static func bytes(path: String) throws(DatasetError) -> [UInt8] {
    let data: Data
    do {
      let file = try FileHandle(forReadingFrom: URL(filePath: path))
      data = try file.read(upToCount: bytesMax + 1) ?? Data()
    } catch {
      throw DatasetError(file: path, .unreadable(reason: "it is absent or not ours to read"))
    }
    guard data.count <= bytesMax else {
      let reason = "it has more than \(bytesMax) bytes"
      throw DatasetError(file: path, .unreadable(reason: reason))
    }
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    return Array(data.starts(with: mark) ? data.dropFirst(mark.count) : data)
  }

  /// The file's text, which has to be UTF-8.
  static func text(path: String) throws(DatasetError) -> String {
    guard let text = String(validating: try bytes(path: path), as: UTF8.self) else {
      throw DatasetError(file: path, .notUTF8)
    }
    return text
  }

  /// True when the file can only be JSON: its first sign opens an object or a list.
  static func isJSON(path: String) throws(DatasetError) -> Bool {
    let first = try bytes(path: path).first { $0 > UInt8(ascii: " ") }
    return first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
  }
}
