internal import Glibc
internal import Seeds

/// One way to look at an image: a similarity of the plane, a frame, levels of grey, and noise.
struct View {
  let scale, angle: Float
  var right, down: Float
  /// What is black along each edge of the square, as a share of its side.
  var margin: Float = 0
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
    let frame = margin * Float(side)..<(1 - margin) * Float(side)
    for row in 0..<side {
      let y = Float(row) + 0.5 - centreY
      let isRowSeen = frame.contains(Float(row) + 0.5)
      for column in 0..<side {
        let x = Float(column) + 0.5 - centreX
        let level =
          isRowSeen && frame.contains(Float(column) + 0.5)
          ? film.level(
            x: cosine * x + sine * y + filmX - 0.5, y: cosine * y - sine * x + filmY - 0.5) : -1
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
    let edge = Double(margin)
    func clip(_ value: Double) -> Double { min(1 - edge, max(edge, value)) }
    let seen = CenteredBox(
      left: clip(centre.0 - half.0), top: clip(centre.1 - half.1), right: clip(centre.0 + half.0),
      bottom: clip(centre.1 + half.1))
    let share = seen.width * seen.height / (4 * half.0 * half.1)
    return share >= max(visibility, 1e-6) ? seen : nil
  }
}
