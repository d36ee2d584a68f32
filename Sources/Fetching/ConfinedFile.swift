internal import Glibc

/// Reads files that must lie within given folders.
///
/// The file is first opened as a mere place (`O_PATH`), which touches no device and waits for no
/// pipe; that very place is then checked and opened for reading, so nothing can be exchanged in
/// between.
enum ConfinedFile {
  static func read(
    _ path: String, within folders: [String], bytesMax: Int
  ) throws(FetchError) -> [UInt8] {
    let roots = try realPaths(of: folders)
    let place = try Descriptor(opening: path, Descriptor.place)
    let real = try place.realPath()
    guard try place.isRegularFile(), !isKernelFile(real) else { throw .notRegularFile }
    guard roots.contains(where: { real.hasPrefix($0 == "/" ? "/" : $0 + "/") }) else {
      throw .outsideFolders
    }
    let file = try Descriptor(opening: place.link, O_RDONLY | O_NONBLOCK | O_NOCTTY)
    return try file.contents(bytesMax: bytesMax)
  }

  /// Files of procfs and sysfs call themselves regular and are not.
  private static func isKernelFile(_ real: String) -> Bool {
    ["/proc/", "/sys/", "/dev/"].contains { real.hasPrefix($0) }
  }

  /// The folders without their links; one that is not mounted is left out, if another is.
  private static func realPaths(of folders: [String]) throws(FetchError) -> [String] {
    var roots: [String] = []
    var absent: Int32 = ENOENT
    for folder in folders {
      do throws(FetchError) {
        roots.append(try Descriptor(opening: folder, Descriptor.place | O_DIRECTORY).realPath())
      } catch {
        absent = error.errno ?? absent
      }
    }
    guard !roots.isEmpty else { throw .storage(errno: absent) }
    return roots
  }
}

extension FetchError {
  fileprivate var errno: Int32? {
    switch self {
    case .badPath(let code), .storage(let code): code
    case .forbidden: EACCES
    default: nil
    }
  }
}

/// An open file descriptor.
private struct Descriptor: ~Copyable {
  /// O_PATH, which Glibc's module does not show: a place in the file system, not yet opened.
  static let place: Int32 = 0o10_000_000

  private let number: Int32

  init(opening path: String, _ flags: Int32) throws(FetchError) {
    guard !path.utf8.contains(0) else { throw FetchError.badPath(errno: EINVAL) }
    let opened = open(path, flags | O_CLOEXEC)
    guard opened >= 0 else { throw Self.error(errno) }
    number = opened
  }

  deinit { close(number) }

  /// Where the kernel shows what this descriptor is open on.
  var link: String { "/proc/self/fd/\(number)" }

  func isRegularFile() throws(FetchError) -> Bool { try status().st_mode & S_IFMT == S_IFREG }

  func realPath() throws(FetchError) -> String {
    var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = bytes.withUnsafeMutableBytes { buffer in
      guard let start = buffer.baseAddress else { return 0 }
      return readlink(link, start.assumingMemoryBound(to: CChar.self), buffer.count)
    }
    guard count > 0 else { throw .storage(errno: errno) }
    return String(decoding: bytes[..<count], as: UTF8.self)
  }

  func contents(bytesMax: Int) throws(FetchError) -> [UInt8] {
    let size = Int(try status().st_size)
    guard size <= bytesMax else { throw .tooLarge(bytesMax: bytesMax) }
    var bytes = [UInt8](repeating: 0, count: size + 1)  // one more, to see that it ends there
    var filled = 0
    while true {
      if filled == bytes.count { bytes.append(contentsOf: repeatElement(0, count: 64 << 10)) }
      let count = bytes.withUnsafeMutableBytes {
        Glibc.read(number, $0.baseAddress.map { $0 + filled }, $0.count - filled)
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw .storage(errno: errno) }
      guard count > 0 else { break }
      filled += count
      guard filled <= bytesMax else { throw .tooLarge(bytesMax: bytesMax) }
    }
    bytes.removeLast(bytes.count - filled)
    return bytes
  }

  private func status() throws(FetchError) -> stat {
    var status = stat()
    guard fstat(number, &status) == 0 else { throw .storage(errno: errno) }
    return status
  }

  private static func error(_ code: Int32) -> FetchError {
    switch code {
    case ENOENT, ENOTDIR: .missing
    case EACCES, EPERM: .forbidden
    case ELOOP, ENAMETOOLONG, EINVAL, ENXIO, EISDIR: .badPath(errno: code)
    default: .storage(errno: code)
    }
  }
}
