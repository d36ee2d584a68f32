public import Fetching
public import FoundationEssentials
internal import Reports

/// Gets the bytes of images from where the policy allows, one attempt a call.
///
/// The address that was checked is the one connected to, on every redirect. Several fetches run
/// at once, each on a thread of its own.
public struct ImageFetcher: Sendable {
  private let policy: SourcePolicy
  private let settings: ImageFetcherSettings
  private let resolve: Resolve
  private let now: @Sendable () -> Date
  private let workers: FetchWorkers

  /// Gives the addresses of a host name; may block.
  public typealias Resolve = Lookup.Resolve

  /// - Parameters:
  ///   - resolve: `Resolver.addresses(of:)` outside of tests.
  ///   - now: the wall clock, for a `Retry-After` that is a date.
  public init(
    _ policy: SourcePolicy, settings: ImageFetcherSettings, resolve: @escaping Resolve,
    now: @escaping @Sendable () -> Date
  ) {
    self.policy = policy
    self.settings = settings
    self.resolve = resolve
    self.now = now
    workers = FetchWorkers(count: settings.workers)
  }

  /// One attempt; retrying is the caller's, as `RetryPolicy` decides.
  ///
  /// - Parameter sha256: the digest that the report gives, in hexadecimal, of any case.
  public func fetch(uri: String, sha256: String?) async -> ImageFetch {
    let decision = policy.decide(uri)
    let outcome: ImageFetch
    switch decision {
    case .refused(let refusal): return Self.refused(refusal)
    case .file(let path, let folders):
      outcome = await workers.use { fetcher in await read(path, folders, with: fetcher) }
    case .web(let address, let rule):
      outcome = await workers.use { fetcher in await follow(address, rule, with: fetcher) }
    }
    guard case .bytes(let bytes) = outcome, let sha256 else { return outcome }
    guard SHA256.hex(of: bytes) == sha256.lowercased() else {
      return .failed(ImageFailure(.hashMismatch, "the image is not the one the report names"))
    }
    return outcome
  }

  private static func refused(_ refusal: SourceRefusal) -> ImageFetch {
    .failed(ImageFailure(.uriRefused, refusal.description))
  }

  private func read(_ path: String, _ folders: [String], with fetcher: Fetcher) async -> ImageFetch
  {
    do throws(FetchError) {
      let bytes = try await fetcher.read(
        path, within: folders, bytesMax: settings.limits.bytesMax)
      guard !bytes.isEmpty else { return .failed(ImageFailure(.empty, "the file is empty")) }
      return .bytes(bytes)
    } catch {
      return ImageFetch(error)
    }
  }

  /// Gets the address, and what it redirects to, each checked like the first.
  private func follow(
    _ start: WebAddress, _ rule: SourceRule, with fetcher: Fetcher
  ) async -> ImageFetch {
    let deadline = ContinuousClock.now + settings.limits.total
    var (address, rule) = (start, rule)
    for _ in 0...settings.redirectsMax {
      let response: FetchResponse
      switch await get(address, rule, before: deadline, with: fetcher) {
      case .answer(let answer): response = answer
      case .none(let outcome): return outcome
      }
      guard [301, 302, 303, 307, 308].contains(response.status) else {
        return ImageFetch(response, retryAfter: retryAfter(response))
      }
      let location = response.headers["location"] ?? ""
      switch policy.decide(redirect: location, from: address) {
      case .web(let next, let nextRule): (address, rule) = (next, nextRule)
      case .refused(let refusal): return Self.refused(refusal)
      case .file: return Self.refused(.badRedirect)
      }
    }
    return Self.refused(.tooManyRedirects)
  }

  private enum Answer {
    case answer(FetchResponse)
    case none(ImageFetch)
  }

  /// One request, to addresses that were looked up and checked for it.
  private func get(
    _ address: WebAddress, _ rule: SourceRule, before deadline: ContinuousClock.Instant,
    with fetcher: Fetcher
  ) async -> Answer {
    do throws(FetchError) {
      let found: [InternetAddress]
      if let literal = address.literal {
        found = [literal]
      } else {
        found = try await Lookup.addresses(
          of: address.host, within: try Self.left(until: deadline), with: resolve)
      }
      let allowed = Array(found.filter(rule.allows).prefix(8))
      guard !allowed.isEmpty else { return .none(Self.refused(.address)) }
      var request = FetchRequest(
        url: address.url, host: address.host, port: address.port, addresses: allowed,
        authorityFile: settings.authorityFile)
      if let credential = rule.credential {
        guard let line = await line(of: credential, with: fetcher) else {
          return .none(.unavailable(.credential, notBefore: nil))
        }
        request.headers.append(line)
      }
      var limits = settings.limits
      limits.total = try Self.left(until: deadline)
      return .answer(try await fetcher.get(request, limits: limits))
    } catch {
      return .none(ImageFetch(error))
    }
  }

  private static func left(
    until deadline: ContinuousClock.Instant
  ) throws(FetchError) -> Duration {
    let left = ContinuousClock.now.duration(to: deadline)
    guard left > .zero else { throw .timedOut }
    return left
  }

  /// Read anew each time, so that a changed secret counts at once.
  private func line(of credential: SourceCredential, with fetcher: Fetcher) async -> String? {
    var path = credential.file
    if !path.hasPrefix("/") {
      guard let folder = settings.credentialsFolder else { return nil }
      path = folder + "/" + path
    }
    do throws(FetchError) {
      return credential.line(
        from: try await fetcher.read(path, within: ["/"], bytesMax: 16 << 10))
    } catch {
      return nil
    }
  }

  private func retryAfter(_ response: FetchResponse) -> Duration? {
    let asked = response.headers["retry-after"].flatMap { RetryAfter.wait(in: $0, now: now()) }
    return asked.map { min($0, settings.retryAfterMax) }
  }
}
