/// The effective settings, each with where it came from: defaults, then `grounded.conf`, then
/// `GROUNDED_*` variables, then `--set`; the last one wins.
struct Configuration: Sendable {
  /// Where a value came from.
  enum Origin: Hashable, Sendable, CustomStringConvertible {
    case standard
    case file(path: String, line: Int)
    case environment(variable: String)
    case option
    case credential(path: String)

    var description: String {
      switch self {
      case .standard: "default"
      case .file(let path, let line): "\(path):\(line)"
      case .environment(let variable): variable
      case .option: "--set"
      case .credential(let path): path
      }
    }
  }

  /// A value as it was written, checked against its key's kind.
  struct Setting: Hashable, Sendable {
    var value: String
    var origin: Origin
    /// What a relative path is relative to; nil stands for the current folder.
    var folder: String?
  }

  /// Settings by key; only what differs from the default or passes to librdkafka.
  var settings: [String: Setting] = [:]

  /// The setting of a declared key; its default when nothing else was said.
  subscript(name: String) -> Setting {
    settings[name] ?? Setting(value: key(name).standard, origin: .standard)
  }

  /// True when the key has a value that is not empty.
  func isSet(_ name: String) -> Bool { !self[name].value.isEmpty }

  func text(_ name: String) -> String { self[name].value }

  /// The text, or an error that says how to set it.
  func required(_ name: String) throws(ConfigurationError) -> String {
    guard isSet(name) else { throw .missing(name: name) }
    return self[name].value
  }

  func integer(_ name: String) -> Int { checked(Int(self[name].value), name) }

  func number(_ name: String) -> Double { checked(Double(self[name].value), name) }

  func duration(_ name: String) -> Duration { checked(DurationText.parse(self[name].value), name) }

  /// Bytes.
  func size(_ name: String) -> Int { checked(SizeText.parse(self[name].value), name) }

  func boolean(_ name: String) -> Bool { self[name].value == "true" }

  func list(_ name: String) -> [String] { words(of: self[name].value) }

  /// A path; one written in a file is relative to the file's folder. Nil when not set.
  func path(_ name: String) -> String? {
    let setting = self[name]
    guard !setting.value.isEmpty else { return nil }
    guard !setting.value.hasPrefix("/"), let folder = setting.folder else { return setting.value }
    return folder + "/" + setting.value
  }

  /// A secret; nil when not set. Its files are read by `load`.
  func secret(_ name: String) -> String? { isSet(name) ? self[name].value : nil }

  /// What librdkafka gets, by name without `kafka.`, in the order of the names.
  ///
  /// `grounded`'s defaults are among them; `_file` keys are resolved and left out.
  var kafka: [(String, String)] {
    let declared = ConfigurationKey.all.map { $0.name }.filter { $0.hasPrefix(Self.kafkaPrefix) }
    let names = Set(declared).union(settings.keys.filter { $0.hasPrefix(Self.kafkaPrefix) })
    return names.sorted().compactMap { name in
      let isResolved = ConfigurationKey.secretOfFile(name) != nil
      let value = self[name].value
      return isResolved || value.isEmpty ? nil : (String(name.dropFirst(6)), value)
    }
  }

  static let kafkaPrefix = "kafka."

  /// The environment variable that sets a key: `GROUNDED_` and the name in capitals, `.` as `_`.
  static func variable(for name: String) -> String {
    "GROUNDED_" + name.uppercased().replacing(".", with: "_")
  }

  private func key(_ name: String) -> ConfigurationKey {
    guard let key = ConfigurationKey.named(name) else {
      preconditionFailure("no key is called \(name)")
    }
    return key
  }

  /// Values were checked when they were set, and defaults by a test.
  private func checked<Value>(_ value: Value?, _ name: String) -> Value {
    guard let value else { preconditionFailure("\(name) has another kind of value") }
    return value
  }
}
