internal import FoundationEssentials
internal import GroundingService
internal import KafkaClient

extension Configuration {
  /// Tries what can be tried without a server: what librdkafka thinks of its properties, whether files
  /// and folders are there, whether the topics are three.
  func check() throws(ConfigurationError) {
    try checkTopics()
    try checkKafka()
    try checkShadow()
    for name in [
      "grounder.weights", "grounder.tokenizer", "shadow.weights", "shadow.tokenizer",
      "images.ca_file",
    ] {
      try checkExists(name, isFolder: false)
    }
    for name in ["images.credentials_folder", "migrations.folder", "topics.folder"] {
      try checkExists(name, isFolder: true)
    }
  }

  /// What goes out on the topic that is read would come in again, for ever.
  private func checkTopics() throws(ConfigurationError) {
    var seen: [String: String] = [:]
    for name in ["topics.generated", "topics.grounded", "topics.rejected"] {
      if let first = seen.updateValue(name, forKey: text(name)) {
        throw .unusable(
          name: name, origin: self[name].origin,
          reason: "it is the topic of \(first) too. Give each a topic of its own.")
      }
    }
  }

  /// One campaign holds one grounding of a message.
  private func checkShadow() throws(ConfigurationError) {
    guard number("shadow.fraction") > 0, text("shadow.campaign") == text("campaign") else { return }
    throw .unusable(
      name: "shadow.campaign", origin: self["shadow.campaign"].origin,
      reason: "it is the live campaign. Give the shadow one of its own.")
  }

  private func checkKafka() throws(ConfigurationError) {
    do throws(KafkaError) {
      try KafkaSettings(kafka).check()
    } catch {
      guard case .refusedSetting(let property, _, let reason) = error else { return }
      let name = Self.kafkaPrefix + property
      throw .unusable(name: name, origin: self[name].origin, reason: "\(reason).")
    }
  }

  private func checkExists(_ name: String, isFolder: Bool) throws(ConfigurationError) {
    guard let path = path(name) else { return }
    var isDirectory = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
    guard !exists || isDirectory != isFolder else { return }
    let problem =
      exists ? (isFolder ? "is a file, not a folder" : "is a folder, not a file") : "is not there"
    throw .unusable(
      name: name, origin: self[name].origin,
      reason: "\(path) \(problem). Correct the path, or who may read it.")
  }
}
