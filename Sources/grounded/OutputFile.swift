internal import FoundationEssentials
internal import Glibc

/// A file that a command is told to write.
struct OutputFile {
  let path: String

  /// Why it cannot be written.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// Throws when it is plain before the work that nothing can be written here.
  init(_ path: String) throws(Failure) {
    self.path = path
    var isFolder = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder {
      throw Self.failure(path, EISDIR)
    }
    let folder = URL(filePath: path).deletingLastPathComponent().path
    guard !path.isEmpty, access(folder, W_OK) == 0 else {
      throw Self.failure(path, path.isEmpty ? ENOENT : errno)
    }
  }

  /// Throws when this is one of those files too, by whatever name, there or not: it would be
  /// overwritten. “-” is no file.
  func check(apartFrom others: [String]) throws(Failure) {
    guard let own = Self.identity(path) else { return }
    guard let same = others.first(where: { Self.identity($0) == own }) else { return }
    throw Failure(
      description: "\(path) would be overwritten: it is \(same) too. Name another file to write.")
  }

  /// Writes all of it, or leaves what was there.
  func write(_ bytes: some Sequence<UInt8>) throws(Failure) {
    do {
      try Data(bytes).write(to: URL(filePath: path), options: isRegular ? .atomic : [])
    } catch {
      throw Self.failure(path, errno)
    }
  }

  /// The same for two names of one file, there or not; nil for what is no regular file.
  private static func identity(_ path: String) -> String? {
    guard path != "-" else { return nil }
    var status = stat()
    if stat(path, &status) == 0 {
      let isRegular = status.st_mode & S_IFMT == S_IFREG
      return isRegular ? "\(status.st_dev):\(status.st_ino)" : nil
    }
    let file = URL(filePath: path)
    guard stat(file.deletingLastPathComponent().path, &status) == 0 else { return nil }
    return "\(status.st_dev):\(status.st_ino)/\(file.lastPathComponent)"
  }

  /// False for a pipe or a device, which must not be replaced by a file.
  private var isRegular: Bool {
    var status = stat()
    return stat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG
  }

  private static func failure(_ path: String, _ code: Int32) -> Failure {
    Failure(
      description: "\(path) cannot be written: \(String(cString: strerror(code)))."
        + " Name a file in a folder that you may write to.")
  }
}
