/// The registry of keys. Its order is that of `grounded config` and of the example file.
extension ConfigurationKey {
  /// A heading and its keys.
  struct Area: Sendable {
    let title: String
    let keys: [ConfigurationKey]
  }

  static let areas: [Area] = [
    Area(title: "Kafka", keys: kafkaKeys),
    Area(title: "Topics", keys: topicKeys),
    Area(title: "PostgreSQL", keys: ledgerKeys),
    Area(title: "The grounder", keys: grounderKeys),
    Area(title: "A shadow: another grounder on a part of the traffic", keys: shadowKeys),
    Area(title: "Batches and queues", keys: queueKeys),
    Area(title: "Images", keys: imageKeys),
    Area(title: "Limits", keys: limitKeys),
    Area(title: "The service", keys: serviceKeys),
  ]

  static let all: [ConfigurationKey] = areas.flatMap { $0.keys }

  /// The key of that name; for librdkafka's own names see `Configuration.kafka`.
  static func named(_ name: String) -> ConfigurationKey? { byName[name] }

  private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

  /// Every name that the file knows.
  static let settable: [String] = all.map { $0.name }

  static let fileSuffix = "_file"

  /// Declared keys that hold a secret.
  static let secrets: [String] = all.filter { $0.kind == .secret }.map { $0.name }

  /// librdkafka's properties that hold a secret or may contain one.
  private static let kafkaSecrets: Set<String> = [
    "kafka.sasl.password", "kafka.ssl.key.password", "kafka.ssl.key.pem",
    "kafka.ssl.keystore.password", "kafka.sasl.oauthbearer.client.secret",
    "kafka.sasl.oauthbearer.config", "kafka.sasl.jaas.config", "kafka.ssl.certificate.pem",
  ]

  /// True when a value must not be shown. Unknown librdkafka names that speak of a password, secret or
  /// token count as secret.
  static func isSecret(_ name: String) -> Bool {
    if secretOfFile(name) != nil { return false }
    if named(name)?.kind == .secret || kafkaSecrets.contains(name) { return true }
    return name.hasPrefix(Configuration.kafkaPrefix)
      && ["pas", "secret", "token", "jaas"].contains { name.contains($0) }
  }

  /// The secret whose value the file behind this key holds: `kafka.sasl.password` for
  /// `kafka.sasl.password_file`; nil for every other key.
  static func secretOfFile(_ name: String) -> String? {
    guard name.hasSuffix(fileSuffix) else { return nil }
    let secret = String(name.dropLast(fileSuffix.count))
    let isKafka = secret.hasPrefix(Configuration.kafkaPrefix)
    return isKafka || secrets.contains(secret) ? secret : nil
  }
}
