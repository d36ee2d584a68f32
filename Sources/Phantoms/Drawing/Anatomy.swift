internal import Glibc
internal import Seeds

/// How somebody is built and stands, and what disease has made of the organs.
struct Anatomy: Sendable {
  /// Around 1: how broad the chest is.
  var breadth: Float
  /// Where lungs begin and end, y.
  var apex, base: Float
  /// The highest points of the diaphragm, y.
  var rightDome, leftDome: Float
  /// How much deeper the diaphragm is at the wall than at its dome.
  var doming: Float
  var heart: Ellipse
  /// Half the width of the upper mediastinum.
  var mediastinum: Float
  var knob: Ellipse
  /// How far the spine sways.
  var sway: Float = 0
  var ribSpacing, ribOffset: Float
  /// The height of the clavicles' inner ends, y.
  var clavicle: Float
  /// Darker lungs: more air.
  var aeration: Float
  /// Soft parts over the lower lungs, 0 for none.
  var breasts: Float
  /// How much the scapulae cover the lungs.
  var scapulae: Float
  let clouds: Clouds

  init(_ projection: Projection, seed: UInt64) {
    var random = SeededNumbers(seed: seed)
    let lying: Float = projection == .supine ? 1 : 0
    let frontal: Float = projection == .pa ? 0 : 1
    breadth = random.between(0.94, 1.06)
    apex = -0.37 + random.spread(0.02)
    base = 0.35 + random.spread(0.02) - 0.03 * lying
    rightDome = 0.225 + random.spread(0.025) - 0.03 * frontal - 0.02 * lying
    leftDome = rightDome + 0.025 + random.spread(0.015)
    doming = random.between(0.09, 0.12)
    let size = random.between(0.92, 1.06) + 0.08 * frontal
    heart = Ellipse(
      center: Point(0.045 + random.spread(0.012), 0.15 + random.spread(0.012) - 0.015 * frontal),
      halfWidth: 0.15 * size, halfHeight: 0.125 * size, tilt: random.between(0.25, 0.5))
    mediastinum = random.between(0.05, 0.062) + 0.008 * frontal
    knob = Ellipse(
      center: Point(0.06 + random.spread(0.006), -0.155 + random.spread(0.015)),
      halfWidth: random.between(0.032, 0.04), halfHeight: random.between(0.038, 0.046))
    ribSpacing = random.between(0.07, 0.08)
    ribOffset = random.between(0, 0.07)
    clavicle = -0.27 + random.spread(0.02) - 0.03 * frontal
    aeration = random.between(0.36, 0.44) - 0.03 * frontal
    breasts = random.chance(0.4) ? random.between(0.03, 0.07) : 0
    scapulae = frontal * random.between(0.04, 0.08)
    clouds = Clouds(seed: random.next())
  }

  /// The outer edge of a lung at a height of 0 (apex) … 1 (base), as distance from the midline.
  func lateral(_ t: Float) -> Float {
    let narrowing = max(0, t - 0.75) * 4
    return breadth * (0.12 + 0.285 * max(0, t).squareRoot() - 0.02 * narrowing * narrowing)
  }

  /// The inner edge of a lung.
  func medial(_ t: Float) -> Float {
    let top = min(1, max(0, t / 0.25))
    return mediastinum - 0.01 + (0.135 - mediastinum) * (1 - top) * (1 - top)
  }

  /// The height of a point in the lung: 0 at the apex … 1 at the base.
  func t(_ y: Float) -> Float { (y - apex) / (base - apex) }

  /// The y at such a height.
  func y(_ t: Float) -> Float { apex + t * (base - apex) }

  /// The diaphragm's height at a distance from the midline.
  func diaphragm(_ out: Float, _ side: Side) -> Float {
    let fromTop = (out / breadth - 0.17) / 0.2
    return (side == .right ? rightDome : leftDome) + doming * fromTop * fromTop
  }

  /// How far the midline of the spine sways at a height.
  func spine(_ y: Float) -> Float { sway * sin(y * 7 + 0.6) }

  /// How far a rib has climbed at a distance from the midline, against its beginning.
  func ribRise(_ out: Float) -> Float {
    0.035 * sin(out * 9) - 0.2 * pow(max(0, out - 0.12) / 0.28, 2.6)
  }

  /// The middle of a rib at a distance from the midline.
  func rib(_ number: Int, _ out: Float) -> Float {
    Float(number) * ribSpacing + ribOffset - 0.5 - ribRise(out)
  }
}

/// How the film was taken.
public enum Projection: String, Hashable, Sendable, CaseIterable {
  case pa = "PA"
  case ap = "AP"
  case supine = "AP supine"
}
