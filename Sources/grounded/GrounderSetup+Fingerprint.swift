internal import FoundationEssentials
internal import GroundingModel
internal import Reports

extension GrounderSetup {
  /// What makes a grounder what it is: two that differ in it are not the same.
  struct Fingerprint: Hashable, Sendable {
    let settings: [String: String]
    /// SHA-256 of the files behind them.
    let weights, tokenizer: String?
  }

  /// True when a change of the key is a change of a grounder, which needs no restart.
  static func concerns(_ key: String) -> Bool {
    ["grounder.", "shadow.", "images.", "model."].contains { key.hasPrefix($0) }
      || key == "ledger.score_floor"
  }

  /// Reads the files as they are now.
  ///
  /// - Parameter known: the weights' hash, where somebody has just computed it.
  func fingerprint(weightsSHA256 known: String? = nil) throws -> Fingerprint {
    let names = ConfigurationKey.settable.filter { name in
      Self.concerns(name) && (role == .shadow || !name.hasPrefix("shadow."))
    }
    let weights = configuration.path(weightsKey)
    let tokenizer = configuration.path(tokenizerKey)
    return Fingerprint(
      settings: Dictionary(
        uniqueKeysWithValues: names.map { name in
          (name, configuration.path(name) ?? configuration.text(name))
        }),
      weights: try weights.map { try known ?? Checkpoint(path: $0).sha256() },
      tokenizer: try tokenizer.map { path in
        SHA256.hex(of: [UInt8](try Data(contentsOf: URL(filePath: path))))
      })
  }
}
