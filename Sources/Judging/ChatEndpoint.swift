internal import Fetching
internal import GroundingService

/// Where a language model is asked, and how patiently.
public struct ChatEndpoint: Sendable {
  /// As the endpoint calls it.
  public let model: String
  let address: WebAddress
  let key: String?
  /// Requests under way at once.
  public let jobs: Int
  /// Requests that may begin in a second; nil for any number.
  let requestsPerSecond: Double?
  /// For one request, from its first packet to the answer's last.
  let timeout: Duration
  /// Of one answer; nil leaves the bound to the endpoint.
  public var tokensMax: Int? = 1_024
  /// The authorities to trust in the place of the system's, a PEM file.
  public var authorityFile: String?

  /// - Parameters:
  ///   - url: what stands before `/chat/completions`.
  ///   - key: sent as a bearer token; nil for an endpoint that wants none.
  public init(
    url: String, model: String, key: String?, jobs: Int, requestsPerSecond: Double?,
    timeout: Duration
  ) throws(JudgeError) {
    precondition(jobs > 0, "\(jobs) jobs")
    do throws(SourceRefusal) {
      guard !url.contains("?"), !url.contains("#") else { throw .badPath }
      var base = url[...]
      while base.hasSuffix("/") { base.removeLast() }
      address = try WebAddress(String(base) + "/chat/completions")
    } catch {
      throw .badAddress(reason: error.rawValue)
    }
    guard key?.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) ?? true else { throw .badKey }
    self.model = model
    self.key = key
    self.jobs = jobs
    self.requestsPerSecond = requestsPerSecond
    self.timeout = timeout
  }

  /// True when reports and key would travel unencrypted to another machine.
  public var isOpenToOthers: Bool {
    let isLoopback = address.literal?.reach == .loopback || address.host == "localhost"
    return !address.isSecure && !isLoopback
  }
}
