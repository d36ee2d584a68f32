public import JSON

/// What curation saw and made, as numbers that add up.
public struct CurationTally: Hashable, Sendable {
  /// Scene graphs, of which all others are a part.
  public var graphs = 0
  /// Left out since they cannot be used.
  public var bad = 0
  /// Left out since the view is neither PA nor AP.
  public var otherViews = 0
  /// Left out since their study is to be kept from training.
  public var excludedImages = 0
  /// The studies of `excludedImages`.
  public var excludedStudies: Set<String> = []
  /// Left out since their patient is to be kept from training.
  public var excludedPatientImages = 0
  /// Left out by name.
  public var leftOutImages = 0
  /// Images that are kept.
  public var images = 0
  /// Boxes without area inside their image.
  public var emptyBoxes = 0
  /// Kept images without a report.
  public var missingReports = 0
  /// Before cleaning: sentences of kept images that speak of a kept region, and their boxes.
  public var sentencesBefore = 0, boxesBefore = 0
  /// Sentences without a finding, which have lost their boxes.
  public var negatives = 0
  /// Sentences with a finding for which the image has no box, left out.
  public var withoutBox = 0
  /// Sentences that only the report has.
  public var added = 0
  /// What a chooser was asked, and how often its answer was not taken.
  public var questions = 0, refusedAnswers = 0
  /// Sentences of the manifest, by the number of their boxes.
  public var withNone = 0, withOne = 0, withSeveral = 0
  /// Boxes of the manifest.
  public var boxes = 0
  /// Words of the manifest's sentences, and the sum of their squares by sentence.
  public var words = 0, squaredWords = 0

  public init() {}

  /// Sentences of the manifest.
  public var sentences: Int { withNone + withOne + withSeveral }

  /// Mean and population deviation of the words in a sentence; nil without sentences.
  public var wordsPerSentence: (mean: Double, deviation: Double)? {
    guard sentences > 0 else { return nil }
    let mean = Double(words) / Double(sentences)
    let variance = Double(squaredWords) / Double(sentences) - mean * mean
    return (mean, max(0, variance).squareRoot())
  }

  /// Adds what another saw.
  public mutating func add(_ other: CurationTally) {
    for (_, number) in Self.numbers { self[keyPath: number] += other[keyPath: number] }
    excludedStudies.formUnion(other.excludedStudies)
  }

  mutating func count(_ entry: ManifestEntry) {
    switch entry.boxes.count {
    case 0: withNone += 1
    case 1: withOne += 1
    default: withSeveral += 1
    }
    boxes += entry.boxes.count
    let words = entry.wordCount
    self.words += words
    squaredWords += words * words
  }

  private static let numbers: [(String, WritableKeyPath<CurationTally, Int> & Sendable)] = [
    ("graphs", \.graphs), ("bad", \.bad), ("other_views", \.otherViews),
    ("excluded_images", \.excludedImages),
    ("excluded_patient_images", \.excludedPatientImages), ("left_out_images", \.leftOutImages),
    ("images", \.images), ("empty_boxes", \.emptyBoxes), ("missing_reports", \.missingReports),
    ("sentences_before", \.sentencesBefore), ("boxes_before", \.boxesBefore),
    ("negatives", \.negatives), ("without_box", \.withoutBox), ("added", \.added),
    ("questions", \.questions), ("refused_answers", \.refusedAnswers),
    ("with_no_box", \.withNone), ("with_one_box", \.withOne),
    ("with_several_boxes", \.withSeveral), ("boxes", \.boxes), ("words", \.words),
    ("squared_words", \.squaredWords),
  ]
}

extension CurationTally {
  private static let studies = "excluded_studies"

  /// All of it.
  public var json: JSON {
    let members = Self.numbers.map { name, number in
      JSON.Member(name, .integer(Int64(self[keyPath: number])))
    }
    let names = excludedStudies.sorted().map { JSON.string($0) }
    return .object(members + [.init(Self.studies, .array(names))])
  }

  /// Reads what `json` gives; nil for anything else.
  public init?(json: JSON) {
    for (name, number) in Self.numbers {
      guard let value = json[name]?.integer else { return nil }
      self[keyPath: number] = Int(value)
    }
    guard let names = json[Self.studies]?.array else { return nil }
    excludedStudies = Set(names.compactMap { $0.string })
  }
}
