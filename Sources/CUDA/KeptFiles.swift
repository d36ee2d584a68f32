internal import Glibc
internal import Tensors

/// A folder for what took long to find out. What cannot be read or written there, or is not whole, is found out
/// again: that is no reason to stop.
public struct KeptFiles: Sendable {
  private let folder: String?

  /// - folder: nil keeps nothing.
  public init(folder: String?) { self.folder = folder }

  /// Whether anything can be kept there.
  public var canKeep: Bool {
    guard let folder else { return false }
    mkdir(folder, 0o755)
    return access(folder, W_OK) == 0
  }

  /// What was kept under a name; nil where there is nothing.
  func read(_ name: String) -> [UInt8]? {
    guard let folder, let file = fopen("\(folder)/\(name)", "rb") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&part, 1, part.count, file)
      guard count > 0 else { break }
      bytes += part[..<count]
    }
    let content = Array(bytes.dropLast(Self.digestBytes))
    return Array(ContentDigest.sha256(of: content).utf8) == bytes.suffix(Self.digestBytes)
      ? content : nil
  }

  /// Written whole or not at all, with a digest of it at the end.
  func write(_ bytes: [UInt8], as name: String) {
    guard let folder else { return }
    mkdir(folder, 0o755)
    let path = "\(folder)/\(name)"
    // No other process and no other thread writes this one.
    let unfinished = "\(path).\(UInt64.random(in: 0 ... .max))"
    guard let file = fopen(unfinished, "wb") else { return }
    let all = bytes + Array(ContentDigest.sha256(of: bytes).utf8)
    let count = fwrite(all, 1, all.count, file)
    let isOnDisk = fflush(file) == 0 && fsync(fileno(file)) == 0
    guard fclose(file) == 0, isOnDisk, count == all.count, rename(unfinished, path) == 0 else {
      unlink(unfinished)
      return
    }
  }

  /// Of a SHA-256 in hexadecimal digits.
  private static let digestBytes = 64
}
