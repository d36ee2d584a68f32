import Boxes
import Datasets
import Images
import Seeds
import Testing

@testable import Phantoms

@Suite struct `A phantom` {
  private static func study(_ kind: Finding.Kind, patient: Int = 1, side: Int = 160) -> Study {
    let study = Study(patient: patient, number: 0, seed: 5, side: side, including: kind)
    return study.with([study.findings[0]])
  }

  @Test(arguments: Finding.Kind.allCases)
  func `shows each finding within its picture, and not too small`(kind: Finding.Kind) {
    for patient in 0..<4 {
      let film = PhantomFilm(Self.study(kind, patient: patient, side: 120))
      #expect(film.findings.count == 1, "\(kind) of patient \(patient) is not seen")
      for box in film.findings.flatMap({ $0.boxes }) {
        #expect(max(box.width, box.height) > 0.03, "\(kind) of patient \(patient): \(box)")
      }
    }
  }

  @Test(arguments: [
    Finding.Kind.effusion, .consolidation, .nodule, .mass, .metastases, .pneumothorax, .cavity,
    .bulla, .granuloma, .fracture, .freeAir, .emphysema, .wires, .pacemaker, .drain, .hilum,
    .gastricTube, .centralLine, .atelectasis, .thickening,
  ])
  func `differs from the healthy one mostly within its boxes`(kind: Finding.Kind) {
    let study = Self.study(kind)
    let (film, healthy) = (PhantomFilm(study), PhantomFilm(study.with([])))
    let boxes = film.findings.flatMap { $0.boxes }
    let (width, height) = (film.picture.width, film.picture.height)
    var (within, all) = (0, 0)
    for y in 0..<height {
      for x in 0..<width {
        let change = abs(film.picture[x, y, 0] - healthy.picture[x, y, 0])
        all += change
        let isWithin = boxes.contains { box in
          Float(x) + 0.5 > box.left * Float(width) && Float(x) + 0.5 < box.right * Float(width)
            && Float(y) + 0.5 > box.top * Float(height)
            && Float(y) + 0.5 < box.bottom * Float(height)
        }
        if isWithin { within += change }
      }
    }
    #expect(all > 0 && Double(within) > 0.9 * Double(all), "\(within) of \(all)")
  }

  @Test func `has the patient's right on the left of the picture`() {
    let film = PhantomFilm(Self.study(.effusion).with([]))
    let right = film.organs[.rightLung]
    let left = film.organs[.leftLung]
    #expect((right?.right ?? 1) < (left?.left ?? 0) + 0.05)
    #expect((film.organs[.heart]?.right ?? 0) > 0.5)
  }

  @Test func `hides no finding behind another`() {
    for patient in 0..<40 {
      let study = Study(patient: patient, number: 0, seed: 9, side: 64)
      for (index, finding) in study.findings.enumerated() {
        for other in study.findings[..<index] {
          #expect(finding.taken.isDisjoint(with: other.taken) && finding.kind != other.kind)
        }
      }
    }
  }
}

@Suite struct `A phantom that is asked for` {
  private static func film(
    seed: UInt64 = 2, bitDepth: Int = 16, projection: Projection = .pa, _ findings: Finding...
  ) -> PhantomFilm {
    PhantomFilm(
      seed: seed, width: 120, height: 100, bitDepth: bitDepth, projection: projection,
      findings: findings)
  }

  @Test func `is the same for the same seed, and another for another`() {
    let nodule = Finding(.nodule, [.right], .upper)
    #expect(Self.film(nodule).picture == Self.film(nodule).picture)
    #expect(Self.film(nodule).picture != Self.film(seed: 3, nodule).picture)
    #expect(Self.film().picture != Self.film(projection: .supine).picture)
  }

