internal import Boxes
public import Images

/// A small film for each kind of finding with its boxes, on one picture, to be looked at.
public struct ContactSheet: Sendable {
  public let picture: Picture

  private static let columns = 6

  /// - Parameter side: of each film, in pixels.
  public init(seed: UInt64, side: Int) {
    let kinds = Finding.Kind.allCases
    let columns = Self.columns
    let rows = (kinds.count + columns - 1) / columns
    let width = columns * side
    var samples = [UInt8](repeating: 0, count: width * rows * side * 3)
    for (number, kind) in kinds.enumerated() {
      let film = PhantomFilm(
        Study(patient: number, number: 0, seed: seed, side: side, including: kind))
      guard case .eight(let values) = film.marked.samples else { preconditionFailure() }
      let (left, top) = (number % columns * side, number / columns * side)
      for row in 0..<film.picture.height {
        let from = row * film.picture.width * 3
        let to = ((top + row) * width + left) * 3
        let count = film.picture.width * 3
        samples.replaceSubrange(to..<to + count, with: values[from..<from + count])
      }
    }
    picture = Picture(
      width: width, height: rows * side, channels: 3, samples: .eight(samples))
  }
}

extension PhantomFilm {
  /// The picture with a box around each finding, of another colour for each.
  var marked: Picture {
    let items = findings.enumerated().flatMap { number, entry in
      entry.boxes.map { box in
        Overlay.Item(
          box: box, label: entry.finding.kind.rawValue,
          colour: Colour.distinct[number % Colour.distinct.count])
      }
    }
    return Overlay(items).drawn(on: picture)
  }
}
