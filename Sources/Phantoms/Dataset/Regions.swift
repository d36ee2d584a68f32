internal import Boxes
internal import Seeds

/// Where a report's reader would look for a finding: regions of the anatomy, as roughly as a
/// machine that reads reports labels them.
enum Regions {
  /// The regions of a finding; now and then too broad, moved, or one missing.
  static func boxes(
    of finding: Finding, in film: PhantomFilm, using random: inout SeededNumbers
  ) -> [BoundingBox] {
    guard let right = film.organs[.rightLung], let left = film.organs[.leftLung] else { return [] }
    let lungs = Film(
      file: "", width: 1, height: 1, patientID: "", view: "", rightLung: right, leftLung: left)
    var boxes = organs(of: finding).compactMap { film.organs[$0] }
    for var place in places(of: finding) {
      if random.chance(0.1) { place.zone = .lung }
      boxes.append(lungs.box(of: place))
    }
    if boxes.isEmpty { boxes = [lungs.mediastinum] }
    if boxes.count > 1, random.chance(0.06) { boxes.removeLast() }
    return random.chance(0.04) ? [] : boxes.map { jittered($0, using: &random) }
  }

  private static func organs(of finding: Finding) -> [Drawing.Organ] {
    switch finding.kind {
    case .cardiomegaly: [.heart]
    case .aorta, .calcification: [.aorticArch]
    case .scoliosis: [.spine]
    case .trachealTube: [.trachea]
    default: []
    }
  }

  private static func places(of finding: Finding) -> [Place] {
    let zone: Zone? =
      switch finding.kind {
      case .effusion: finding.size < 0.4 ? .angle : .lower
      case .pneumothorax: .apex
      case .freeAir: .hemidiaphragm
      case .edema: .hilum
      case .centralLine: .upper
      default: nil
      }
    return finding.places.map { Place($0.side, zone ?? $0.zone) }
  }

  private static func jittered(
    _ box: BoundingBox, using random: inout SeededNumbers
  ) -> BoundingBox {
    func moved(_ value: Float, _ length: Float) -> Float { value + random.spread(0.06) * length }
    return BoundingBox(
      clipping: moved(box.left, box.width), moved(box.top, box.height),
      moved(box.right, box.width), moved(box.bottom, box.height)) ?? box
  }
}
