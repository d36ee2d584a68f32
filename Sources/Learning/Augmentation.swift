internal import Glibc
internal import JSON
internal import Seeds

/// How an image is changed each time that it is shown: a crop as SPEC §6.2 has it, noise, and what radiographs
/// of several hospitals differ in.
public struct Augmentation: Hashable, Sendable {
  /// Factors of the image's size; 1…1 leaves it.
  public var scale: ClosedRange<Float> = 1...1
  /// Shifts in both directions, as a share of the square.
  public var shift: Float = 0
  /// Turns in degrees to either side.
  public var rotation: Float = 0
  /// The share of the square's side that a crop at a random place keeps, every second time; what it
  /// leaves is put in the middle, with black around. 1 crops nothing; 635 of 640 pixels are 0.9921875.
  public var crop: Float = 1
  /// v ← clip((v − ½) · contrast + ½ + brightness)^gamma, v from 0 to 1.
  public var contrast: ClosedRange<Float> = 1...1
  public var brightness: Float = 0
  public var gamma: ClosedRange<Float> = 1...1
  /// The largest deviation of Gaussian noise, v from 0 to 1.
  public var noise: Float = 0
  /// The share of a box that has to be visible; others are discarded, their phrase is not.
  public var visibility: Float = 0.9

  public init() {}

  init(_ field: Field) throws(TrainingError) {
    self.init()
    guard let members = field.value.members else {
      throw .badPlan(field: field.name, reason: "is no object")
    }
    for member in members {
      let field = Field(name: "\(field.name).\(member.name)", value: member.value)
      switch member.name {
      case "scale": scale = try field.pair(0.1...10)
      case "shift": shift = try field.number(0...0.5)
      case "rotation": rotation = try field.number(0...180)
      case "crop": crop = try field.number(0.1...1)
      case "contrast": contrast = try field.pair(0...10)
      case "brightness": brightness = try field.number(0...1)
      case "gamma": gamma = try field.pair(0.1...10)
      case "noise": noise = try field.number(0...1)
      case "visibility": visibility = try field.number(0...1)
      default: throw .badPlan(field: field.name, reason: "is no member of an augmentation")
      }
    }
  }

  /// One draw of all of it.
  func draw(using random: inout SeededNumbers) -> View {
    var view = View(
      scale: random.uniform(scale.lowerBound, scale.upperBound),
      angle: random.uniform(-rotation, rotation) * .pi / 180,
      right: random.uniform(-shift, shift), down: random.uniform(-shift, shift),
      levels: levels(using: &random), noise: random.uniform(0, noise),
      visibility: Double(visibility))
    if crop < 1 && random.uniform(0, 1) < 0.5 {
      // A crop that lies left of the middle moves to the right when it is put there.
      view.margin = (1 - crop) / 2
      view.right += random.uniform(-view.margin, view.margin)
      view.down += random.uniform(-view.margin, view.margin)
    }
    return view
  }

  /// What each of 256 levels of grey becomes.
  private func levels(using random: inout SeededNumbers) -> [Float] {
    let contrast = random.uniform(contrast.lowerBound, contrast.upperBound)
    let brightness = random.uniform(-brightness, brightness)
    let gamma = random.uniform(gamma.lowerBound, gamma.upperBound)
    return (0..<256).map { level in
      let value = (Float(level) / 255 - 0.5) * contrast + 0.5 + brightness
      return powf(min(1, max(0, value)), gamma)
    }
  }
}
