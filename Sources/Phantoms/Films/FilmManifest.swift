internal import Boxes
public import Datasets
internal import JSON
internal import Seeds

/// Sentences for films on which lungs are drawn, as entries of a manifest.
public struct FilmManifest: Sendable {
  /// How it is made.
  public struct Options: Sendable {
    public var seed: UInt64 = 1
    /// For each film.
    public var sentences = 24
    public var split = ManifestEntry.Split.train
    /// Put before the films' names.
    public var imageFolder = ""
    public var dataset = "films"

    public init() {}
  }

  public let entries: [ManifestEntry]

  /// The same films and options give the same entries; a film's do not depend on the others.
  public init(_ films: [Film], options: Options) {
    entries = films.enumerated().flatMap { index, film in
      var random = SeededNumbers(seed: options.seed, part: index)
      return (0..<options.sentences).map { number in
        let sentence = FilmSentence.draw(for: film, using: &random)
        return ManifestEntry(
          id: "\(options.dataset)/\(film.file)/\(number)", dataset: options.dataset,
          split: options.split,
          image: options.imageFolder.isEmpty ? film.file : "\(options.imageFolder)/\(film.file)",
          width: film.width, height: film.height,
          patientID: film.patientID.isEmpty ? film.file : film.patientID, studyID: film.file,
          sentence: sentence.text,
          boxes: sentence.boxes.compactMap {
            PixelBox($0, width: film.width, height: film.height)
          },
          category: sentence.category, source: ["view": .string(film.view)])
      }
    }
  }
}
