internal import CCurl

/// What comes in during one transfer, counted before it is kept.
final class Reception {
  let bytesMax: Int
  let addresses: [InternetAddress]
  private(set) var body: [UInt8] = []
  private(set) var headers: [String: String] = [:]
  private(set) var status = 0
  private(set) var problem: FetchError?
  private var headerBytes = 0

  /// All header lines of an answer together.
  private static let headerBytesMax = 64 << 10

  init(bytesMax: Int, addresses: [InternetAddress]) {
    self.bytesMax = bytesMax
    self.addresses = addresses
  }

  /// Once connected, before the request goes out: is it where we meant to go?
  func accepts(_ address: UnsafePointer<CChar>?) -> Bool {
    if let address, let reached = InternetAddress(String(cString: address)),
      addresses.contains(reached)
    {
      return true
    }
    problem = .uncheckedAddress
    return false
  }

  /// Takes a header line; false stops the transfer.
  func take(header line: UnsafeRawBufferPointer) -> Bool {
    headerBytes += line.count
    guard headerBytes <= Self.headerBytesMax else {
      problem = .broken(code: Int32(CURLE_WEIRD_SERVER_REPLY.rawValue))
      return false
    }
    let text = String(decoding: line, as: UTF8.self)
    if text.hasPrefix("HTTP/") {
      headers = [:]
      status = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    } else if let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) {
      headers[text[..<colon].lowercased()] = Self.trimmed(text[text.index(after: colon)...])
    }
    guard status != 200 || (announced ?? 0) <= bytesMax else {
      problem = .tooLarge(bytesMax: bytesMax)
      return false
    }
    return true
  }

  /// Takes a piece of the body; false stops the transfer.
  func take(body piece: UnsafeRawBufferPointer) -> Bool {
    guard status == 200 else { return true }  // an error page: nobody reads it
    guard body.count + piece.count <= bytesMax else {
      problem = .tooLarge(bytesMax: bytesMax)
      body = []
      return false
    }
    if body.isEmpty { body.reserveCapacity(max(announced ?? 0, piece.count)) }
    body.append(contentsOf: piece)
    return true
  }

  /// Called every second at least; false stops the transfer.
  func mayGoOn() -> Bool {
    guard Task.isCancelled else { return true }
    problem = .cancelled
    return false
  }

  private var announced: Int? { headers["content-length"].flatMap { Int($0) } }

  private static func trimmed(_ text: Substring) -> String {
    var rest = text
    while let last = rest.last, last.isWhitespace { rest.removeLast() }
    return String(rest.drop { $0.isWhitespace })
  }
}
