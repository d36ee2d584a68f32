import Foundation
import JSON
import Reports
import TestKit
import Testing

/// A place in a JSON value: member names, and numbers for elements.
private typealias Steps = [String]

extension JSON {
  /// Every place below this value, with what stands there.
  fileprivate func places(_ path: Steps = []) -> [(path: Steps, value: JSON)] {
    switch self {
    case .object(let members):
      members.flatMap {
        [(path + [$0.name], $0.value)] + $0.value.places(path + [$0.name])
      }
    case .array(let elements):
      elements.enumerated().flatMap {
        [(path + ["\($0)"], $1)] + $1.places(path + ["\($0)"])
      }
    default: []
    }
  }

  /// This value with another in a place; without that member when it is nil.
  fileprivate func replacing(_ path: ArraySlice<String>, with new: JSON?) -> JSON {
    guard let step = path.first else { return new ?? self }
    switch self {
    case .object(let members):
      return .object(
        members.compactMap { member in
          guard member.name == step else { return member }
          if path.count == 1 { return new.map { Member(step, $0) } }
          return Member(step, member.value.replacing(path.dropFirst(), with: new))
        })
    case .array(let elements):
      return .array(
        elements.enumerated().compactMap { index, element in
          guard "\(index)" == step else { return element }
          if path.count == 1 { return new }
          return element.replacing(path.dropFirst(), with: new)
        })
    default: return self
    }
  }

  /// The schema of a place below the place that this schema is for; nil when it says nothing.
  fileprivate func schema(of path: ArraySlice<String>, in root: JSON) -> JSON? {
    if let reference = self["$ref"]?.string, reference.hasPrefix("#/$defs/") {
      return root["$defs"]?[String(reference.dropFirst(8))]?.schema(of: path, in: root)
    }
    guard let step = path.first else { return self }
    let next = Int(step) == nil ? self["properties"]?[step] : self["items"]
    return next?.schema(of: path.dropFirst(), in: root)
  }

  /// The kinds that a schema allows.
  fileprivate var allowedKinds: Set<String> {
    if let one = self["type"]?.string { return [one] }
    if self["enum"] != nil { return ["string"] }
    return Set((self["type"]?.array ?? []).compactMap(\.string))
  }
}

@Suite struct `A schema` {
  private static let kinds: [(String, JSON)] = [
    ("null", .null), ("boolean", true), ("integer", 7), ("number", 7.5), ("string", "x"),
    ("array", []), ("object", .object([])),
  ]

  private static func schema(_ name: String) throws -> JSON {
    try Place.json(Place.repository.appending(path: "Topics/\(name).schema.json"))
  }

