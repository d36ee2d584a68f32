public import Fetching

/// What fetching may cost, and where its secrets lie.
public struct ImageFetcherSettings: Hashable, Sendable {
  /// Of one image; the seconds count over all its redirects together, and over
  /// the lookups of their names.
  public var limits: FetchLimits
  public var redirectsMax: Int
  /// How many images are fetched at once, each on a thread of its own.
  public var workers: Int
  /// The longest wait that a source's `Retry-After` may ask for.
  public var retryAfterMax: Duration
  /// The authorities to trust in the place of the system's, a PEM file.
  public var authorityFile: String?
  /// Where relative credential files are; `$CREDENTIALS_DIRECTORY` under systemd.
  public var credentialsFolder: String?

  public init(
    limits: FetchLimits = FetchLimits(), redirectsMax: Int = 5, workers: Int = 4,
    retryAfterMax: Duration = .seconds(120), authorityFile: String? = nil,
    credentialsFolder: String? = nil
  ) {
    self.limits = limits
    self.redirectsMax = redirectsMax
    self.workers = workers
    self.retryAfterMax = retryAfterMax
    self.authorityFile = authorityFile
    self.credentialsFolder = credentialsFolder
  }
}
