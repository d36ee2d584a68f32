internal import JSON

/// Gathers a data set's annotations, one box a row, into phrases with all their boxes.
struct PublishedPhrases {
  private struct Phrase {
    let id: String
    let image: PublishedImage
    let sentence: String
    let category: String?
    let source: JSON
    let place: String
    var boxes: [PixelBox] = []
    var isUnfit = false
  }

  let dataset: String
  let file: String
  let choices: PublishedChoices
  private var phrases: [Phrase] = []
  private var indices: [[String]: Int] = [:]
  private var images: [String: (image: PublishedImage, place: String, phrases: Int)] = [:]
  /// Whose phrases may lack a box that could not be read.
  private var unfitImages: Set<String> = []
  /// Of the annotation that is being read, until its phrase has begun.
  private var currentImage: String?
  private var skipped: [DatasetError] = []
  private var repeatedBoxes = 0

  init(dataset: String, file: String, choices: PublishedChoices) {
    self.dataset = dataset
    self.file = file
    self.choices = choices
  }

  /// Takes one annotation; where it is unfit, leaves it out if that is chosen.
  ///
  /// It takes its phrase along; and where nobody can tell which that is, all phrases of its image.
  mutating func take(
    _ annotation: (inout PublishedPhrases) throws(DatasetError) -> Void
  ) throws(DatasetError) {
    currentImage = nil
    do throws(DatasetError) { try annotation(&self) } catch {
      guard choices.skipsUnfit, error.isOfOneAnnotation else { throw error }
      skipped.append(error)
      if let currentImage { unfitImages.insert(currentImage) }
    }
  }

  /// Says which image the annotation is of, before anything else in it can be wrong.
  mutating func expectPhrase(onImage id: String) { currentImage = id }

  /// Begins a phrase, unless one with the same key has begun on that image.
  ///
  /// - Parameters:
  ///   - key: what tells phrases of one image from each other.
  ///   - place: where the annotation stands, for messages.
  /// - Returns: the phrase's index.
  mutating func begin(
    on image: PublishedImage, key: [String], sentence: String, category: String?,
    source: JSON = [:], at place: String
  ) throws(DatasetError) -> Int {
    let known = images[image.id] ?? (image, place, 0)
    guard known.image == image else {
      throw DatasetError(file: file, place: place, .contradicting(earlier: known.place))
    }
    currentImage = nil
    if let index = indices[[image.id] + key] { return index }
    images[image.id] = (known.image, known.place, known.phrases + 1)
    indices[[image.id] + key] = phrases.count
    phrases.append(
      Phrase(
        id: "\(dataset)/\(image.id)/\(known.phrases + 1)", image: image,
        sentence: sentence, category: category, source: source, place: place))
    return phrases.count - 1
  }

  /// Adds a box to a phrase that has begun; one that cannot be read makes the phrase unfit.
  ///
  /// - Parameters:
  ///   - corners: left, top, right and bottom, in pixels of the image.
  ///   - failure: makes an error that knows where the annotation stands.
  mutating func addBox(
    to index: Int, failure: (DatasetError.Problem) -> DatasetError,
    corners: () throws(DatasetError) -> [Double]
  ) throws(DatasetError) {
    do throws(DatasetError) {
      let corners = try corners()
      let size = phrases[index].image.size
      guard let box = PixelBox(published: corners, in: size) else {
        throw failure(.outside(corners: corners, width: size.width, height: size.height))
      }
      if phrases[index].boxes.contains(box) {
        repeatedBoxes += 1
      } else {
        phrases[index].boxes.append(box)
      }
    } catch {
      phrases[index].isUnfit = true
      throw error
    }
  }

  /// Says that a phrase's boxes are not known, so that it will be left out.
  mutating func markUnfit(_ index: Int) { phrases[index].isUnfit = true }

  /// All phrases, once no annotation is left.
  consuming func finished() throws(DatasetError) -> PublishedDataset {
    var check = SplitCheck()
    var entries: [ManifestEntry] = []
    for phrase in phrases where !phrase.isUnfit && !unfitImages.contains(phrase.image.id) {
      let entry = ManifestEntry(
        id: phrase.id, dataset: dataset, split: phrase.image.split,
        image: choices.imagePrefix + phrase.image.name, width: phrase.image.size.width,
        height: phrase.image.size.height, patientID: phrase.image.patientID,
        studyID: phrase.image.studyID, sentence: phrase.sentence, boxes: phrase.boxes,
        category: phrase.category, source: phrase.source)
      do { try check.add(entry, at: phrase.place) } catch {
        throw DatasetError(file: file, .split(error))
      }
      entries.append(entry)
    }
    guard !entries.isEmpty else { throw skipped.first ?? DatasetError(file: file, .nothing) }
    return PublishedDataset(entries: entries, skipped: skipped, repeatedBoxes: repeatedBoxes)
  }
}

extension DatasetError {
  /// False for what spoils the file or the call, not one annotation.
  fileprivate var isOfOneAnnotation: Bool {
    switch problem {
    case .missing, .illTyped, .outside, .doubled: true
    default: false
    }
  }
}

extension PixelBox {
  /// How far, in pixels, rounding takes a box out of its image.
  private static let roundingMax = 1.0

  /// A box of four corners; one that leaves its image by a pixel is clipped.
  ///
  /// Nil where it leaves it farther, its corners are reversed or coincide, or one is not finite.
  init?(published corners: [Double], in size: ImageSize) {
    precondition(corners.count == 4, "\(corners.count) corners")
    let (width, height) = (Double(size.width), Double(size.height))
    let (left, top, right, bottom) = (corners[0], corners[1], corners[2], corners[3])
    guard corners.allSatisfy({ $0.isFinite }), -Self.roundingMax <= min(left, top),
      right <= width + Self.roundingMax, bottom <= height + Self.roundingMax
    else { return nil }
    self.init(
      left: max(0, left), top: max(0, top), right: min(width, right), bottom: min(height, bottom))
  }
}
