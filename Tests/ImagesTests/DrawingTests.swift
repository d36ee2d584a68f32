import Boxes
import Images
import Testing

@Suite struct `Drawings` {
  @Test func `show boxes as lines of their colour and nothing else`() throws {
    let grey = Picture(
      width: 20, height: 10, channels: 1, samples: .eight([UInt8](repeating: 9, count: 200)))
    let box = try #require(BoundingBox(left: 0.25, top: 0.2, right: 0.75, bottom: 0.8))
    let colour = Colour(red: 250, green: 100, blue: 0)
    let drawn = Overlay([Overlay.Item(box: box, colour: colour)]).drawn(on: grey)
    #expect([drawn.width, drawn.height, drawn.channels, drawn.bitDepth] == [20, 10, 3, 8])
    for y in 0..<10 {
      for x in 0..<20 {
        let isInBox = 5..<15 ~= x && 2..<8 ~= y
        let isInside = 6..<14 ~= x && 3..<7 ~= y
        let expected = isInBox && !isInside ? [250, 100, 0] : [9, 9, 9]
        #expect((0..<3).map { drawn[x, y, $0] } == expected, "\(x), \(y)")
      }
    }
  }

  @Test func `write labels above a box, or inside it at the upper edge`() throws {
    let black = Picture(
      width: 60, height: 40, channels: 1, samples: .eight([UInt8](repeating: 50, count: 2400)))
    let colour = Colour(red: 0, green: 200, blue: 0)
    for (top, labelTop) in [(0.5 as Float, 11), (0, 0)] {
      let box = try #require(BoundingBox(left: 0, top: top, right: 1, bottom: 1))
      let item = Overlay.Item(box: box, label: "1", colour: colour)
      let drawn = Overlay([item]).drawn(on: black)
      let letters = (0..<7).map { row in
        (0..<5).map { drawn[1 + $0, labelTop + 1 + row, 1] == 0 ? "#" : "." }.joined()
      }
      #expect(
        letters == ["..#..", ".##..", "..#..", "..#..", "..#..", "..#..", ".###."])
    }
  }

  @Test func `write a notice across the foot, as large as fits`() {
    let grey = Picture(
      width: 100, height: 30, channels: 1, samples: .eight([UInt8](repeating: 50, count: 3_000)))
    let drawn = Overlay(notice: "UNTRAINED").drawn(on: grey)
    let letters = (0..<7).map { row in
      (0..<5).map { drawn[1 + $0, 22 + row, 0] == 0 ? "#" : "." }.joined()
    }
    #expect(letters == ["#...#", "#...#", "#...#", "#...#", "#...#", "#...#", ".###."])
    #expect(drawn[0, 21, 0] == 255 && drawn[0, 20, 0] == 50 && drawn[60, 25, 0] == 50)
  }

  @Test func `survive any label and any box`() throws {
    let tiny = Picture(width: 1, height: 1, channels: 3, samples: .eight([1, 2, 3]))
    let box = try #require(BoundingBox(left: 0.999, top: 0.999, right: 1, bottom: 1))
    let label = "\u{0}é漢👩‍⚕️ß" + String(repeating: "x", count: 10_000)
    let item = Overlay.Item(box: box, label: label, colour: Colour.distinct[0])
    #expect(Overlay([item]).drawn(on: tiny).samples.isSame(as: [230, 159, 0]))
  }
}

extension Picture.Samples {
  fileprivate func isSame(as values: [UInt8]) -> Bool { self == .eight(values) }
}
