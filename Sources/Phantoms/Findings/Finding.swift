internal import Seeds

/// Something abnormal, and where.
public struct Finding: Hashable, Sendable {
  /// What can be found; the raw value is the manifest's category.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    case effusion = "pleural effusion"
    case consolidation
    case nodule
    case mass
    case metastases = "multiple nodules"
    case pneumothorax
    case cardiomegaly
    case atelectasis
    case edema = "pulmonary edema"
    case interstitial = "interstitial opacities"
    case fracture = "rib fracture"
    case bulla
    case cavity
    case granuloma = "calcified granuloma"
    case hilum = "hilar enlargement"
    case hemidiaphragm = "elevated hemidiaphragm"
    case hyperinflation
    case mediastinum = "widened mediastinum"
    case aorta = "aortic tortuosity"
    case calcification = "aortic calcification"
    case thickening = "pleural thickening"
    case freeAir = "free air under the diaphragm"
    case emphysema = "subcutaneous emphysema"
    case scoliosis
    case wires = "sternal wires"
    case centralLine = "central line"
    case trachealTube = "endotracheal tube"
    case gastricTube = "nasogastric tube"
    case pacemaker
    case drain = "chest drain"
  }

  /// What it is.
  public let kind: Kind
  /// One for each box, where the kind has sides; else empty.
  var places: [Place]
  /// 0 for the smallest … 1 for the largest.
  var size: Float
  /// Of its details.
  var seed: UInt64

  /// A finding where a report says that it is.
  ///
  /// - Parameters:
  ///   - sides: where it is, for kinds that have a side; else none.
  ///   - zone: one of the kind's; nil where the kind knows only one.
  ///   - size: 0 for the smallest … 1 for the largest.
  ///   - seed: of its details.
  public init(
    _ kind: Kind, _ sides: Set<Side> = [], _ zone: Zone? = nil, size: Float = 0.5,
    seed: UInt64 = 1
  ) {
    let zones = kind.zones
    precondition(sides.isEmpty == zones.isEmpty, "\(kind) on \(sides.count) sides")
    precondition(zone.map(zones.contains) ?? (zones.count < 2), "\(kind) in one of \(zones)")
    precondition(0...1 ~= size, "a size of \(size)")
    self.kind = kind
    places =
      (zone ?? zones.first).map { zone in
        Side.allCases.filter(sides.contains).map { Place($0, zone) }
      } ?? []
    self.size = size
    self.seed = seed
  }

  /// Draws a finding of a kind.
  init(_ kind: Kind, using random: inout SeededNumbers) {
    self.kind = kind
    size = random.unit()
    let side = random.pick(Side.allCases)
    let zone = random.pick([Zone.upper, .middle, .lower])
    places =
      switch kind {
      case .consolidation, .interstitial:
        random.chance(kind == .interstitial ? 0.6 : 0.32)
          ? Place.both(zone == .upper && kind == .interstitial ? .lower : zone)
          : [Place(side, zone)]
      case .effusion, .thickening: random.chance(0.4) ? Place.both(.lung) : [Place(side, .lung)]
      case .atelectasis:
        random.chance(0.25) ? Place.both(.lower) : [Place(side, zone == .upper ? .lower : zone)]
      case .edema, .hyperinflation: Place.both(.lung)
      case .hilum: random.chance(0.35) ? Place.both(.hilum) : [Place(side, .hilum)]
      case .nodule, .mass, .cavity, .granuloma: [Place(side, zone)]
      case .bulla: [Place(side, .upper)]
      case .metastases: Place.both(.upper) + [Place(side, .middle), Place(side.other, .lower)]
      case .pneumothorax, .fracture, .emphysema, .drain, .pacemaker: [Place(side, .lung)]
      case .centralLine: [Place(random.chance(0.7) ? .right : .left, .lung)]
      case .hemidiaphragm: [Place(side, .hemidiaphragm)]
      case .freeAir:
        random.chance(0.3) ? Place.both(.hemidiaphragm) : [Place(.right, .hemidiaphragm)]
      case .cardiomegaly, .mediastinum, .aorta, .calcification, .scoliosis, .wires,
        .trachealTube, .gastricTube:
        []
      }
    seed = random.next()
  }

  /// The thirds of lungs that it takes for itself: two findings there would hide each other.
  var taken: Set<Place> {
    func thirds(_ zones: [Zone]) -> Set<Place> {
      Set(places.flatMap { place in zones.map { Place(place.side, $0) } })
    }
    switch kind {
    case .consolidation, .interstitial, .atelectasis, .nodule, .mass, .cavity, .granuloma, .bulla,
      .metastases:
      return Set(places)
    case .effusion, .hemidiaphragm, .freeAir:
      return thirds(size > 0.5 ? [.lower, .middle] : [.lower])
    case .pneumothorax, .thickening, .edema: return thirds([.upper, .middle, .lower])
    case .hilum: return thirds([.middle])
    case .fracture: return thirds([.middle])
    default: return []
    }
  }

  /// Whether both could be on one film and be told apart.
  func isApart(from other: Finding) -> Bool {
    other.kind != kind && !other.excludes.contains(kind) && !excludes.contains(other.kind)
      && other.taken.isDisjoint(with: taken)
  }

  /// Kinds that change the same organ.
  var excludes: Set<Kind> {
    switch kind {
    case .cardiomegaly: [.hyperinflation]
    case .hyperinflation: [.cardiomegaly, .hemidiaphragm, .edema, .freeAir]
    case .aorta, .calcification, .mediastinum: [.aorta, .calcification, .mediastinum, .scoliosis]
    case .hemidiaphragm, .freeAir: [.hemidiaphragm, .freeAir, .hyperinflation]
    case .pneumothorax: [.pneumothorax, .hyperinflation]
    default: []
    }
  }
}
