internal import Glibc

/// A file mapped into memory for reading, until the last reference goes.
///
/// `@unchecked` because the pointer never changes and what it points to is never written.
final class TorchMapping: @unchecked Sendable {
  private let start: UnsafeMutableRawPointer
  let count: Int

  init(file: String) throws(TorchArchiveError) {
    let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { throw TorchArchiveError.unreadable(errno: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw TorchArchiveError.unreadable(errno: errno)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw TorchArchiveError.notAnArchive(reason: "it is no regular file")
    }
    guard status.st_size > 0 else {
      throw TorchArchiveError.notAnArchive(reason: "it is empty")
    }
    let size = Int(status.st_size)
    let pointer = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let pointer, pointer != MAP_FAILED else {
      throw TorchArchiveError.unreadable(errno: errno)
    }
    start = pointer
    count = size
  }

  deinit { munmap(start, count) }

  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }
}

/// A part of a mapped file, which it keeps mapped.
struct TorchBytes: Sendable {
  private let mapping: TorchMapping
  let range: Range<Int>

  /// Nil when the range is not inside the file.
  init?(_ mapping: TorchMapping, at start: Int, count: Int) {
    let (end, isTooLarge) = start.addingReportingOverflow(count)
    guard start >= 0, count >= 0, !isTooLarge, end <= mapping.count else { return nil }
    self.mapping = mapping
    range = start..<end
  }

  var count: Int { range.count }

  var bytes: [UInt8] { withBytes { [UInt8]($0) } }

  func withBytes<Value>(_ body: (UnsafeRawBufferPointer) -> Value) -> Value {
    withExtendedLifetime(mapping) { body(UnsafeRawBufferPointer(rebasing: mapping.bytes[range])) }
  }
}
