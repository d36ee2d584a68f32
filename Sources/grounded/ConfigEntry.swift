internal import JSON

extension Config {
  /// One key as it is shown.
  struct Entry: Hashable {
    let name: String
    let value: String
    let origin: String
    let standard: String
    let meaning: String

    var json: JSON {
      [
        "key": .string(name), "value": .string(value), "origin": .string(origin),
        "default": .string(standard), "meaning": .string(meaning),
      ]
    }
  }

  /// Every declared key in its order, then those that only librdkafka knows.
  static func entries(of configuration: Configuration) -> [Entry] {
    let declared = ConfigurationKey.all.map { key in
      entry(key.name, configuration[key.name], standard: key.standard, meaning: key.meaning)
    }
    let others = configuration.settings.filter { ConfigurationKey.named($0.key) == nil }
    return declared
      + others.sorted { $0.key < $1.key }.map { name, setting in
        entry(name, setting, standard: "", meaning: "Passes to librdkafka.")
      }
  }

  private static func entry(
    _ name: String, _ setting: Configuration.Setting, standard: String, meaning: String
  ) -> Entry {
    Entry(
      name: name, value: shown(name, setting.value), origin: "\(setting.origin)",
      standard: standard, meaning: meaning)
  }

  /// The value as it may be shown.
  private static func shown(_ name: String, _ value: String) -> String {
    if value.isEmpty { return "" }
    if ConfigurationKey.isSecret(name) { return mask }
    return name == "postgres.uri" ? masked(connection: value) : value
  }

  static let mask = "********"

  /// A connection string without its passwords: in `user:password@`, in `password=…` and in
  /// `sslpassword=…`. What cannot be told apart safely is masked as well.
  static func masked(connection: String) -> String {
    guard let scheme = connection.firstRange(of: "://") else { return maskedWords(connection) }
    var rest = connection[scheme.upperBound...]
    let question = rest.firstIndex(of: "?") ?? rest.endIndex
    let query = rest[question...]
    rest = rest[..<question]
    var authority = String(rest)
    if let at = rest.lastIndex(of: "@"), let colon = rest[..<at].firstIndex(of: ":") {
      authority = rest[..<colon] + ":" + mask + rest[at...]
    }
    let fields = query.dropFirst().split(separator: "&", omittingEmptySubsequences: false)
      .map { field in
        let name = field.prefix { $0 != "=" }
        let isOpen = openFields.contains(name.lowercased())
        return isOpen ? String(field) : "\(name)=\(mask)"
      }
    let shownQuery = query.isEmpty ? "" : "?" + fields.joined(separator: "&")
    return connection[..<scheme.upperBound] + authority + shownQuery
  }

  /// What may be shown of a query; everything else might be a password in another spelling.
  private static let openFields: Set<String> = [
    "host", "hostaddr", "port", "dbname", "user", "sslmode", "application_name", "options",
    "connect_timeout", "target_session_attrs", "sslrootcert", "sslcert", "service", "passfile",
    "client_encoding", "fallback_application_name", "keepalives", "gssencmode", "channel_binding",
  ]

  /// `host=… password='…'`: the first word that is not known to be open, and all behind it.
  private static func maskedWords(_ text: String) -> String {
    var shown: [String] = []
    for word in text.split(separator: " ") {
      let name = String(word.prefix { $0 != "=" })
      guard openFields.contains(name.lowercased()), !word.contains("'") else {
        shown.append(word.contains("=") ? "\(name)=\(mask)" : mask)
        // A quoted value may hold spaces, so nothing behind it is told apart any more.
        if word.contains("'") { return shown.joined(separator: " ") }
        continue
      }
      shown.append(String(word))
    }
    return shown.joined(separator: " ")
  }

  /// The page that people read, itself a configuration: meaning and origin as comments, then the
  /// setting. What is not set, and what is masked, is a comment too.
  static func page(_ entries: [Entry]) -> String {
    entries.map { entry in
      let isSetting = !entry.value.isEmpty && !entry.value.contains(mask)
      return Help.wrapped(entry.meaning, indent: 0, prefix: "# ")
        + Help.wrapped("From: \(entry.origin)", indent: 0, prefix: "# ")
        + (isSetting ? "" : "#") + "\(entry.name) = \(entry.value)\n"
    }.joined(separator: "\n")
  }
}
