internal import Glibc

/// The lines of a file or of standard input, one at a time.
struct LineReader: ~Copyable {
  /// Why a file cannot be read.
  struct Failure: Error, CustomStringConvertible {
    let description: String
    /// True when a line has too many bytes, over which `passOver` goes.
    var isOfLine = false
  }

  /// Number of the line read last, from 1.
  private(set) var line = 0
  private let name: String
  private let descriptor: Int32
  private let lineBytesMax: Int
  private var buffer: [UInt8] = []
  private var start = 0
  private var isAtEnd = false

  /// - Parameter path: `-` for standard input.
  init(path: String, lineBytesMax: Int = 64 << 20) throws(Failure) {
    name = path == "-" ? "standard input" : path
    self.lineBytesMax = lineBytesMax
    descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw Failure(description: "\(path) cannot be read: \(String(cString: strerror(errno)))")
    }
  }

  deinit { if descriptor != STDIN_FILENO { close(descriptor) } }

  /// The next line without its line feed; nil at the end.
  mutating func next() throws(Failure) -> [UInt8]? {
    var searched = start
    while true {
      if let feed = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        return take(upTo: feed, andSkip: 1)
      }
      searched = buffer.count
      guard buffer.count - start <= lineBytesMax else {
        throw Failure(
          description: "\(name):\(line + 1) has more than \(lineBytesMax) bytes", isOfLine: true)
      }
      if isAtEnd { return start < buffer.count ? take(upTo: buffer.count, andSkip: 0) : nil }
      searched -= start
      try fill()
      searched += start
    }
  }

  /// Passes over a line that has too many bytes.
  mutating func passOver() throws(Failure) {
    line += 1
    while true {
      if let feed = buffer[start...].firstIndex(of: UInt8(ascii: "\n")) {
        start = feed + 1
        return
      }
      start = buffer.count
      if isAtEnd { return }
      try fill()
    }
  }

  /// Everything that is left.
  mutating func rest() throws(Failure) -> [UInt8] {
    while !isAtEnd {
      try fill()
      guard buffer.count - start <= lineBytesMax else {
        throw Failure(description: "\(name) has more than \(lineBytesMax) bytes")
      }
    }
    return Array(buffer[start...])
  }

  private mutating func take(upTo end: Int, andSkip feed: Int) -> [UInt8] {
    defer { start = end + feed }
    line += 1
    return Array(buffer[start..<end])
  }

  private mutating func fill() throws(Failure) {
    buffer.removeFirst(start)
    start = 0
    let old = buffer.count
    var count = 0
    let chunk = 1 << 18
    buffer.append(contentsOf: repeatElement(0, count: chunk))
    repeat {
      count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress! + old, chunk) }
    } while count < 0 && errno == EINTR
    buffer.removeLast(chunk - max(0, count))
    guard count >= 0 else {
      throw Failure(description: "\(name): \(String(cString: strerror(errno)))")
    }
    isAtEnd = count == 0
  }
}
