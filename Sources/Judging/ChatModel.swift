public import Fetching
public import GroundingService
internal import JSON

/// A language model behind an OpenAI-compatible endpoint (`POST …/chat/completions`).
///
/// Redirects are not followed, and no more than 1 MiB of an answer is read.
public struct ChatModel: Sendable {
  /// How often one request is tried.
  static let attemptsMax = 6
  /// The longest wait that a `Retry-After` is granted.
  static let retryAfterMax = Duration.seconds(600)
  static let backoff = Backoff(first: .seconds(1), longest: .seconds(60))

  private static let answerBytesMax = 1 << 20
  private static let connectMax = Duration.seconds(10)

  public let endpoint: ChatEndpoint
  private let workers: FetchWorkers
  private let pace: RequestPace?
  private let resolve: Lookup.Resolve
  private let surroundings: Surroundings

  /// - Parameter resolve: `Resolver.addresses(of:)` outside of tests.
  public init(
    _ endpoint: ChatEndpoint, resolve: @escaping Lookup.Resolve, surroundings: Surroundings
  ) {
    self.endpoint = endpoint
    self.resolve = resolve
    self.surroundings = surroundings
    workers = FetchWorkers(count: endpoint.jobs)
    pace = endpoint.requestsPerSecond.map { RequestPace(perSecond: $0) }
  }

  /// The model's answer at temperature 0, in at most `endpoint.tokensMax` tokens; empty when it
  /// gives none.
  ///
  /// What is refused for the time being (HTTP 408, 429, 5xx) or gets lost on the way is tried again,
  /// after what `Retry-After` says or waits that double.
  public func answer(to messages: [ChatMessage]) async throws(JudgeError) -> String {
    var body: [JSON.Member] = [
      .init("model", .string(endpoint.model)), .init("messages", .array(messages.map(\.json))),
      .init("temperature", 0),
    ]
    if let most = endpoint.tokensMax { body.append(.init("max_tokens", .integer(Int64(most)))) }
    let text = JSON.object(body).text
    var attempt = 1
    while true {
      if let pace { try await wait(pace.reserve(at: .now)) }
      switch await workers.use({ await send(text, by: $0) }) {
      case .answer(let answer): return answer
      case .failed(let error): throw error
      case .again(let reason, let asked):
        guard attempt < Self.attemptsMax else {
          throw .unreachable(attempts: attempt, reason: reason)
        }
        let usual = Self.backoff.wait(after: attempt, random: surroundings.chance())
        try await wait(min(asked ?? usual, Self.retryAfterMax))
        attempt += 1
      }
    }
  }

  /// What one attempt comes to.
  private enum Attempt {
    case answer(String)
    case failed(JudgeError)
    case again(because: String, after: Duration?)
  }

  private func wait(_ time: Duration) async throws(JudgeError) {
    guard time > .zero else { return }
    do { try await surroundings.wait(time) } catch { throw .cancelled }
  }

  private func send(_ body: String, by fetcher: Fetcher) async -> Attempt {
    let address = endpoint.address
    let start = ContinuousClock.now
    do throws(FetchError) {
      let addresses: [InternetAddress]
      if let literal = address.literal {
        addresses = [literal]
      } else {
        addresses = try await Lookup.addresses(
          of: address.host, within: Self.connectMax, with: resolve)
      }
      guard !addresses.isEmpty else { throw .cannotConnect }
      let request = FetchRequest(
        url: address.url, host: address.host, port: address.port, addresses: addresses,
        headers: endpoint.key.map { ["Authorization: Bearer \($0)"] } ?? [],
        authorityFile: endpoint.authorityFile)
      // A model may think in silence up to the whole of its time.
      let limits = FetchLimits(
        bytesMax: Self.answerBytesMax, total: endpoint.timeout, connect: Self.connectMax,
        bytesPerSecondMin: 0, slowestFor: endpoint.timeout)
      return attempt(try await fetcher.post(body, to: request, limits: limits))
    } catch {
      return attempt(error, after: ContinuousClock.now - start)
    }
  }

  private func attempt(_ response: FetchResponse) -> Attempt {
    switch response.status {
    case 200:
      guard let json = try? JSON(parsing: response.body),  // whatever is wrong, it is no completion
        let message = json["choices"]?.array?.first?["message"], message.members != nil
      else { return .failed(.notACompletion) }
      return .answer(message["content"]?.string ?? "")
    case 408, 429, 500..<600:
      let asked = response.headers["retry-after"].flatMap {
        RetryAfter.wait(in: $0, now: surroundings.now())
      }
      return .again(because: "HTTP \(response.status)", after: asked)
    default: return .failed(.refused(status: response.status))
    }
  }

  private func attempt(_ error: FetchError, after time: Duration) -> Attempt {
    switch error {
    case .cancelled: .failed(.cancelled)
    case .resolverFailed, .cannotConnect, .broken:
      .again(because: error.description, after: nil)
    // Only what connects can use up the whole of its time.
    case .timedOut where time < endpoint.timeout:
      .again(because: "no connection within 10 seconds", after: nil)
    case .timedOut: .again(because: "it took too long; raise --judge-timeout", after: nil)
    case .tooLarge:
      .failed(.failed(reason: "its answer has more than \(Self.answerBytesMax) bytes"))
    default: .failed(.failed(reason: error.description))
    }
  }
}
