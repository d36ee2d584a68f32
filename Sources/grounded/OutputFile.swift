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

  /// Writes all of it, or leaves what was there.
  func write(_ bytes: some Sequence<UInt8>) throws(Failure) {
    do {
      try Data(bytes).write(to: URL(filePath: path), options: isRegular ? .atomic : [])
    } catch {
      throw Self.failure(path, errno)
    }
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
