/// Why the configuration cannot be used, with the place to correct. Secrets are never quoted.
enum ConfigurationError: Error, Hashable, CustomStringConvertible {
  case unreadable(path: String, reason: String)
  case notText(path: String, line: Int)
  case notASetting(place: String)
  case unknownKey(name: String, origin: Configuration.Origin, nearest: String?)
  case duplicate(name: String, first: Configuration.Origin, second: Configuration.Origin)
  case invalid(name: String, value: String?, origin: Configuration.Origin, allowed: String)
  case secretTwice(name: String, origin: Configuration.Origin)
  case missing(name: String)
  /// A value that fits its key, and still cannot be worked with.
  case unusable(name: String, origin: Configuration.Origin, reason: String)

  var description: String {
    switch self {
    case .unreadable(let path, let reason):
      "\(path) cannot be read: \(reason). Correct the path, or who may read the file."
    case .notText(let path, let line):
      "\(path):\(line): not UTF-8 text. Save the file as UTF-8."
    case .notASetting(let place):
      "\(place): not a setting. Write `key = value`, or begin the line with #."
    case .unknownKey(let name, let origin, let nearest):
      "\(origin): unknown key \(name). "
        + (nearest.map { "Did you mean \($0)?" } ?? "`grounded config` lists every key.")
    case .duplicate(let name, let first, let second):
      "\(second): \(name) is already set at \(first). Remove one of the two."
    case .invalid(let name, let value, let origin, let allowed):
      "\(origin): \(name)\(value.map { " = \(Self.short($0))" } ?? "") is not \(allowed)."
    case .secretTwice(let name, let origin):
      "\(origin): both \(name) and \(name)_file are set. Remove one of the two."
    case .missing(let name):
      "\(name) is not set. Set it in grounded.conf, as \(Configuration.variable(for: name)), "
        + "or with --set \(name)=VALUE."
    case .unusable(let name, let origin, let reason): "\(origin): \(name): \(reason)"
    }
  }

  private static func short(_ value: String) -> String {
    value.count <= 80 ? value : value.prefix(80) + "…"
  }
}
