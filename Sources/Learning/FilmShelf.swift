internal import FoundationEssentials
internal import Images
internal import Synchronization

/// Films that were decoded, as far as there is room; others are decoded each time.
final class FilmShelf: Sendable {
  private let side: Int
  private let state = Mutex((films: [String: Film](), bytes: 0))

  private let bytesMax: Int

  init(side: Int, bytesMax: Int) {
    self.side = side
    self.bytesMax = bytesMax
  }

  /// Makes sure that a picture is there and can be decoded.
  func check(_ study: Examples.Study) throws(TrainingError) {
    if bytesMax > 0 { _ = try film(of: study) } else { _ = try Self.picture(of: study) }
  }

  func film(of study: Examples.Study) throws(TrainingError) -> Film {
    if let known = state.withLock({ $0.films[study.path] }) { return known }
    let film = Film(try Self.picture(of: study), side: side)
    state.withLock { state in
      guard state.bytes + film.bytes <= bytesMax else { return }
      state.films[study.path] = film
      state.bytes += film.bytes
    }
    return film
  }

  /// The picture of a study in its own size.
  static func picture(of study: Examples.Study) throws(TrainingError) -> Picture {
    let picture: Picture
    do {
      picture = try Picture.decode([UInt8](Data(contentsOf: URL(filePath: study.path))))
    } catch {
      throw .badImage(path: study.path, reason: "\(error)")
    }
    guard picture.width == study.width, picture.height == study.height else {
      throw .otherSize(
        path: study.path, found: "\(picture.width)×\(picture.height)",
        expected: "\(study.width)×\(study.height)")
    }
    return picture
  }
}
