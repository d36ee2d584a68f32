internal import Boxes
internal import Images

/// A drawn radiograph, and where each of its findings is.
struct PhantomFilm: Sendable {
  let study: Study
  let picture: Picture
  /// Those of the study's findings that can be seen, with their boxes.
  let findings: [(finding: Finding, boxes: [BoundingBox])]
  /// Where organs lie.
  let organs: [Drawing.Organ: BoundingBox]

  init(_ study: Study) {
    self.study = study
    var anatomy = Anatomy(study.projection, seed: study.anatomySeed)
    for finding in study.findings { anatomy.suffer(finding) }
    var drawing = Drawing(anatomy, study.frame)
    var around = SeededRandom(seed: study.filmSeed, part: 2)
    drawing.drawSurroundings(study.projection, using: &around)
    var findings: [(Finding, [BoundingBox])] = []
    for finding in study.findings {
      let boxes = drawing.draw(finding).map { Self.box($0, in: study.frame) }
      if !boxes.isEmpty { findings.append((finding, boxes)) }
    }
    var random = SeededRandom(seed: study.filmSeed)
    let exposure = Exposure(study.projection, using: &random)
    picture = exposure.picture(drawing.canvas)
    self.findings = findings
    organs = drawing.organs.mapValues { Self.box($0, in: study.frame) }
  }

  private static func box(_ extent: Extent, in frame: Frame) -> BoundingBox {
    let (width, height) = (Float(frame.width), Float(frame.height))
    let box = BoundingBox(
      left: Float(extent.left) / width, top: Float(extent.top) / height,
      right: Float(extent.right) / width, bottom: Float(extent.bottom) / height)
    guard let box else { preconditionFailure("\(extent) in \(frame.width)×\(frame.height)") }
    return box
  }
}
