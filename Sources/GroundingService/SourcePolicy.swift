internal import Fetching

/// Which image sources may be read. Closed: what no rule names is refused.
///
/// Decided from text and numbers alone; nothing here touches a file or a network.
public struct SourcePolicy: Hashable, Sendable {
  public let rules: [SourceRule]

  public init(rules: [SourceRule] = []) {
    self.rules = rules
  }

  /// Reads rules such as `file:/srv/images` or `https://pacs.example/wado private`: a word with a scheme
  /// begins a rule, the others are options of the rule before them.
  public init(parsing texts: [String]) throws(SourcePolicyError) {
    let words = texts.flatMap { $0.split(separator: " ").map(String.init) }
    let lines = words.reduce(into: [String]()) { lines, word in
      let isOption = !word.contains(":") || word.contains("=")
      if isOption, let last = lines.popLast() {
        lines.append(last + " " + word)
      } else {
        lines.append(word)
      }
    }
    var rules: [SourceRule] = []
    for line in lines { rules.append(try SourceRule(parsing: line)) }
    self.rules = rules
  }

  /// What may be done with the `uri` of a report's image.
  public func decide(_ uri: String) -> SourceDecision {
    do throws(SourceRefusal) {
      switch SourceText.scheme(of: uri) {
      case "file": return try decide(file: SourceText.filePath(of: uri))
      case "http", "https": return try decide(web: WebAddress(uri))
      case nil: throw .noScheme
      default: throw .unknownScheme
      }
    } catch {
      return .refused(error)
    }
  }

  /// What may be done with the `Location` of an answer that came from `origin`.
  public func decide(redirect location: String, from origin: WebAddress) -> SourceDecision {
    do throws(SourceRefusal) {
      let target = try WebAddress(location, relativeTo: origin)
      guard target.isSecure || !origin.isSecure else { throw .downgrade }
      return try decide(web: target)
    } catch {
      return .refused(error)
    }
  }

  private func decide(file path: String) throws(SourceRefusal) -> SourceDecision {
    let folders = rules.compactMap { $0.folder }.filter { path.hasPrefix($0 + "/") }
    guard !folders.isEmpty else { throw .noRule }
    return .file(path: path, folders: folders)
  }

  private func decide(web address: WebAddress) throws(SourceRefusal) -> SourceDecision {
    let fitting = rules.filter { $0.covers(address) }
    guard let rule = fitting.max(by: { $0.prefixLength < $1.prefixLength }) else { throw .noRule }
    return .web(address, rule)
  }
}

/// What a policy says about one source.
public enum SourceDecision: Hashable, Sendable {
  /// May be read if it lies within one of the folders once its links are followed.
  case file(path: String, folders: [String])
  /// May be fetched from those of its addresses that the rule allows.
  case web(WebAddress, SourceRule)
  case refused(SourceRefusal)
}

/// Why a source is refused, free of its text.
public enum SourceRefusal: String, Error, Hashable, Sendable, CaseIterable {
  case noScheme = "it has no scheme; write file:, http: or https:"
  case unknownScheme = "its scheme is none of file, http and https"
  case tooLong = "it is longer than 8192 bytes"
  case badCharacter =
    "it has a character that must be percent-encoded, a backslash, or a control character"
  case userInfo = "it carries a user name or password"
  case badHost = "its host is not a plain DNS name or a full numeric address"
  case badPort = "its port is not a number from 1 to 65535"
  case badPath = "its path has dot segments, encoded separators or encoded control characters"
  case noRule = "no rule of images.allow names it"
  case downgrade = "it redirects from https to http"
  case tooManyRedirects = "it redirects too often"
  case badRedirect = "it redirects without saying where to, or to something other than http(s)"
  case address = "its host has no address that the rule allows"
}

extension SourceRefusal: CustomStringConvertible {
  public var description: String { "the image source is refused: \(rawValue)" }
}
