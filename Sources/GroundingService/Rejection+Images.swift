internal import Images
internal import Reports

extension Rejection {
  /// An image that cannot be had.
  init(_ failure: ImageFailure, image index: Int) {
    self.init(
      RejectionCode(failure.code), at: .fetch, "$.images[\(index)]: \(failure.message)")
  }

  /// An image that is none, or one that we do not read.
  init(_ error: ImageError, image index: Int) {
    self.init(RejectionCode(error), at: .decode, "$.images[\(index)]: \(error)")
  }
}

extension RejectionCode {
  init(_ error: ImageError) {
    self =
      switch error {
      case .unknownFormat: .imageFormatUnknown
      case _ where error.isOverLimit: .imageTooLarge
      default: .imageNotDecodable
      }
  }

  init(_ code: ImageFailure.Code) {
    switch code {
    case .uriRefused: self = .imageURIRefused
    case .notFound: self = .imageNotFound
    case .forbidden: self = .imageForbidden
    case .tooLarge: self = .imageTooLarge
    case .hashMismatch: self = .imageHashMismatch
    case .empty: self = .imageEmpty
    case .unavailable: self = .imageUnavailable
    case .timedOut: self = .imageTimedOut
    }
  }
}
