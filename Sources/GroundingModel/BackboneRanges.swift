internal import JSON
public import Tensors

/// How large the activations of the image backbone are: what 8-bit integers need to know.
public struct BackboneRanges: Hashable, Sendable {
  /// The largest size of an activation by the name of its layer: `stem` after its pooling, and
  /// `layer1.0.conv1`, where `conv3` is meant with its shortcut and its rectifier.
  public private(set) var largest: [String: Float] = [:]
  /// How many images were looked at.
  public private(set) var images = 0
  /// What int8 changes with these ranges; nil where nobody has looked.
  public var fidelity: Fidelity?

  /// For how many sentences int8 finds other regions than f32 does.
  public struct Fidelity: Hashable, Sendable {
    /// Sentences in all, and those with another set of regions.
    public let sentences, changed: Int

    public init(sentences: Int, changed: Int) {
      (self.sentences, self.changed) = (sentences, changed)
    }

    /// At most one sentence in 200 changes, of 2,000 or more.
    public var isProven: Bool { sentences >= 2_000 && changed >= 0 && changed <= sentences / 200 }
  }

  /// The name in a checkpoint's metadata.
  static let metadataName = "calibration"

  /// Of no image yet.
  public init() {}

  /// Looks at how the network sees an image, in floats.
  ///
  /// - Parameters:
  ///   - pixels: [3, side, side], normalised (SPEC §1.1).
  ///   - network: in f32 or bf16.
  /// - Throws: `.badRequest` for an image of another size, or one that overflows.
  public mutating func observe(_ pixels: [Float], in network: MedGrounder) throws(ModelError) {
    try network.configuration.check(GroundingRequest(pixels: pixels, sentences: []))
    var seen: [String: Float] = [:]
    let isSound = try translating {
      let backend = network.network.backend
      return try network.network.backbone(pixels) { name, map in
        guard name == "stem" || name.contains(".") else { return }  // a stage: its last layer's
        let values = try backend.values(of: map)
        seen[name] = values.reduce(0) { max($0, abs($1)) }
      }.isSound
    }
    guard isSound, seen.values.allSatisfy(\.isFinite) else {
      throw .badRequest(reason: "the network overflows on an image to calibrate on")
    }
    largest.merge(seen) { max($0, $1) }
    fidelity = nil
    images += 1
  }

  /// True where a checkpoint has a calibration, of whatever worth.
  public static func areKnown(of weights: any NamedTensorSource) -> Bool {
    weights.metadata[metadataName] != nil
  }

  /// What a checkpoint's metadata says.
  ///
  /// - Throws: `.badCalibration` where it says nothing, or nothing that can be used.
  public init(of weights: any NamedTensorSource) throws(CheckpointError) {
    guard let text = weights.metadata[Self.metadataName] else {
      throw .badCalibration(reason: "there is none")
    }
    guard let json = try? JSON(parsing: Array(text.utf8)), let members = json["ranges"]?.members,
      let images = json["images"]?.integer
    else { throw .badCalibration(reason: "it is not {\"images\", \"ranges\"}") }
    self.images = Int(images)
    for member in members {
      guard let value = member.value.number, value >= 0, Float(value).isFinite else {
        throw .badCalibration(reason: "the range of “\(member.name)” is no size")
      }
      largest[member.name] = Float(value)
    }
    guard let int8 = json["int8"] else { return }
    guard let sentences = int8["sentences"]?.integer, let changed = int8["changed"]?.integer else {
      throw .badCalibration(reason: "“int8” is not {\"sentences\", \"changed\"}")
    }
    fidelity = Fidelity(sentences: Int(sentences), changed: Int(changed))
  }

  /// Writes a checkpoint of the same weights, as 32-bit floats, that has these ranges.
  public func write(with checkpoint: Checkpoint, to path: String) throws(ModelError) {
    try translating {
      let asked = try GroundingNetwork.survey(checkpoint, checkpoint.configuration).weights
      let tensors = try asked.map { name, shape in
        StoredTensor(name, shape, .parameter(try checkpoint.parameter(name)))
      }
      let kept = checkpoint.metadata.filter { $0.key != Self.metadataName }
        .sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
      try Checkpoint.write(tensors, metadata: kept + [(Self.metadataName, json)], to: path)
    }
  }

  /// As a checkpoint's metadata has it.
  var json: String {
    let ranges = largest.sorted { $0.key < $1.key }.map { JSON.Member($0.key, .number($0.value)) }
    var members = [
      JSON.Member("images", .integer(Int64(images))), JSON.Member("ranges", .object(ranges)),
    ]
    if let fidelity {
      let counts: JSON = [
        "sentences": .integer(Int64(fidelity.sentences)),
        "changed": .integer(Int64(fidelity.changed)),
      ]
      members.append(JSON.Member("int8", counts))
    }
    return JSON.object(members).text
  }

  /// What `auto` comes to on this processor: int8 where it has it and the checkpoint has proved that it
  /// changes next to nothing, otherwise f32.
  public static func automaticPrecision(for weights: any NamedTensorSource) -> Precision {
    let isProven = (try? BackboneRanges(of: weights))?.fidelity?.isProven == true
    return isProven && CPU.supports(.int8) ? .int8 : .f32
  }

  func of(_ layer: String) throws(CheckpointError) -> Float {
    guard let range = largest[layer] else {
      throw .badCalibration(reason: "it has no range of “\(layer)”")
    }
    return range
  }
}
