internal import Glibc

/// The signals that a daemon is told things with.
public enum Signal: Int32, Sendable, CaseIterable {
  case hangUp = 1
  case interrupt = 2
  case terminate = 15
}

/// Signals as values, so that what they mean is decided in plain code.
public enum Signals {
  /// Takes the signals over from their default actions. Call it before any thread is started: the mask
  /// is inherited, and a thread without it would die of the first one.
  public static func block() {
    var set = mask()
    pthread_sigmask(SIG_BLOCK, &set, nil)
    signal(SIGPIPE, SIG_IGN)
  }

  /// The signals that arrive, until the stream is dropped.
  public static func arrivals() -> AsyncStream<Signal> {
    let (stream, continuation) = AsyncStream.makeStream(of: Signal.self)
    let box = Unmanaged.passRetained(Box(continuation))
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        let continuation = Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().continuation
        var set = Signals.mask()
        var number: Int32 = 0
        while sigwait(&set, &number) == 0 {
          guard let signal = Signal(rawValue: number) else { continue }
          if case .terminated = continuation.yield(signal) { break }
        }
        return nil
      }, box.toOpaque())
    precondition(code == 0, "no thread for signals: error \(code)")
    pthread_detach(thread)
    return stream
  }

  private static func mask() -> sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in Signal.allCases { sigaddset(&set, signal.rawValue) }
    return set
  }

  private final class Box {
    let continuation: AsyncStream<Signal>.Continuation

    init(_ continuation: AsyncStream<Signal>.Continuation) { self.continuation = continuation }
  }
}
