internal import Glibc
internal import GroundingModel
internal import JSON

/// How an image is changed each time that it is shown: what SPEC §6.2 names, and what radiographs differ in.
public struct Augmentation: Hashable, Sendable {
  /// Factors of the image's size; 1…1 leaves it.
  public var scale: ClosedRange<Float> = 1...1
  /// Shifts in both directions, as a share of the square.
  public var shift: Float = 0
  /// Turns in degrees to either side.
  public var rotation: Float = 0
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
    View(
      scale: random.uniform(scale.lowerBound, scale.upperBound),
      angle: random.uniform(-rotation, rotation) * .pi / 180,
      right: random.uniform(-shift, shift), down: random.uniform(-shift, shift),
      levels: levels(using: &random), noise: random.uniform(0, noise),
      visibility: Double(visibility))
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

/// One way to look at an image: a similarity of the plane, levels of grey, and noise.
struct View {
  let scale, angle, right, down: Float
  /// What each level of grey becomes, 0…1.
  let levels: [Float]
  let noise: Float
  let visibility: Double

  /// Adds a grey picture in a square, normalised as the network wants it (SPEC §1.1): [3, side, side].
  ///
  /// Outside the picture is black, whatever the exposure.
  func draw(_ film: Film, side: Int, into pixels: inout [Float], using random: inout SeededNumbers)
  {
    let start = pixels.count
    pixels.append(contentsOf: repeatElement(0, count: 3 * side * side))
    let fit = scale * Float(side) / Float(max(film.width, film.height))
    // From the square to the film: turned back, scaled back.
    let (cosine, sine) = (cosf(angle) / fit, sinf(angle) / fit)
    let middle = Float(side) / 2
    let (centreX, centreY) = (middle + right * Float(side), middle + down * Float(side))
    let (filmX, filmY) = (Float(film.width) / 2, Float(film.height) / 2)
    let area = side * side
    for row in 0..<side {
      let y = Float(row) + 0.5 - centreY
      for column in 0..<side {
        let x = Float(column) + 0.5 - centreX
        let level = film.level(
          x: cosine * x + sine * y + filmX - 0.5, y: cosine * y - sine * x + filmY - 0.5)
        var value: Float = 0
        if level >= 0 {
          value = levels[Int(level + 0.5)]
          if noise > 0 { value = min(1, max(0, value + noise * random.bell())) }
        }
        let place = start + row * side + column
        pixels[place] = (value - 0.485) / 0.229
        pixels[place + area] = (value - 0.456) / 0.224
        pixels[place + 2 * area] = (value - 0.406) / 0.225
      }
    }
  }

  /// Where a box of the film lies in the square; nil when too little of it is visible.
  ///
  /// What a box is drawn around is taken for an ellipse: turned, its hull grows less than the box's own.
  func box(_ box: CenteredBox, of film: Film) -> CenteredBox? {
    let fit = Double(scale) / Double(max(film.width, film.height))
    let (cosine, sine) = (cos(Double(angle)), sin(Double(angle)))
    let (width, height) = (Double(film.width) * fit, Double(film.height) * fit)
    let (x, y) = ((box.x - 0.5) * width, (box.y - 0.5) * height)
    let (across, along) = (box.width * width / 2, box.height * height / 2)
    let centre = (
      0.5 + Double(right) + cosine * x - sine * y, 0.5 + Double(down) + sine * x + cosine * y
    )
    let half = (hypot(across * cosine, along * sine), hypot(across * sine, along * cosine))
    func clip(_ value: Double) -> Double { min(1, max(0, value)) }
    let seen = CenteredBox(
      left: clip(centre.0 - half.0), top: clip(centre.1 - half.1), right: clip(centre.0 + half.0),
      bottom: clip(centre.1 + half.1))
    let share = seen.width * seen.height / (4 * half.0 * half.1)
    return share >= max(visibility, 1e-6) ? seen : nil
  }
}

extension SeededNumbers {
  /// Nearly normal: four uniform numbers of 16 bits added up (Irwin and Hall, 1927).
  fileprivate mutating func bell() -> Float {
    let bits = next()
    let sum =
      (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + bits >> 48
    return (Float(sum) / 65_536 - 2) * 1.732_050_8
  }
}
