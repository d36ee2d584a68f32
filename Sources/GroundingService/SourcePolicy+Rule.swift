public import Fetching

/// One kind of source that may be read.
///
///     file:/srv/images                      files within a folder
///     https://pacs.example/wado             one host, its usual port, paths below a prefix
///     http://10.1.2.3:8042 header=/etc/key  an address, a port, a credential
///     https://pacs.example private          the host may also have private addresses
public struct SourceRule: Hashable, Sendable {
  /// The absolute path of the folder, without a slash at the end; nil for hosts.
  public private(set) var folder: String?
  /// The address below which everything is allowed; nil for folders.
  public private(set) var web: WebAddress?
  /// The host's name may lead to private and loopback addresses.
  public private(set) var allowsPrivate = false
  /// Sent to this rule's host only.
  public private(set) var credential: SourceCredential?

  /// Reads a line: a source, then options, separated by spaces.
  public init(parsing line: String) throws(SourcePolicyError) {
    let words = line.split { $0 == " " || $0 == "\t" }.map(String.init)
    guard let source = words.first else {
      throw SourcePolicyError(rule: line, reason: "it is empty")
    }
    do throws(SourceRefusal) {
      switch SourceText.scheme(of: source) {
      case "file": folder = try Self.folder(source)
      case "http", "https": web = try Self.web(source)
      case nil: throw .noScheme
      default: throw .unknownScheme
      }
    } catch {
      throw SourcePolicyError(rule: line, reason: error.rawValue)
    }
    for option in words.dropFirst() { try take(option, of: line) }
  }

  /// Whether an address of this host may be connected to.
  ///
  /// A numeric host means itself, `localhost` this machine. A name means public addresses, with
  /// `private` also private ones, and never cloud metadata or one link's.
  public func allows(_ address: InternetAddress) -> Bool {
    guard let web else { return false }
    if let literal = web.literal { return address == literal }
    if web.host == "localhost" { return address.reach == .loopback }
    switch address.reach {
    case .everywhere: return true
    case .loopback, .privateNetwork: return allowsPrivate
    case .metadata, .linkLocal, .special: return false
    }
  }

  func covers(_ address: WebAddress) -> Bool {
    guard let web else { return false }
    return web.isSecure == address.isSecure && web.host == address.host && web.port == address.port
      && address.segments.starts(with: web.segments)
  }

  var prefixLength: Int { web?.segments.count ?? 0 }

  private static func folder(_ source: String) throws(SourceRefusal) -> String {
    var path = try SourceText.filePath(of: source)
    while path.hasSuffix("/") { path.removeLast() }
    guard !path.isEmpty else { throw .badPath }  // everything is no folder
    return path
  }

  private static func web(_ source: String) throws(SourceRefusal) -> WebAddress {
    var address = try WebAddress(source)
    guard !source.contains("?"), !source.contains("#") else { throw .badPath }
    if address.segments.last == "" { address.segments.removeLast() }
    return address
  }

  private mutating func take(_ option: String, of line: String) throws(SourcePolicyError) {
    let parts = option.split(separator: "=", maxSplits: 1).map(String.init)
    guard web != nil else {
      throw SourcePolicyError(rule: line, reason: "a folder takes no options")
    }
    switch (parts.first, parts.count) {
    case ("private", 1): allowsPrivate = true
    case ("bearer", 2): credential = .bearer(file: parts[1])
    case ("header", 2): credential = .header(file: parts[1])
    default:
      throw SourcePolicyError(
        rule: line, reason: "its options are private, bearer=FILE and header=FILE")
    }
  }
}

/// Where the secret for a host is kept. Relative paths are of the credentials folder.
public enum SourceCredential: Hashable, Sendable {
  /// The file holds a token, sent as `Authorization: Bearer …`.
  case bearer(file: String)
  /// The file holds one line, `Name: value`.
  case header(file: String)

  var file: String {
    switch self {
    case .bearer(let file), .header(let file): file
    }
  }

  /// The header line for what the file holds; nil unless it is one line of printable ASCII.
  func line(from contents: [UInt8]) -> String? {
    let isBlank = { (byte: UInt8) in byte == 0x20 || (0x09...0x0d).contains(byte) }
    var bytes = contents.drop(while: isBlank)
    while let last = bytes.last, isBlank(last) { bytes.removeLast() }
    guard !bytes.isEmpty, bytes.allSatisfy({ (0x20...0x7e).contains($0) }) else { return nil }
    let secret = String(decoding: bytes, as: UTF8.self)
    switch self {
    case .bearer: return "Authorization: Bearer \(secret)"
    case .header: return secret.contains(":") ? secret : nil
    }
  }
}

/// A rule that cannot be understood.
public struct SourcePolicyError: Error, Hashable, Sendable, CustomStringConvertible {
  public let rule: String
  public let reason: String

  public var description: String {
    "source rule “\(rule)”: \(reason). Correct images.allow in the configuration."
  }
}
