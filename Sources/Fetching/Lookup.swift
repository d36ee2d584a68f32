internal import Synchronization
internal import Threads

/// Asks a resolver that may block, and waits for it no longer than it is told to.
public enum Lookup {
  /// Gives the addresses of a host name, such as `Resolver.addresses(of:)`; may block.
  public typealias Resolve = @Sendable (String) throws(FetchError) -> [InternetAddress]

  /// Runs `resolve` on a thread of its own.
  ///
  /// Nothing can interrupt the system's resolver, so one that takes longer is left behind and ends by
  /// itself, as late as its own configuration says.
  /// - Throws: what `resolve` throws; `.timedOut` after `limit`; `.cancelled` with the task.
  public static func addresses(
    of host: String, within limit: Duration, with resolve: @escaping Resolve
  ) async throws(FetchError) -> [InternetAddress] {
    let answer = FirstAnswer()
    let timer = Task {
      try? await Task.sleep(for: limit)  // ended early, it comes second
      answer.give(.failure(.timedOut))
    }
    Task { await LookupThread().run { answer.give(Self.result(of: host, resolve)) } }
    let result = await withTaskCancellationHandler {
      await answer.wait()
    } onCancel: {
      answer.give(.failure(.cancelled))
    }
    timer.cancel()
    return try result.get()
  }

  private static func result(of host: String, _ resolve: Resolve) -> FirstAnswer.Value {
    do throws(FetchError) { return .success(try resolve(host)) } catch { return .failure(error) }
  }
}

/// Where a lookup may block.
private actor LookupThread {
  private let thread = DedicatedThread(name: "lookup")

  nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  func run(_ body: @Sendable () -> Void) { body() }
}

/// The first of several answers; whoever comes later is not heard.
private final class FirstAnswer: Sendable {
  typealias Value = Result<[InternetAddress], FetchError>

  private enum State {
    case open
    case awaited(CheckedContinuation<Value, Never>)
    case answered(Value)
  }

  private let state = Mutex(State.open)

  func give(_ value: Value) {
    let waiting: CheckedContinuation<Value, Never>? = state.withLock { state in
      switch state {
      case .answered: return nil
      case .open:
        state = .answered(value)
        return nil
      case .awaited(let waiting):
        state = .answered(value)
        return waiting
      }
    }
    waiting?.resume(returning: value)
  }

  /// For one caller.
  func wait() async -> Value {
    await withCheckedContinuation { waiting in
      let known: Value? = state.withLock { state in
        if case .answered(let value) = state { return value }
        state = .awaited(waiting)
        return nil
      }
      if let known { waiting.resume(returning: known) }
    }
  }
}
