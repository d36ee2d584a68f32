public import Journal
internal import Synchronization

/// What `/healthz`, `/readyz` and `/metrics` answer.
public final class Endpoints: Sendable {
  /// How the daemon fares, as the one who runs it says.
  public enum State: Hashable, Sendable {
    /// Loading, connecting; not ready.
    case starting
    /// Working.
    case ready
    /// Nothing moves although work waits: not healthy.
    case stalled
    /// Finishing what is begun; healthy, but not ready.
    case stopping
  }

  private let state = Mutex(State.starting)
  private let metrics: ServiceMetrics

  public init(metrics: ServiceMetrics) { self.metrics = metrics }

  /// Partitions are read.
  public var isReady: Bool { state.withLock { $0 } == .ready }

  /// Says how the daemon fares.
  ///
  /// Who stops stays so.
  public func enter(_ new: State) {
    state.withLock { present in
      if present != .stopping { present = new }
    }
  }

  /// Listens at an address such as `127.0.0.1:9464`.
  public func listen(
    at address: String, limits: HTTPListener.Limits = HTTPListener.Limits()
  ) throws(HTTPListenerError) -> HTTPListener {
    try HTTPListener(address: address, limits: limits) { request in self.answer(to: request) }
  }

  /// The answer to one request.
  func answer(to request: HTTPRequest) -> HTTPResponse {
    let state = state.withLock { $0 }
    switch request.path {
    case "/healthz": return Self.response(state, isGood: state != .stalled)
    case "/readyz": return Self.response(state, isGood: state == .ready)
    case "/metrics":
      return HTTPResponse(
        status: 200, contentType: Metrics.contentType, body: metrics.exposition())
    default:
      return HTTPResponse(status: 404, body: "there are /healthz, /readyz and /metrics\n")
    }
  }

  private static func response(_ state: State, isGood: Bool) -> HTTPResponse {
    HTTPResponse(status: isGood ? 200 : 503, body: "\(state)\n")
  }
}
