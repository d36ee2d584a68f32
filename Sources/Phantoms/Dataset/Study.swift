internal import Seeds

/// A film of a made-up patient, before it is drawn: all that the picture follows from.
struct Study: Sendable {
  let projection: Projection
  let frame: Frame
  let anatomySeed: UInt64
  let filmSeed: UInt64
  /// How many bits the detector has; nil for what the film's seed says.
  let bits: Int?
  private(set) var findings: [Finding]

  /// - Parameters:
  ///   - side: of the picture, about; aspects vary.
  ///   - kind: what is there in any case.
  init(
    patient: Int, number: Int, seed: UInt64, side: Int, including kind: Finding.Kind? = nil
  ) {
    bits = nil
    var random = SeededNumbers(seed: seed, part: patient)
    anatomySeed = random.next()
    var film = SeededNumbers(seed: random.next(), part: number)
    projection = film.pick([(5, .pa), (3, .ap), (2, .supine)])
    let aspect = film.between(0.86, 1.16)
    let (width, height) = (
      Float(side) * min(1, aspect), Float(side) * min(1, 1 / aspect)
    )
    frame = Frame(
      width: Int(width), height: Int(height), turn: film.spread(0.05),
      zoom: film.between(0.98, 1.2), shift: Point(film.spread(0.025), film.spread(0.03)))
    filmSeed = film.next()
    let wanted = film.pick([(1.2, 0), (2, 1), (3, 2), (3, 3), (1.8, 4), (0.8, 5)])
    findings = kind.map { [Finding($0, using: &film)] } ?? []
    for _ in 0..<wanted { add(Finding(film.pick(Self.frequencies), using: &film)) }
  }

  /// A film of one size with these findings and no others.
  init(
    seed: UInt64, width: Int, height: Int, bits: Int, projection: Projection, findings: [Finding]
  ) {
    var random = SeededNumbers(seed: seed)
    anatomySeed = random.next()
    self.projection = projection
    frame = Frame(
      width: width, height: height, turn: random.spread(0.05), zoom: random.between(0.98, 1.2),
      shift: Point(random.spread(0.025), random.spread(0.03)))
    filmSeed = random.next()
    self.bits = bits
    self.findings = findings
  }

  /// The same film with other findings.
  func with(_ findings: [Finding]) -> Study {
    var study = self
    study.findings = findings
    return study
  }

  /// Leaves out what could not be told apart from what is there.
  private mutating func add(_ finding: Finding) {
    if findings.allSatisfy(finding.isApart(from:)) { findings.append(finding) }
  }

  private static let frequencies: [(weight: Float, value: Finding.Kind)] = Finding.Kind.allCases
    .map { kind in
      switch kind {
      case .effusion, .consolidation: (5, kind)
      case .cardiomegaly, .pneumothorax, .atelectasis, .nodule: (2.5, kind)
      default: (1, kind)
      }
    }
}
