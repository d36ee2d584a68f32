internal import Glibc

/// One client. It sends a request, gets an answer, and is gone; whatever takes too long is closed.
struct HTTPConnection {
  /// What it waits for.
  enum Phase: Hashable {
    case reading, writing
    /// All is written; the client's last bytes are read and dropped, so that closing does not
    /// destroy the answer on its way.
    case leaving
    case done
  }

  let descriptor: Int32
  private(set) var deadline: ContinuousClock.Instant
  private(set) var phase = Phase.reading
  private var input: [UInt8] = []
  private var output: ArraySlice<UInt8> = []

  init(descriptor: Int32, deadline: ContinuousClock.Instant) {
    self.descriptor = descriptor
    self.deadline = deadline
  }

  /// What to wait for in `poll`.
  var events: Int16 { Int16(phase == .writing ? POLLOUT : POLLIN) }

  /// Goes on as far as it can without waiting.
  mutating func proceed(_ answer: (HTTPRequest) -> HTTPResponse) {
    switch phase {
    case .reading: read(answer)
    case .writing: write()
    case .leaving: leave()
    case .done: break
    }
  }

  /// The time is over: a client that is late with its request is told, once.
  mutating func expire(extension time: Duration, at now: ContinuousClock.Instant) {
    guard phase == .reading, !input.isEmpty else {
      phase = .done
      return
    }
    deadline = now + time
    begin(HTTPResponse(status: 408, body: "too slow\n"), forHead: false)
  }

  private mutating func read(_ answer: (HTTPRequest) -> HTTPResponse) {
    var buffer = [UInt8](repeating: 0, count: 4_096)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    guard count > 0 else {
      if count == 0 || !Self.isTemporary(errno) { phase = .done }
      return
    }
    input += buffer.prefix(count)
    switch HTTPReading(input) {
    case .incomplete: break
    case .request(let request): begin(answer(request), forHead: request.method == "HEAD")
    case .refused(let status):
      begin(HTTPResponse(status: status, body: "refused\n"), forHead: false)
    }
  }

  private mutating func begin(_ response: HTTPResponse, forHead: Bool) {
    output = response.bytes(forHead: forHead)[...]
    phase = .writing
    write()
  }

  private mutating func write() {
    while !output.isEmpty {
      let count = output.withUnsafeBytes {
        send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else {
        if !Self.isTemporary(errno) { phase = .done }
        return
      }
      output = output.dropFirst(count)
    }
    shutdown(descriptor, Int32(SHUT_WR))
    phase = .leaving
  }

  private mutating func leave() {
    var buffer = [UInt8](repeating: 0, count: 4_096)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    if count == 0 || (count < 0 && !Self.isTemporary(errno)) { phase = .done }
  }

  private static func isTemporary(_ code: Int32) -> Bool {
    code == EAGAIN || code == EWOULDBLOCK || code == EINTR
  }
}
