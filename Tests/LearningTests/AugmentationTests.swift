import Images
import Seeds
import Testing

@testable import Learning

@Suite struct `An augmentation` {
  private static let side = 64

  /// Grey, with a white rectangle: columns 40 to 55, rows 8 to 31.
  private let film: Film
  private let box = CenteredBox(
    left: 40.0 / 64, top: 8.0 / 64, right: 56.0 / 64, bottom: 32.0 / 64)

  init() {
    let side = Self.side
    let samples = (0..<side * side).map { pixel in
      (40..<56).contains(pixel % side) && (8..<32).contains(pixel / side) ? UInt8(255) : 100
    }
    film = Film(
      Picture(width: side, height: side, channels: 1, samples: .eight(samples)), side: side)
  }

  /// Columns and rows where the drawn square is brighter than a level from 0 to 255.
  private func bright(_ pixels: [Float], above level: Float) -> (columns: [Int], rows: [Int]) {
    let side = Self.side
    let places = (0..<side * side).filter { pixels[$0] * 0.229 + 0.485 > level / 255 }
    return (Set(places.map { $0 % side }).sorted(), Set(places.map { $0 / side }).sorted())
  }

  @Test func `crops every second time, at any place, and leaves the rest in the middle`() throws {
    var augmentation = Augmentation()
    augmentation.crop = 0.75
    augmentation.visibility = 0
    var random = SeededNumbers(seed: 3)
    var crops = 0
    var firstColumns: Set<Int> = []
    for _ in 0..<200 {
      let view = augmentation.draw(using: &random)
      var pixels: [Float] = []
      view.draw(film, side: Self.side, into: &pixels, using: &random)
      let seen = bright(pixels, above: 50)
      if seen.columns == Array(0..<64) {
        #expect(seen.rows == Array(0..<64))
        #expect(try #require(view.box(box, of: film)).distance(to: box) < 1e-6)
        continue
      }
      crops += 1
      #expect(seen.columns == Array(8..<56) && seen.rows == Array(8..<56))
      let white = bright(pixels, above: 178)
      let found = try #require(view.box(box, of: film))
      let (left, top) = (found.x - found.width / 2, found.y - found.height / 2)
      firstColumns.insert(white.columns[0])
      #expect(abs(left * 64 - Double(white.columns[0])) <= 0.51)
      #expect(abs(found.width * 64 - Double(white.columns.count)) <= 1.01)
      #expect(abs(top * 64 - Double(white.rows[0])) <= 0.51)
      #expect(abs(found.height * 64 - Double(white.rows.count)) <= 1.01)
    }
    #expect((70...130).contains(crops))
    #expect(firstColumns.count > 10)
  }

  @Test func `gives up a box that a crop leaves too little of`() {
    var augmentation = Augmentation()
    augmentation.crop = 0.5
    augmentation.visibility = 0.9
    var random = SeededNumbers(seed: 4)
    let views = (0..<200).map { _ in augmentation.draw(using: &random) }
    let kept = views.compactMap { $0.box(box, of: film) }
    #expect(kept.count > 100 && kept.count < 200)
    for found in kept {
      #expect(found.width * found.height >= 0.9 * box.width * box.height - 1e-6)
    }
  }
}
