/// Why a report was not grounded. The raw values are a contract: they do not change.
public enum RejectionCode: String, CaseIterable, Sendable {
  // The message.
  case emptyValue = "empty_value"
  case messageTooLarge = "message_too_large"
  case notJSON = "not_json"
  case tooComplex = "too_complex"
  case confluentFramed = "confluent_framed"
  case avroContainer = "avro_container"
  case batchedEvents = "batched_events"
  case unsupportedContentType = "unsupported_content_type"
  case unsupportedVersion = "unsupported_version"

  // Its fields.
  case missingField = "missing_field"
  case wrongType = "wrong_type"
  case invalidValue = "invalid_value"
  case noImage = "no_image"
  case noText = "no_text"
  case tooManyImages = "too_many_images"
  case tooManySections = "too_many_sections"
  case tooManySentences = "too_many_sentences"
  case tooManyBoxes = "too_many_boxes"
  case sentenceTooLong = "sentence_too_long"

  // Its images.
  case imageURIRefused = "image_uri_refused"
  case imageNotFound = "image_not_found"
  case imageForbidden = "image_forbidden"
  case imageEmpty = "image_empty"
  case imageUnavailable = "image_unavailable"
  case imageTooLarge = "image_too_large"
  case imageTimedOut = "image_timed_out"
  case imageHashMismatch = "image_hash_mismatch"
  case imageFormatUnknown = "image_format_unknown"
  case imageNotDecodable = "image_not_decodable"

  // The network.
  case modelFailed = "model_failed"

  // The ledger.
  case notStorable = "not_storable"

  // Publication: what was grounded is in the ledger.
  case notPublishable = "not_publishable"
}

/// The step at which a report was turned away.
public enum Stage: String, CaseIterable, Sendable {
  case read, decide, fetch, decode, model, ledger, publish
}

/// A report that cannot be grounded, and why.
public struct Rejection: Error, Hashable, Sendable, CustomStringConvertible {
  public let code: RejectionCode
  public let stage: Stage
  /// What to correct. It names fields and kinds, and never contains a value of the report.
  public let message: String

  public init(_ code: RejectionCode, at stage: Stage, _ message: String) {
    self.code = code
    self.stage = stage
    self.message = message
  }

  public var description: String { "\(code.rawValue) (\(stage.rawValue)): \(message)" }
}
