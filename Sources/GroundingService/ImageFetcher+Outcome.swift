internal import Fetching

/// What came of one attempt to get an image's bytes.
public enum ImageFetch: Hashable, Sendable {
  case bytes([UInt8])
  /// The same attempt would end the same way: the report cannot be grounded.
  case failed(ImageFailure)
  /// Infrastructure: worth another attempt, not before `notBefore` where the source says so.
  case unavailable(ImageOutage, notBefore: Duration?)
}

/// Why an image will not come, free of its address.
public struct ImageFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// Stable: the raw values stand in rejected messages.
  public enum Code: String, CaseIterable, Sendable {
    case uriRefused = "image_uri_refused"
    case notFound = "image_not_found"
    case forbidden = "image_forbidden"
    case tooLarge = "image_too_large"
    case hashMismatch = "image_hash_mismatch"
    case empty = "image_empty"
    case unavailable = "image_unavailable"
    case timedOut = "image_timed_out"
  }

  public let code: Code
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { "\(code.rawValue): \(message)" }
}

/// Why an image did not come this time; the raw value serves as a metric's label.
public enum ImageOutage: String, Hashable, Sendable, CaseIterable {
  case busy
  case serverError = "server_error"
  case refused, dns, tls, timeout, truncated, storage
  case credential, configuration, cancelled

  /// What is left to say when patience has ended.
  public func afterPatience(attempts: Int) -> ImageFailure {
    let code: ImageFailure.Code = self == .timeout ? .timedOut : .unavailable
    return ImageFailure(code, "\(attempts) attempts failed, the last one by “\(rawValue)”")
  }
}

extension ImageFetch {
  init(_ error: FetchError) {
    switch error {
    case .unknownHost, .resolverFailed: self = .unavailable(.dns, notBefore: nil)
    case .cannotConnect: self = .unavailable(.refused, notBefore: nil)
    case .uncheckedAddress: self = .unavailable(.dns, notBefore: nil)
    case .untrusted: self = .unavailable(.tls, notBefore: nil)
    case .timedOut: self = .unavailable(.timeout, notBefore: nil)
    case .broken: self = .unavailable(.truncated, notBefore: nil)
    case .cancelled: self = .unavailable(.cancelled, notBefore: nil)
    case .misconfigured: self = .unavailable(.configuration, notBefore: nil)
    case .storage: self = .unavailable(.storage, notBefore: nil)
    case .tooLarge: self = .failed(ImageFailure(.tooLarge, error.description))
    case .missing: self = .failed(ImageFailure(.notFound, error.description))
    case .forbidden: self = .failed(ImageFailure(.forbidden, error.description))
    case .outsideFolders, .notRegularFile, .badPath:
      self = .failed(ImageFailure(.uriRefused, error.description))
    }
  }

  /// What an answer that is no redirect means.
  init(_ response: FetchResponse, retryAfter: Duration?) {
    switch response.status {
    case 200: self = Self.content(of: response)
    case 204, 205: self = .failed(ImageFailure(.empty, "the source answered without content"))
    case 404, 410: self = .failed(ImageFailure(.notFound, "the source has no such image"))
    case 401, 403, 407, 451:
      self = .failed(
        ImageFailure(.forbidden, "the source answered \(response.status); check the credential"))
    case 408, 425, 429: self = .unavailable(.busy, notBefore: retryAfter)
    case 500...599: self = .unavailable(.serverError, notBefore: retryAfter)
    default:
      self = .failed(ImageFailure(.unavailable, "the source answered \(response.status)"))
    }
  }

  private static func content(of response: FetchResponse) -> ImageFetch {
    let encoding = response.headers["content-encoding"]?.lowercased() ?? "identity"
    guard encoding == "identity" || encoding.isEmpty else {
      return .failed(
        ImageFailure(.unavailable, "the source compresses its answer; it must send it as it is"))
    }
    guard !response.body.isEmpty else {
      return .failed(ImageFailure(.empty, "the source sent an image of no bytes"))
    }
    return .bytes(response.body)
  }
}
