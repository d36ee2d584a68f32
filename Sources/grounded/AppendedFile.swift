internal import Glibc

/// A file that grows by whole pieces, for one program at a time.
struct AppendedFile: ~Copyable {
  /// Why it cannot be used.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private let path: String
  private let descriptor: Int32

  /// Makes it where it is not there, and keeps others from writing to it.
  init(_ path: String) throws(Failure) {
    self.path = path
    descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw Self.failure(path) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw Failure(
        description: "\(path) is in use by another process. Wait for it, or name another file.")
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// All that is in it.
  func contents() throws(Failure) -> [UInt8] {
    var facts = stat()
    guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
      throw Failure(description: "\(path) is no regular file. Name another one.")
    }
    var bytes = [UInt8](repeating: 0, count: Int(facts.st_size))
    var filled = 0
    while filled < bytes.count {
      let count = bytes.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress.map { $0 + filled }, $0.count - filled, off_t(filled))
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw Self.failure(path) }
      filled += count
    }
    return bytes
  }

  /// Forgets what is behind so many bytes.
  func truncate(to count: Int) throws(Failure) {
    guard ftruncate(descriptor, off_t(count)) == 0 else { throw Self.failure(path) }
  }

  func append(_ bytes: [UInt8]) throws(Failure) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        write(descriptor, $0.baseAddress.map { $0 + written }, $0.count - written)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw Self.failure(path) }
      written += count
    }
  }

  private static func failure(_ path: String) -> Failure {
    Failure(
      description: "\(path): \(String(cString: strerror(errno))). Name a file that you may write.")
  }
}