  @Test(arguments: [(8, 255), (16, 4_095)])
  func `has dark lungs beside a bright spine, in its size and bits`(bits: Int, brightest: Int) {
    let picture = Self.film(bitDepth: bits).picture
    #expect([picture.width, picture.height, picture.bitDepth] == [120, 100, bits])
    func mean(_ x: Int, _ y: Int) -> Int {
      let around = (-4...4).flatMap { dy in (-4...4).map { picture[x + $0, y + dy, 0] } }
      return around.reduce(0, +) / around.count
    }
    let spine = mean(60, 65)
    #expect(spine * 2 > brightest && spine < brightest)
    for lung in [38, 82] { #expect(mean(lung, 45) * 3 < spine * 2) }
  }

  @Test func `shows findings on their sides, in their order`() throws {
    let film = Self.film(
      projection: .supine, Finding(.effusion, [.left, .right]), Finding(.cardiomegaly),
      Finding(.mass, [.left], .upper))
    #expect(film.findings.map { $0.finding.kind } == [.effusion, .cardiomegaly, .mass])
    #expect(film.findings.map { $0.boxes.count } == [2, 1, 1])
    #expect(film.findings[0].boxes[0].right < film.findings[0].boxes[1].left + 0.1)
    let mass = try #require(film.findings[2].boxes.first)
    #expect(mass.left > 0.5 && mass.bottom < 0.5)
  }

  @Test(arguments: Finding.Kind.allCases)
  func `has each kind where it can be drawn by chance`(kind: Finding.Kind) {
    var random = SeededNumbers(seed: 8)
    for _ in 0..<20 where kind != .hyperinflation {  // on both sides in any case
      let finding = Finding(kind, using: &random)
      #expect(finding.places.allSatisfy { kind.zones.contains($0.zone) })
      #expect(finding.places.isEmpty == kind.zones.isEmpty)
    }
  }
}

@Suite struct `A data set of phantoms` {
  private static func films(
    stage: PhantomDataset.Stage, images: Int = 60, seed: UInt64 = 1
  ) -> [(name: String, png: [UInt8], entries: [ManifestEntry])] {
    var options = PhantomDataset.Options()
    (options.stage, options.side, options.seed) = (stage, 64, seed)
    let dataset = PhantomDataset(images: images, options: options)
    return (0..<dataset.count).map { dataset.film($0) }
  }

  @Test func `is the same for a seed, to the byte`() {
    let (one, other) = (Self.films(stage: .findings, images: 4), Self.films(stage: .findings))
    for (film, same) in zip(one, other) {
      #expect(film.png == same.png && film.entries == same.entries)
    }
    #expect(Self.films(stage: .findings, images: 4, seed: 2)[0].png != one[0].png)
  }

  @Test(arguments: [PhantomDataset.Stage.findings, .regions])
  func `has sentences without, with one and with several boxes`(stage: PhantomDataset.Stage) {
    let entries = Self.films(stage: stage, images: 200).flatMap { $0.entries }
    let counts = entries.map { $0.boxes.count }
    #expect(Set(entries.map { $0.id }).count == entries.count)
    func share(_ isOne: (Int) -> Bool) -> Double {
      Double(counts.filter(isOne).count) / Double(counts.count)
    }
    #expect(0.38...0.52 ~= share { $0 == 0 })
    #expect(0.33...0.47 ~= share { $0 == 1 })
    #expect(0.1...0.22 ~= share { $0 > 1 })
    #expect(5...9 ~= Double(entries.count) / 200)
  }

  @Test func `has other patients for another seed, and the same for another stage`() throws {
    func entry(_ stage: PhantomDataset.Stage, _ seed: UInt64, isTest: Bool) throws -> ManifestEntry
    {
      var options = PhantomDataset.Options()
      (options.stage, options.side, options.seed) = (stage, 64, seed)
      (options.trainShare, options.validationShare) = (isTest ? 0 : 1, 0)
      return try #require(PhantomDataset(images: 1, options: options).film(0).entries.first)
    }
    var check = SplitCheck()
    try check.add(entry(.findings, 1, isTest: false), at: "1")
    try check.add(entry(.findings, 2, isTest: true), at: "2")
    try check.add(entry(.regions, 3, isTest: true), at: "3")
    #expect(throws: SplitProblem.self) { try check.add(entry(.regions, 1, isTest: true), at: "4") }
  }

  @Test func `has no patient in two splits, and patients with several studies`() {
    var options = PhantomDataset.Options()
    options.side = 64
    options.trainShare = 0.5
    options.validationShare = 0.25
    let dataset = PhantomDataset(images: 40, options: options)
    let entries = (0..<40).flatMap { dataset.film($0).entries }
    let patients = Dictionary(grouping: entries) { $0.patientID }
    for (patient, entries) in patients {
      #expect(Set(entries.map { $0.split }).count == 1, "\(patient)")
    }
    #expect(Set(entries.map { $0.split }).count == 3)
    #expect(patients.values.contains { Set($0.map { $0.studyID }).count > 1 })
  }

  @Test func `has grey films of 16 bits and varying aspect`() throws {
    let pictures = try Self.films(stage: .findings, images: 8).map { try Picture.decode($0.png) }
    #expect(pictures.allSatisfy { $0.bitDepth == 16 && $0.channels == 1 })
    #expect(Set(pictures.map { [$0.width, $0.height] }).count > 2)
    #expect(pictures.allSatisfy { max($0.width, $0.height) <= 64 })
  }
}
