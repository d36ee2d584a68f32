internal import Boxes
internal import Datasets
internal import FoundationEssentials
internal import GroundingModel
internal import Seeds

/// What is learnt from: films, and the sentences that speak of each.
final class Examples: Sendable {
  /// A film and its sentences.
  struct Study: Sendable {
    let path: String
    let width, height: Int
    let times: Int
    var sentences: [Sentence] = []
  }

  /// A sentence as the network reads it, and its boxes as shares of its film.
  struct Sentence: Sendable {
    let tokens: [Int32]
    let boxes: [CenteredBox]
    let entry: ManifestEntry
  }

  let studies: [Study]
  /// Index of each study, as often as an epoch shows it.
  private let places: [Int]
  private let films: FilmShelf

  /// Films that an epoch shows.
  var count: Int { places.count }

  /// Reads manifests and makes sure that every picture is there and has the size that they say.
  ///
  /// - folder: where the sources' paths begin.
  /// - side: the longer edge of films as they are kept.
  /// - filmBytesMax: what films may take that are kept decoded; 0 keeps none.
  init(
    _ sources: [TrainingPlan.Source], folder: String, tokenizer: Tokenizer, side: Int,
    filmBytesMax: Int
  ) throws {
    var studies: [Study] = []
    var known: [String: Int] = [:]
    for source in sources {
      let manifest = URL(filePath: source.manifest, relativeTo: URL(filePath: folder + "/")).path
      var taken = 0
      var reader = try ManifestReader(path: manifest)
      while let entry = try reader.next() {
        guard entry.split.rawValue == source.split,
          entry.boxes.count == source.boxes ?? entry.boxes.count
        else { continue }
        if let most = source.sentencesMax, taken >= most { break }
        taken += 1
        let path = entry.imagePath(manifest: manifest)
        let place = known[path] ?? studies.count
        if place == studies.count {
          known[path] = place
          studies.append(
            Study(path: path, width: entry.width, height: entry.height, times: source.times))
        }
        try studies[place].check(entry, times: source.times)
        studies[place].sentences.append(try Sentence(entry, tokenizer))
      }
      guard taken > 0 else {
        throw TrainingError.noExamples(manifest: manifest, split: source.split)
      }
    }
    self.studies = studies
    places = studies.indices.flatMap { place in
      repeatElement(place, count: studies[place].times)
    }
    films = FilmShelf(side: side, bytesMax: filmBytesMax)
    for study in studies { try films.check(study) }
  }

  /// Nobody who is learnt from may be judged by (SPEC §6.4).
  func checkPatients(apartFrom others: Examples) throws(TrainingError) {
    func patients(_ examples: Examples) -> Set<[String]> {
      Set(
        examples.studies.flatMap { study in
          study.sentences.map { [$0.entry.dataset, $0.entry.patientID] }
        })
    }
    if let both = patients(self).intersection(patients(others)).min(by: { $0[1] < $1[1] }) {
      throw .patientInBoth(dataset: both[0], patient: both[1])
    }
  }

  func film(of study: Study) throws -> Film { try films.film(of: study) }

  /// Studies in the order in which an epoch shows them.
  func order(epoch: Int, seed: UInt64) -> [Int] {
    var random = SeededNumbers(seed: seed, part: epoch)
    return places.shuffled(using: &random)
  }
}

extension Examples.Study {
  /// All entries of a picture have to agree on it.
  fileprivate func check(_ entry: ManifestEntry, times: Int) throws(TrainingError) {
    guard entry.width == width, entry.height == height else {
      throw .otherSize(
        path: path, found: "\(width)×\(height)", expected: "\(entry.width)×\(entry.height)")
    }
    guard times == self.times else {
      throw .badPlan(field: "times", reason: "differs between two sources that show \(path)")
    }
  }
}

extension Examples.Sentence {
  fileprivate init(_ entry: ManifestEntry, _ tokenizer: Tokenizer) throws(TrainingError) {
    tokens = tokenizer.encode(entry.sentence).ids
    guard tokens.count <= ModelConfiguration.sentenceTokensMax else {
      throw .sentenceTooLong(id: entry.id, tokens: tokens.count)
    }
    boxes = entry.fractions.map { box in
      CenteredBox(
        left: Double(box.left), top: Double(box.top), right: Double(box.right),
        bottom: Double(box.bottom))
    }
    self.entry = entry
  }
}
