internal import Boxes
public import Datasets
internal import Images
internal import JSON
internal import Seeds

/// Made-up patients with one to three films each, in splits by patient.
///
/// A film follows from the seed and its number alone: any part can be made by itself.
public struct PhantomDataset: Sendable {
  /// What its sentences point at.
  public enum Stage: Int, Hashable, Sendable {
    /// Regions of the anatomy, roughly.
    case regions = 1
    /// Findings, closely.
    case findings = 2
  }

  /// How it is made.
  public struct Options: Hashable, Sendable {
    public var seed: UInt64 = 1
    public var stage = Stage.findings
    /// The longer side of the films, in pixels.
    public var side = 512
    /// Of the patients, for training and validation; the rest is for testing.
    public var trainShare: Float = 0.8
    public var validationShare: Float = 0.1

    public init() {}
  }

  private let options: Options
  private let studies: [(patient: Int, number: Int)]

  /// - Parameter images: how many films.
  public init(images: Int, options: Options) {
    self.options = options
    var studies: [(Int, Int)] = []
    var patient = 0
    while studies.count < images {
      var random = SeededNumbers(seed: options.seed ^ 0x5EED, part: patient)
      let count = random.pick([(6, 1), (3, 2), (1, 3)])
      for number in 0..<count where studies.count < images { studies.append((patient, number)) }
      patient += 1
    }
    self.studies = studies
  }

  /// How many films there are.
  public var count: Int { studies.count }

  /// One film: its file's name and bytes, and the entries of its sentences.
  public func film(_ number: Int) -> (name: String, png: [UInt8], entries: [ManifestEntry]) {
    let (patient, study) = studies[number]
    let film = PhantomFilm(
      Study(patient: patient, number: study, seed: options.seed, side: options.side))
    let name = "p\(patient)s\(study).png"
    let sentences = film.report { finding, boxes, random in
      options.stage == .findings
        ? boxes : Regions.boxes(of: finding, in: film, using: &random)
    }
    let (width, height) = (film.picture.width, film.picture.height)
    let entries = sentences.enumerated().map { index, sentence in
      ManifestEntry(
        id: "phantom\(options.stage.rawValue)-\(options.seed)/p\(patient)s\(study)/\(index)",
        // Patients are of a seed: both stages draw the same ones.
        dataset: "phantom-\(options.seed)", split: split(of: patient),
        image: "images/\(name)", width: width, height: height, patientID: "p\(patient)",
        studyID: "p\(patient)s\(study)", sentence: sentence.text,
        boxes: sentence.boxes.compactMap { PixelBox($0, width: width, height: height) },
        category: sentence.category, source: ["view": .string(film.study.projection.rawValue)])
    }
    return (name, PNG.encode(film.picture), entries)
  }

  private func split(of patient: Int) -> ManifestEntry.Split {
    var random = SeededNumbers(seed: options.seed ^ 0x5917, part: patient)
    let share = random.unit()
    if share < options.trainShare { return .train }
    return share < options.trainShare + options.validationShare ? .val : .test
  }
}
