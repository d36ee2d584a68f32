internal import FoundationEssentials

extension Configuration {
  /// The file that is read when `--config` names none; it may be absent.
  static let standardPath = "/etc/grounded/grounded.conf"
  /// Larger files are not configuration.
  static let fileBytesMax = 1 << 20

  /// Reads everything that sets a value, and checks it.
  ///
  /// - Parameters:
  ///   - file: what `--config` names; nil looks for `standardPath`.
  ///   - environment: `GROUNDED_*` and `CREDENTIALS_DIRECTORY` are read.
  ///   - assignments: `key=value` of each `--set`.
  static func load(
    file: String?, environment: [String: String], assignments: [String]
  ) throws(ConfigurationError) -> Configuration {
    var configuration = Configuration()
    if let file {
      try configuration.apply(text: read(file), of: file)
    } else if FileManager.default.fileExists(atPath: standardPath) {
      try configuration.apply(text: read(standardPath), of: standardPath)
    }
    try configuration.apply(environment: environment)
    try configuration.apply(assignments: assignments)
    try configuration.readSecrets(credentials: environment["CREDENTIALS_DIRECTORY"])
    return configuration
  }

  /// Applies the lines of a file: `key = value`, `#` comments, empty lines.
  mutating func apply(text bytes: [UInt8], of path: String) throws(ConfigurationError) {
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    var seen: [String: Origin] = [:]
    for (index, raw) in bytes.withoutMark.split(separator: 10, omittingEmptySubsequences: false)
      .enumerated()
    {
      guard let decoded = String(validating: raw, as: UTF8.self), !raw.contains(0) else {
        throw .notText(path: path, line: index + 1)
      }
      let line = decoded.trimmed
      if line.isEmpty || line.hasPrefix("#") { continue }
      let origin = Origin.file(path: path, line: index + 1)
      let (name, value) = try Self.parts(of: line, place: "\(origin)")
      if let first = seen[name] { throw .duplicate(name: name, first: first, second: origin) }
      seen[name] = origin
      try set(name, Setting(value: value, origin: origin, folder: folder))
    }
  }

  /// Applies `GROUNDED_*`.
  mutating func apply(environment: [String: String]) throws(ConfigurationError) {
    for (variable, value) in environment.sorted(by: { $0.key < $1.key }) {
      let isForeign = Self.foreignVariables.contains { variable.hasPrefix($0) }
      guard variable.hasPrefix("GROUNDED_"), !isForeign else { continue }
      let known = ConfigurationKey.settable.first { Self.variable(for: $0) == variable }
      let plain = variable.dropFirst(9).lowercased().replacing("_", with: ".")
      try set(
        known ?? plain, Setting(value: value.trimmed, origin: .environment(variable: variable)))
    }
  }

  /// What the tests read, the key of RadFact's judge, and what Kubernetes sets in every pod beside a
  /// service named `grounded`.
  private static let foreignVariables = [
    "GROUNDED_TEST_", "GROUNDED_JUDGE_KEY", "GROUNDED_SERVICE_", "GROUNDED_PORT",
  ]

  /// Applies `key=value` of each `--set`.
  mutating func apply(assignments: [String]) throws(ConfigurationError) {
    for assignment in assignments {
      let (name, value) = try Self.parts(of: assignment.trimmed, place: "--set")
      try set(name, Setting(value: value, origin: .option))
    }
  }

  /// Gives each secret its value from `NAME_file`, or from a credential of that name.
  mutating func readSecrets(credentials: String?) throws(ConfigurationError) {
    for name in secretNames {
      let fileKey = name + ConfigurationKey.fileSuffix
      if settings[fileKey] != nil, let path = path(fileKey) {
        let origin = self[fileKey].origin
        guard settings[name] == nil else { throw .secretTwice(name: name, origin: origin) }
        settings[name] = Setting(value: try Self.readSecret(path), origin: origin)
      } else if settings[name] == nil, let credentials {
        let path = credentials + "/" + name
        guard FileManager.default.fileExists(atPath: path) else { continue }
        settings[name] = Setting(
          value: try Self.readSecret(path), origin: .credential(path: path))
      }
    }
  }

  /// Declared secrets, and those of librdkafka's that were given by file.
  private var secretNames: [String] {
    let given = settings.keys.compactMap { ConfigurationKey.secretOfFile($0) }
    return Set(ConfigurationKey.secrets).union(given).sorted()
  }

  private mutating func set(_ name: String, _ setting: Setting) throws(ConfigurationError) {
    if let key = ConfigurationKey.named(name) {
      let isAccepted =
        setting.value.isEmpty ? key.standard.isEmpty : key.kind.accepts(setting.value)
      guard isAccepted else {
        let shown = ConfigurationKey.isSecret(name) ? nil : setting.value
        throw .invalid(
          name: name, value: shown, origin: setting.origin, allowed: key.kind.allowed)
      }
    } else if !name.hasPrefix(Self.kafkaPrefix) || name == Self.kafkaPrefix {
      throw .unknownKey(
        name: name, origin: setting.origin,
        nearest: nearest(to: name, of: ConfigurationKey.settable))
    }
    settings[name] = setting
  }

  private static func parts(
    of line: String, place: String
  ) throws(ConfigurationError) -> (name: String, value: String) {
    guard let equals = line.firstIndex(of: "=") else { throw .notASetting(place: place) }
    let name = String(line[..<equals]).trimmed
    let isName = !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    guard isName else { throw .notASetting(place: place) }
    return (name, String(line[line.index(after: equals)...]).trimmed)
  }

  /// The first line of a secret's file; editors end it with a line feed.
  static func readSecret(_ path: String) throws(ConfigurationError) -> String {
    let bytes = try read(path)
    let line = bytes.withoutMark.prefix { $0 != 10 && $0 != 13 }
    guard let secret = String(validating: line, as: UTF8.self) else {
      throw .notText(path: path, line: 1)
    }
    guard !secret.isEmpty else { throw .unreadable(path: path, reason: "its first line is empty") }
    return secret
  }

  private static func read(_ path: String) throws(ConfigurationError) -> [UInt8] {
    do {
      let data = try Data(contentsOf: URL(filePath: path))
      guard data.count <= fileBytesMax else {
        throw ConfigurationError.unreadable(
          path: path, reason: "\(data.count) bytes; at most \(fileBytesMax) are read")
      }
      return [UInt8](data)
    } catch let error as ConfigurationError {
      throw error
    } catch {
      var isFolder = false
      let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      let reason = isFolder ? "it is a folder" : exists ? "no permission" : "no such file"
      throw .unreadable(path: path, reason: reason)
    }
  }
}

extension [UInt8] {
  /// Without the mark that some editors put before UTF-8.
  fileprivate var withoutMark: ArraySlice<UInt8> {
    starts(with: [0xEF, 0xBB, 0xBF]) ? dropFirst(3) : self[...]
  }
}

extension String {
  /// Without white space at both ends; that of a CRLF line end too.
  fileprivate var trimmed: String {
    let isSpace = { (byte: UInt8) in byte == 32 || (9...13).contains(byte) }
    let bytes = utf8.drop(while: isSpace)
    let end = bytes.lastIndex { !isSpace($0) }
    return end.map { String(bytes[...$0]) ?? "" } ?? ""
  }
}
