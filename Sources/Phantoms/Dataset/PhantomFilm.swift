public import Boxes
public import Images
internal import Seeds

/// A drawn radiograph, and where each of its findings is; no patient's image.
public struct PhantomFilm: Sendable {
  let study: Study
  /// Grey, bright where the body absorbs.
  public let picture: Picture
  /// Those of the study's findings that can be seen, with their boxes.
  public let findings: [(finding: Finding, boxes: [BoundingBox])]
  /// Where organs lie.
  let organs: [Drawing.Organ: BoundingBox]

  /// Draws a film with these findings and no others: the same picture for the same arguments.
  ///
  /// - Parameters:
  ///   - seed: another number gives another patient.
  ///   - width, height: in pixels, at least 1; chests look best about square.
  ///   - bitDepth: 8, or 16 for the 12-bit range that detectors have.
  ///   - findings: such as can be told apart on one film.
  public init(
    seed: UInt64, width: Int, height: Int, bitDepth: Int = 16, projection: Projection = .pa,
    findings: [Finding] = []
  ) {
    precondition(width > 0 && height > 0, "\(width)×\(height) pixels")
    precondition(bitDepth == 8 || bitDepth == 16, "\(bitDepth) bits")
    for (index, finding) in findings.enumerated() {
      for other in findings[..<index] {
        precondition(finding.isApart(from: other), "\(finding.kind) beside \(other.kind)")
      }
    }
    self.init(
      Study(
        seed: seed, width: width, height: height, bits: bitDepth == 8 ? 8 : 12,
        projection: projection, findings: findings))
  }

  init(_ study: Study) {
    self.study = study
    var anatomy = Anatomy(study.projection, seed: study.anatomySeed)
    for finding in study.findings { anatomy.suffer(finding) }
    var drawing = Drawing(anatomy, study.frame)
    var around = SeededNumbers(seed: study.filmSeed, part: 2)
    drawing.drawSurroundings(study.projection, using: &around)
    var findings: [(Finding, [BoundingBox])] = []
    for finding in study.findings {
      let boxes = drawing.draw(finding).map { Self.box($0, in: study.frame) }
      if !boxes.isEmpty { findings.append((finding, boxes)) }
    }
    var random = SeededNumbers(seed: study.filmSeed)
    let exposure = Exposure(study.projection, bits: study.bits, using: &random)
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
