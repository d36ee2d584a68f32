internal import JSON
internal import Tensors

/// What a checkpoint is, without running it.
public struct ModelInspection: Sendable {
  public let path: String
  /// Nil where the metadata says none.
  public let configuration: ModelConfiguration?
  /// Numbers in all tensors.
  public let parameters: Int
  /// Size of the file.
  public let bytes: Int
  public let tensors: Int
  /// Tensors by how their numbers are stored, e.g. `("F32", 755)`.
  public let types: [(name: String, tensors: Int)]
  public let sha256: String
  /// Text by name, without the configuration, sorted.
  public let metadata: [(name: String, text: String)]
  /// How the tensors differ from the configured network; nil without a configuration.
  public let misfit: CheckpointError.Misfit?

  /// Tensors with numbers that are infinite or none.
  public let notFinite: [String]

  /// Reads the whole file twice, for its digest and for its numbers.
  public init(_ checkpoint: Checkpoint) throws(ModelError) {
    path = checkpoint.path
    bytes = checkpoint.bytes
    tensors = checkpoint.names.count
    let facts = checkpoint.names.compactMap { checkpoint.facts(of: $0) }
    parameters = facts.reduce(0) { $0 + $1.count }
    types = StoredType.allCases.compactMap { type in
      let count = facts.count { $0.type == type }
      return count > 0 ? (type.rawValue, count) : nil
    }
    metadata = checkpoint.metadata.filter { $0.key != "config" }.sorted { $0.key < $1.key }
      .map { ($0.key, $0.value) }
    notFinite = try translating {
      try checkpoint.names.filter { name in
        let parameter = try checkpoint.parameter(name)
        defer { parameter.releasePages() }
        return !parameter.isFinite
      }
    }
    (sha256, configuration, misfit) = try translating {
      let digest = try checkpoint.sha256()
      guard checkpoint.metadata["config"] != nil else { return (digest, nil, nil) }
      let configuration = try checkpoint.configuration
      let misfit = try GroundingNetwork.survey(checkpoint, configuration).misfit
      return (digest, configuration, misfit)
    }
  }

  /// What kind of network this is, in a line.
  public var architecture: String { configuration?.architecture ?? "unknown" }

  /// True when the checkpoint says that it has learnt nothing.
  public var isUntrained: Bool { metadata.contains { $0.name == "untrained" } }

  /// Why the network cannot be made of this file, and what to do; nil when it can.
  public var problem: CheckpointError? {
    guard let misfit else { return .noConfiguration }
    guard misfit.isEmpty else { return .doesNotFit(misfit) }
    return notFinite.first.map { .unsuitable(name: $0, reason: CheckpointError.notFinite) }
  }

  /// One object, in one line.
  public var json: String {
    var members: [JSON.Member] = [
      .init("path", .string(path)), .init("architecture", .string(architecture)),
      .init("parameters", .integer(Int64(parameters))), .init("bytes", .integer(Int64(bytes))),
      .init("tensors", .integer(Int64(tensors))),
      .init("dtypes", .object(types.map { .init($0.name, .integer(Int64($0.tensors))) })),
      .init("sha256", .string(sha256)), .init("untrained", .boolean(isUntrained)),
      .init("metadata", .object(metadata.map { .init($0.name, .string($0.text)) })),
    ]
    if let configuration, let config = try? JSON(parsing: configuration.json) {
      members.append(.init("config", config))  // our own JSON, which parses
    }
    if let misfit {
      func names(_ names: [String]) -> JSON { .array(names.map { .string($0) }) }
      members += [
        .init("fits", .boolean(misfit.isEmpty)), .init("missing", names(misfit.missing)),
        .init("unexpected", names(misfit.unexpected)),
        .init("misshapen", names(misfit.misshapen.map { $0.name })),
      ]
    }
    members.append(.init("not_finite", .array(notFinite.map { .string($0) })))
    return JSON.object(members).text
  }

  /// Lines for a terminal.
  public var text: String {
    var lines = [
      "checkpoint    \(path)", "architecture  \(architecture)",
      "parameters    \(parameters) in \(tensors) tensors", "bytes         \(bytes)",
      "numbers       " + types.map { "\($0.name) ×\($0.tensors)" }.joined(separator: ", "),
      "sha256        \(sha256)",
    ]
    lines += metadata.map { "metadata      \($0.name) = \($0.text)" }
    if let misfit {
      lines.append(
        misfit.isEmpty
          ? "fits          yes" : "fits          no; \(misfit)")
    }
    if !notFinite.isEmpty {
      lines.append("not finite    " + notFinite.joined(separator: ", "))
    }
    return lines.map { $0.inOneLine }.joined(separator: "\n")
  }
}
