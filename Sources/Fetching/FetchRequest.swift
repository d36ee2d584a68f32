/// One request to addresses that have been checked.
public struct FetchRequest: Sendable {
  /// `http://…` or `https://…`, sent as it stands.
  public var url: String
  /// The URL's host: what the certificate has to name. Without brackets.
  public var host: String
  public var port: UInt16
  /// Connect to one of these and to no other; not empty.
  public var addresses: [InternetAddress]
  /// Further header lines, `Name: value`.
  public var headers: [String]
  /// The authorities to trust in the place of the system's, a PEM file.
  public var authorityFile: String?

  public init(
    url: String, host: String, port: UInt16, addresses: [InternetAddress], headers: [String] = [],
    authorityFile: String? = nil
  ) {
    self.url = url
    self.host = host
    self.port = port
    self.addresses = addresses
    self.headers = headers
    self.authorityFile = authorityFile
  }
}

/// What one transfer or reading may cost.
public struct FetchLimits: Hashable, Sendable {
  public var bytesMax: Int
  /// From the first packet to the last.
  public var total: Duration
  public var connect: Duration
  /// A transfer that stays under this speed for `slowestFor` is given up.
  public var bytesPerSecondMin: Int
  public var slowestFor: Duration

  public init(
    bytesMax: Int = 64 << 20, total: Duration = .seconds(30), connect: Duration = .seconds(5),
    bytesPerSecondMin: Int = 1024, slowestFor: Duration = .seconds(10)
  ) {
    self.bytesMax = bytesMax
    self.total = total
    self.connect = connect
    self.bytesPerSecondMin = bytesPerSecondMin
    self.slowestFor = slowestFor
  }
}

/// What a server answered. Redirects are not followed: they are an answer.
public struct FetchResponse: Hashable, Sendable {
  public var status: Int
  /// As sent; nothing is decompressed. Empty unless the status is 200.
  public var body: [UInt8]
  /// Header values by lowercase name; the last of a name counts.
  public var headers: [String: String]
}
