/// What a client asked for. Only what the endpoints need is kept.
public struct HTTPRequest: Hashable, Sendable {
  /// `GET` or `HEAD`.
  public let method: String
  /// The path without its query, as it was sent.
  public let path: String

  public init(method: String = "GET", path: String) {
    self.method = method
    self.path = path
  }
}

/// An answer.
public struct HTTPResponse: Hashable, Sendable {
  public let status: Int
  public let contentType: String
  public let body: String

  public init(status: Int, contentType: String = "text/plain; charset=utf-8", body: String) {
    self.status = status
    self.contentType = contentType
    self.body = body
  }

  /// The whole answer as it goes out; `HEAD` leaves the body out, but not its length.
  func bytes(forHead: Bool) -> [UInt8] {
    let content = Array(body.utf8)
    var head = "HTTP/1.1 \(status) \(Self.reason(of: status))\r\n"
    head += "Content-Type: \(contentType)\r\nContent-Length: \(content.count)\r\n"
    head += "Cache-Control: no-store\r\nConnection: close\r\n"
    if status == 405 { head += "Allow: GET, HEAD\r\n" }
    return Array((head + "\r\n").utf8) + (forHead ? [] : content)
  }

  private static func reason(of status: Int) -> String {
    switch status {
    case 200: "OK"
    case 400: "Bad Request"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 408: "Request Timeout"
    case 431: "Request Header Fields Too Large"
    case 503: "Service Unavailable"
    case 505: "HTTP Version Not Supported"
    default: "Answer"
    }
  }
}

/// What can be said of the bytes that have come so far.
enum HTTPReading: Hashable {
  case incomplete
  case request(HTTPRequest)
  /// Not a request that is served; answered with this status.
  case refused(Int)

  /// Longer requests are refused.
  static let headBytesMax = 8_192

  /// Reads a request's head; bodies are not expected and are not waited for.
  init(_ bytes: [UInt8]) {
    let isEnded = Self.hasEnd(bytes)
    guard bytes.count <= Self.headBytesMax else {
      self = .refused(431)
      return
    }
    // What cannot become a request is refused at once, not when the time is over.
    guard let lineEnd = bytes.firstIndex(of: 10) else {
      self = bytes.contains { !Self.isLineByte($0) } ? .refused(400) : .incomplete
      return
    }
    let line = Self.readLine(bytes[..<lineEnd])
    guard case .request = line, !isEnded else {
      self = line
      return
    }
    self = .incomplete
  }

  /// An empty line ends the head.
  private static func hasEnd(_ bytes: [UInt8]) -> Bool {
    var isLineEmpty = false
    for byte in bytes {
      if byte == 10 && isLineEmpty { return true }
      if byte != 13 { isLineEmpty = byte == 10 }
    }
    return false
  }

  /// Reads `GET /path HTTP/1.1`.
  private static func readLine(_ bytes: ArraySlice<UInt8>) -> HTTPReading {
    let line = bytes.last == 13 ? bytes.dropLast() : bytes
    guard line.allSatisfy({ (0x20...0x7E).contains($0) }) else { return .refused(400) }
    let words = String(decoding: line, as: UTF8.self).split(
      separator: " ", omittingEmptySubsequences: false)
    guard words.count == 3, words[1].hasPrefix("/"), words[2].hasPrefix("HTTP/"),
      !words[0].isEmpty, words[0].allSatisfy({ $0.isLetter })
    else { return .refused(400) }
    guard words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0" else { return .refused(505) }
    guard words[0] == "GET" || words[0] == "HEAD" else { return .refused(405) }
    let path = words[1].prefix { $0 != "?" && $0 != "#" }
    return .request(HTTPRequest(method: String(words[0]), path: String(path)))
  }

  private static func isLineByte(_ byte: UInt8) -> Bool {
    (0x20...0x7E).contains(byte) || byte == 13
  }
}
