internal import Boxes
internal import Datasets
internal import FoundationEssentials
public import GroundingModel

/// What is learnt from: films, and the sentences that speak of each.
public final class Examples: Sendable {
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
  public var count: Int { places.count }
  /// Sentences, each counted once.
  public var sentenceCount: Int { studies.reduce(0) { $0 + $1.sentences.count } }

  /// Reads manifests and makes sure that every picture is there and has the size that they say.
  ///
  /// - folder: where the sources' paths begin.
  /// - side: the longer edge of films as they are kept.
  public init(
    _ sources: [TrainingPlan.Source], folder: String, tokenizer: Tokenizer, side: Int
  ) throws {
    var studies: [Study] = []
    var known: [String: Int] = [:]
    for source in sources {
      let manifest = URL(filePath: source.manifest, relativeTo: URL(filePath: folder + "/")).path
      var taken = 0
      var reader = try ManifestReader(path: manifest)
      while let entry = try reader.next() {
        guard entry.split.rawValue == source.split else { continue }
        if let most = source.sentencesMax, taken >= most { break }
        taken += 1
        let path = entry.imagePath(manifest: manifest)
        let place = known[path] ?? studies.count
        if place == studies.count {
          known[path] = place
          studies.append(
            Study(path: path, width: entry.width, height: entry.height, times: source.times))
        }
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
    films = FilmShelf(side: side)
    for study in studies { try films.check(study) }
  }

  func film(of study: Study) throws -> Film { try films.film(of: study) }

  /// Studies in the order in which an epoch shows them.
  func order(epoch: Int, seed: UInt64) -> [Int] {
    var random = SeededNumbers(seed: seed &+ UInt64(epoch) &* 0x9E37_79B9_7F4A_7C15)
    return places.shuffled(using: &random)
  }
}

extension Examples.Sentence {
  fileprivate init(_ entry: ManifestEntry, _ tokenizer: Tokenizer) throws(TrainingError) {
    tokens = tokenizer.encode(entry.sentence).ids
    guard tokens.count <= ModelConfiguration.tokensMax else {
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
