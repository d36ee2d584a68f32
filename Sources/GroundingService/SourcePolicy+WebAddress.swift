public import Fetching

/// An http(s) address in the one spelling that is checked, compared and sent.
public struct WebAddress: Hashable, Sendable {
  public let isSecure: Bool
  /// Lowercase, without brackets and without a dot at the end.
  public let host: String
  /// The host as a number, when it is one.
  public let literal: InternetAddress?
  public let port: UInt16
  /// The path's decoded segments, for comparison.
  public internal(set) var segments: [String]
  /// Path and query as they are sent.
  public let target: String

  /// Reads `http://host[:port][/path][?query]`; a fragment is left out.
  public init(_ text: String) throws(SourceRefusal) {
    try SourceText.checkCharacters(text)
    guard let scheme = SourceText.scheme(of: text) else { throw .noScheme }
    guard scheme == "http" || scheme == "https" else { throw .unknownScheme }
    let rest = text.dropFirst(scheme.count + 1)
    guard rest.hasPrefix("//") else { throw .badHost }
    let place = rest.dropFirst(2).prefix { $0 != "#" }
    let authority = place.prefix { $0 != "/" && $0 != "?" }
    guard !authority.contains("@") else { throw .userInfo }
    isSecure = scheme == "https"
    (host, literal, port) = try Self.read(authority, defaultPort: scheme == "https" ? 443 : 80)
    let sent = place.dropFirst(authority.count)
    target = sent.hasPrefix("/") ? String(sent) : "/" + sent
    segments = try SourceText.segments(of: target.prefix { $0 != "?" })
  }

  /// Reads the `Location` of a redirect from `origin`.
  public init(_ location: String, relativeTo origin: WebAddress) throws(SourceRefusal) {
    guard !location.isEmpty else { throw .badRedirect }
    if let scheme = SourceText.scheme(of: location) {
      guard scheme == "http" || scheme == "https" else { throw .badRedirect }
      try self.init(location)
    } else if location.hasPrefix("//") {
      try self.init((origin.isSecure ? "https:" : "http:") + location)
    } else if location.hasPrefix("/") {
      try self.init(origin.root + location)
    } else {
      let path = origin.target.prefix { $0 != "?" }
      let isQuery = location.hasPrefix("?")
      let folder = path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex)
      try self.init(origin.root + (isQuery ? path : folder + "/") + location)
    }
  }

  /// What libcurl is given.
  public var url: String { root + target }

  private var root: String {
    let name = host.contains(":") ? "[\(host)]" : host
    return "\(isSecure ? "https" : "http")://\(name):\(port)"
  }

  private static func read(
    _ authority: Substring, defaultPort: UInt16
  ) throws(SourceRefusal) -> (String, InternetAddress?, UInt16) {
    if authority.hasPrefix("[") {
      guard let end = authority.firstIndex(of: "]") else { throw .badHost }
      let inside = String(authority[..<end].dropFirst())
      guard inside.contains(":"), let literal = InternetAddress(inside) else { throw .badHost }
      let port = try port(authority[end...].dropFirst(), else: defaultPort)
      return (literal.text, literal, port)
    }
    let name = authority.prefix { $0 != ":" }
    let port = try port(authority.dropFirst(name.count), else: defaultPort)
    let (host, literal) = try host(name)
    return (host, literal, port)
  }

  private static func port(
    _ text: Substring, else defaultPort: UInt16
  ) throws(SourceRefusal) -> UInt16 {
    guard !text.isEmpty else { return defaultPort }
    let digits = text.dropFirst()
    guard text.hasPrefix(":"), (1...5).contains(digits.utf8.count),
      digits.utf8.allSatisfy(SourceText.isDigit), let port = UInt16(digits), port > 0
    else { throw .badPort }
    return port
  }

  /// A name of letters, digits, `-` and `_` in labels of at most 63, or four plain decimal numbers.
  ///
  /// Names in other scripts come as `xn--…`. What ends in a numeric label is a number to some
  /// programs (`127.1`, `0x7f000001`, `2130706433`), so it has to be a full one.
  private static func host(_ text: Substring) throws(SourceRefusal) -> (String, InternetAddress?) {
    let name = text.hasSuffix(".") ? text.dropLast() : text
    let labels = name.split(separator: ".", omittingEmptySubsequences: false)
    guard name.utf8.count <= 253, let last = labels.last else { throw .badHost }
    for label in labels {
      let isFine = label.utf8.allSatisfy {
        SourceText.isLetter($0) || SourceText.isDigit($0) || "-_".utf8.contains($0)
      }
      guard isFine, (1...63).contains(label.utf8.count) else { throw .badHost }
    }
    let host = name.lowercased()
    let isNumeric =
      last.utf8.allSatisfy(SourceText.isDigit)
      || host.split(separator: ".").last?
        .hasPrefix("0x") == true
    guard isNumeric else { return (host, nil) }
    guard let literal = InternetAddress(host), literal.text == host else { throw .badHost }
    return (host, literal)
  }
}