  /// An inbound message with every member of the schema in use.
  private static func fullReport() throws -> JSON {
    let sections = try Place.json(Example.folder.appending(path: "generated/valid/bare.json"))
    let boxes = try Place.json(
      Example.folder.appending(path: "generated/valid/sentences_with_boxes.json"))
    var members = sections.members ?? []
    members.append(JSON.Member("sentences", try #require(boxes["sentences"])))
    return .object(members)
  }

  private func code(generated value: JSON) -> RejectionCode? {
    Samples.code(Samples.message(value.bytes))
  }

  private func code(grounded value: JSON) -> RejectionCode? {
    do {
      _ = try GroundedReport.decode(Samples.message(value.bytes), limits: ReportLimits())
      return nil
    } catch {
      return error.code
    }
  }

  /// Drops each required member, and puts each kind in each place, and compares with the schema.
  private func check(
    _ value: JSON, against schema: JSON, sourceLocation: SourceLocation = #_sourceLocation,
    code: (JSON) -> RejectionCode?
  ) {
    #expect(code(value) == nil, sourceLocation: sourceLocation)
    for (path, _) in value.places() {
      let place = path.joined(separator: ".")
      let parent = schema.schema(of: path.dropLast(), in: schema)
      let isRequired = (parent?["required"]?.array ?? []).contains(.string(path.last ?? ""))
      if isRequired {
        let found = code(value.replacing(path[...], with: .none))
        #expect(
          found == .missingField || found == .noImage, "without \(place)",
          sourceLocation: sourceLocation)
      }
      guard let own = schema.schema(of: path[...], in: schema) else { continue }
      var allowed = own.allowedKinds
      if allowed.contains("number") { allowed.insert("integer") }
      for (kind, other) in Self.kinds where !allowed.contains(kind) {
        // Whoever reads takes null for absent, also where the schema has nobody write it.
        if kind == "null", !isRequired, Int(path.last ?? "") == nil { continue }
        let found = code(value.replacing(path[...], with: other))
        #expect(
          found == .wrongType || (kind == "null" && found != nil), "\(kind) at \(place)",
          sourceLocation: sourceLocation)
      }
      if own.allowedKinds.contains("null") {
        #expect(
          code(value.replacing(path[...], with: JSON.null)) == nil, "null at \(place)",
          sourceLocation: sourceLocation)
      }
    }
  }

  @Test func `of the inbound topic agrees with the decoder`() throws {
    check(try Self.fullReport(), against: try Self.schema("reports.generated")) {
      code(generated: $0)
    }
  }

  @Test func `of the outbound topic agrees with the decoder`() throws {
    let value = try JSON(parsing: #require(try Samples.grounded().encoded().value))
    check(value, against: try Self.schema("reports.grounded")) { code(grounded: $0) }
  }

  @Test func `of the outbound topic names every member that is written`() throws {
    let schema = try Self.schema("reports.grounded")
    let value = try JSON(parsing: #require(try Samples.grounded().encoded().value))
    for (path, _) in value.places() {
      #expect(schema.schema(of: path[...], in: schema) != nil, "\(path)")
    }
  }

  @Test func `of the dead-letter topic names every code, stage and header`() throws {
    let schema = try Self.schema("reports.rejected")
    let properties = try #require(schema["properties"])
    let codes = properties["grounded_code"]?["enum"]?.array?.compactMap(\.string)
    #expect(codes == RejectionCode.allCases.map(\.rawValue))
    let stages = properties["grounded_stage"]?["enum"]?.array?.compactMap(\.string)
    #expect(stages == Stage.allCases.map(\.rawValue))
    let report = RejectedReport(
      message: Samples.message("{}"), rejection: Rejection(.noText, at: .decide, "no text"),
      campaign: "live", rejectedAt: Date(timeIntervalSince1970: 0))
    let written = Set(report.encoded(valueBytesMax: 1).headers.map(\.name))
    #expect(written == Set((properties.members ?? []).map(\.name)))
    let required = (schema["required"]?.array ?? []).compactMap(\.string)
    #expect(Set(required).isSubset(of: written))
  }

  @Test func `takes for empty what the decoder takes for empty`() throws {
    let schema = try Self.schema("reports.generated")
    let pattern = try #require(
      schema["$defs"]?["requiredID"]?["allOf"]?.array?.first?["pattern"]?.string)
    #expect(!schema.text.contains(#""\\S""#))
    let notBlank = try NSRegularExpression(pattern: pattern)
    let blank = (UInt32(1)...0xFFFF).compactMap(Unicode.Scalar.init).filter { scalar in
      let text = String(Character(scalar))
      return notBlank.firstMatch(in: text, range: NSRange(location: 0, length: 1)) == nil
    }
    let white = (UInt32(1)...0x10FFFF).compactMap(Unicode.Scalar.init)
      .filter(\.properties.isWhitespace)
    #expect(white == blank)
  }

  @Test func `has the limits of the decoder`() throws {
    let schema = try Self.schema("reports.generated")
    let limits = ReportLimits()
    func limit(_ path: String, _ name: String) -> Int64? {
      schema.schema(of: path.split(separator: ".").map(String.init)[...], in: schema)?[name]?
        .integer
    }
    #expect(limit("images", "maxItems") == Int64(limits.imagesMax))
    #expect(limit("sections", "maxItems") == Int64(limits.sectionsMax))
    #expect(limit("sentences", "maxItems") == Int64(limits.sentencesMax))
    #expect(limit("sentences.0.boxes", "maxItems") == Int64(limits.boxesMax))
    #expect(limit("sentences.0.text", "maxLength") == Int64(limits.sentenceCharactersMax))
    #expect(limit("report_id", "maxLength") == Int64(limits.idCharactersMax))
    #expect(limit("images.0.uri", "maxLength") == Int64(limits.uriCharactersMax))
  }
}

@Suite struct `The settings of a topic` {
  @Test(arguments: ["reports.generated", "reports.grounded", "reports.rejected"])
  func `are lines of key and value that the contract repeats`(topic: String) throws {
    let folder = Place.repository.appending(path: "Topics")
    let text = try String(
      contentsOf: folder.appending(path: "\(topic).settings"), encoding: .utf8)
    var settings: [String: String] = [:]
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      let parts = line.components(separatedBy: " = ")
      try #require(parts.count == 2)
      #expect(settings.updateValue(parts[1], forKey: parts[0]) == nil)
    }
    let names = [
      "partitions", "replication", "cleanup.policy", "retention.ms", "max.message.bytes",
      "compression.type", "min.insync.replicas",
    ]
    #expect(Set(settings.keys) == Set(names))
    let bytes = try #require(settings["max.message.bytes"].flatMap(Int.init))
    #expect(bytes > ReportLimits().messageBytesMax)
    let contract = try String(contentsOf: folder.appending(path: "asyncapi.yaml"), encoding: .utf8)
    let channel = try #require(
      contract.components(separatedBy: "    address: ").first { $0.hasPrefix(topic + "\n") })
    #expect(channel.contains("partitions: \(settings["partitions"] ?? "")\n"))
    #expect(channel.contains("replicas: \(settings["replication"] ?? "")\n"))
    #expect(channel.contains("retention.ms: \(settings["retention.ms"] ?? "")\n"))
    #expect(channel.contains("max.message.bytes: \(bytes)\n"))
    #expect(contract.contains("\(topic).schema.json"))
  }
}

@Suite struct `The headers of the inbound topic` {
  @Test func `are required in binary mode only`() throws {
    let contract = try String(
      contentsOf: Place.repository.appending(path: "Topics/asyncapi.yaml"), encoding: .utf8)
    let headers = try #require(contract.components(separatedBy: "    generatedHeaders:\n").last)
      .components(separatedBy: "    groundedHeaders:\n")[0]
    let required = headers.split(separator: "\n").filter { $0.contains("required:") }
    #expect(required.allSatisfy { $0.hasPrefix("          ") }, "only within the ways of anyOf")
    #expect(required.contains { $0.contains("[ce_specversion, ce_id, ce_source, ce_type]") })
    let withoutAttributes = Example.all("generated/valid").filter { example in
      !example.headers.contains { $0.0.hasPrefix("ce_") }
    }
    #expect(withoutAttributes.contains { $0.headers.isEmpty })
    #expect(withoutAttributes.contains { !$0.headers.isEmpty })
  }
}
