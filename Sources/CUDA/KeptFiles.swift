internal import Glibc

/// A folder for what took long to find out. What cannot be read or written there is found out again: that is no
/// reason to stop.
public struct KeptFiles: Sendable {
  private let folder: String?

  /// - folder: nil keeps nothing.
  public init(folder: String?) { self.folder = folder }

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
    return bytes.isEmpty ? nil : bytes
  }

  /// Written whole or not at all.
  func write(_ bytes: [UInt8], as name: String) {
    guard let folder else { return }
    mkdir(folder, 0o755)
    let path = "\(folder)/\(name)"
    let unfinished = "\(path).\(getpid())"
    guard let file = fopen(unfinished, "wb") else { return }
    let count = fwrite(bytes, 1, bytes.count, file)
    guard fclose(file) == 0, count == bytes.count else {
      unlink(unfinished)
      return
    }
    rename(unfinished, path)
  }
}
