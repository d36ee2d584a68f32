internal import JSON
internal import Tensors

/// How large the activations of the image backbone are: what 8-bit integers need to know.
public struct BackboneRanges: Hashable, Sendable {
  /// The largest size of an activation by the name of its layer: `stem` after its pooling, and
  /// `layer1.0.conv1`, where `conv3` is meant with its shortcut and its rectifier.
  public private(set) var largest: [String: Float] = [:]
  /// How many images were looked at.
  public private(set) var images = 0

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
    return JSON.object([
      .init("images", .integer(Int64(images))), .init("ranges", .object(ranges)),
    ]).text
  }

  func of(_ layer: String) throws(CheckpointError) -> Float {
    guard let range = largest[layer] else {
      throw .badCalibration(reason: "it has no range of “\(layer)”")
    }
    return range
  }
}
