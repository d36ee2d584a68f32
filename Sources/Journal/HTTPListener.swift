internal import Glibc
internal import Threads

/// Why nobody can connect.
public enum HTTPListenerError: Error, Hashable, CustomStringConvertible {
  case notAnAddress(String)
  case cannotListen(address: String, reason: String)

  public var description: String {
    switch self {
    case .notAnAddress(let text):
      "“\(text)” is no address to listen at. Write 127.0.0.1:9464, [::1]:9464 or off."
    case .cannotListen(let address, let reason):
      "cannot listen at \(address): \(reason). Choose another port, or stop who has it."
    }
  }
}

/// A small HTTP server for a few pages that are read by machines: `GET` and `HEAD`, one request a
/// connection.
///
/// Everything is bounded: clients, bytes of a request, time of a connection. When there are too many
/// clients, the oldest has to go, so that slow ones cannot lock others out.
public final class HTTPListener: Sendable {
  /// What clients may take.
  public struct Limits: Hashable, Sendable {
    public var clientsMax: Int
    /// For the request, and again for the answer.
    public var time: Duration

    public init(clientsMax: Int = 32, time: Duration = .seconds(5)) {
      precondition((1...1_000).contains(clientsMax) && time > .zero, "\(clientsMax) in \(time)")
      self.clientsMax = clientsMax
      self.time = time
    }
  }

  /// The port, which the system chose when 0 was asked for.
  public let port: Int
  private let wakeUp: Descriptor
  private let loop: Task<Void, Never>

  /// Listens at once.
  ///
  /// - Parameters:
  ///   - address: `127.0.0.1:9464` or `[::1]:9464`; names are not looked up.
  ///   - answer: called on the listener's own thread, so it must not wait.
  public init(
    address: String, limits: Limits = Limits(),
    answer: @escaping @Sendable (HTTPRequest) -> HTTPResponse
  ) throws(HTTPListenerError) {
    let place = try SocketAddress(address)
    let listening = try place.listen()
    port = SocketAddress.port(of: listening)
    let (near, far) = Descriptor.pair()
    wakeUp = near
    let server = HTTPServer(
      listening: listening, wakeUp: far, limits: limits, answer: answer)
    loop = Task { await server.run() }
  }

  deinit { wakeUp.end() }

  /// Throws when this is no address to listen at, without trying it.
  public static func check(address: String) throws(HTTPListenerError) {
    try SocketAddress(address).check()
  }

  /// Stops listening and waits until all is closed.
  public func close() async {
    wakeUp.end()
    await loop.value
  }
}

/// The loop that waits for all clients at once, on a thread of its own.
private actor HTTPServer {
  private let thread = DedicatedThread(name: "http")
  private let listening: Descriptor
  private let wakeUp: Descriptor
  private let limits: HTTPListener.Limits
  private let answer: @Sendable (HTTPRequest) -> HTTPResponse
  private var clients: [HTTPConnection] = []

  nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  init(
    listening: Descriptor, wakeUp: Descriptor, limits: HTTPListener.Limits,
    answer: @escaping @Sendable (HTTPRequest) -> HTTPResponse
  ) {
    self.listening = listening
    self.wakeUp = wakeUp
    self.limits = limits
    self.answer = answer
  }

  func run() {
    while true {
      var waits = [
        pollfd(fd: wakeUp.number, events: Int16(POLLIN), revents: 0),
        pollfd(fd: listening.number, events: Int16(POLLIN), revents: 0),
      ]
      waits += clients.map { pollfd(fd: $0.descriptor, events: $0.events, revents: 0) }
      let count = poll(&waits, nfds_t(waits.count), timeout())
      if count < 0 && errno != EINTR { break }
      if waits[0].revents != 0 { break }
      for index in clients.indices where waits[index + 2].revents != 0 {
        clients[index].proceed(answer)
      }
      closeLate()
      if waits[1].revents != 0 { accept() }
    }
    for client in clients { close(client.descriptor) }
    clients = []
  }

  /// Milliseconds until the first client is late; −1 without clients.
  private func timeout() -> Int32 {
    guard let first = clients.map({ $0.deadline }).min() else { return -1 }
    let left = ContinuousClock.now.duration(to: first) / .milliseconds(1)
    return Int32(max(0, min(60_000, left.rounded(.up))))
  }

  private func closeLate() {
    let now = ContinuousClock.now
    for index in clients.indices where clients[index].deadline <= now {
      clients[index].expire(extension: limits.time, at: now)
    }
    for client in clients where client.phase == .done { close(client.descriptor) }
    clients.removeAll { $0.phase == .done }
  }

  private func accept() {
    let descriptor = Glibc.accept(listening.number, nil, nil)
    guard descriptor >= 0 else {
      // Out of descriptors: the oldest client gives its own back, or the loop would spin.
      if errno == EMFILE || errno == ENFILE { dropOldest() }
      return
    }
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    if clients.count >= limits.clientsMax { dropOldest() }
    clients.append(
      HTTPConnection(descriptor: descriptor, deadline: ContinuousClock.now + limits.time))
  }

  private func dropOldest() {
    guard !clients.isEmpty else { return }
    close(clients.removeFirst().descriptor)
  }
}
