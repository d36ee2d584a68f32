internal import Glibc
internal import Synchronization

/// The signals that a daemon is told things with.
public enum Signal: Int32, Sendable, CaseIterable {
  case hangUp = 1
  case interrupt = 2
  case terminate = 15
}

/// Signals as values, so that what they mean is decided in plain code.
///
/// A handler writes each signal's number into a pipe, which a thread reads: whichever thread of the
/// process a signal hits, and whenever that thread was started, nothing dies of it.
public enum Signals {
  /// The pipe's end that the handler writes to; -1 before anybody listens.
  private static let entrance = Atomic<Int32>(-1)

  /// The signals that arrive from now on, instead of their default actions. For one listener in a
  /// process, until the process ends.
  public static func arrivals() -> AsyncStream<Signal> {
    var ends: [Int32] = [0, 0]
    let code = pipe(&ends)
    precondition(code == 0, "no pipe for signals: error \(errno)")
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    entrance.store(ends[1], ordering: .sequentiallyConsistent)
    let (stream, continuation) = AsyncStream.makeStream(of: Signal.self)
    startReading(ends[0], continuation)
    signal(SIGPIPE, SIG_IGN)
    for expected in Signal.allCases { install(expected) }
    return stream
  }

  private static func install(_ expected: Signal) {
    var action = sigaction()
    action.sa_flags = SA_RESTART
    action.__sigaction_handler.sa_handler = { number in
      // Nothing but what is safe in a handler: one write, and errno as it was.
      let before = errno
      var byte = UInt8(truncatingIfNeeded: number)
      _ = write(Signals.entrance.load(ordering: .relaxed), &byte, 1)
      errno = before
    }
    sigaction(expected.rawValue, &action, nil)
  }

  private static func startReading(
    _ exit: Int32, _ continuation: AsyncStream<Signal>.Continuation
  ) {
    let box = Unmanaged.passRetained(Box(exit, continuation))
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().read()
        return nil
      }, box.toOpaque())
    precondition(code == 0, "no thread for signals: error \(code)")
    pthread_detach(thread)
  }

  private final class Box {
    let exit: Int32
    let continuation: AsyncStream<Signal>.Continuation

    init(_ exit: Int32, _ continuation: AsyncStream<Signal>.Continuation) {
      self.exit = exit
      self.continuation = continuation
    }

    /// Hands signals on as long as the pipe is there.
    func read() {
      var byte: UInt8 = 0
      while true {
        let count = Glibc.read(exit, &byte, 1)
        if count < 0 && errno == EINTR { continue }
        guard count == 1 else { return }
        if let signal = Signal(rawValue: Int32(byte)) { continuation.yield(signal) }
      }
    }
  }
}
