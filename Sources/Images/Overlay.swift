public import Boxes

/// A colour for drawing, 0…255 each.
public struct Colour: Hashable, Sendable {
  /// 0 for none … 255 for full.
  public var red, green, blue: UInt8

  public init(red: UInt8, green: UInt8, blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  /// Colours that stay apart on grey, also for most of those who see red and green alike
  /// (after Okabe and Ito, 2008).
  public static let distinct = [
    Colour(red: 230, green: 159, blue: 0), Colour(red: 86, green: 180, blue: 233),
    Colour(red: 0, green: 190, blue: 130), Colour(red: 240, green: 228, blue: 66),
    Colour(red: 213, green: 94, blue: 0), Colour(red: 204, green: 121, blue: 167),
  ]
}

/// Boxes and short labels drawn over a copy of a picture.
public struct Overlay: Sendable {
  /// One box with its label.
  public struct Item: Hashable, Sendable {
    /// In fractions of the picture.
    public var box: BoundingBox
    /// At most 24 characters are drawn: letters as capitals, digits, `.,:;%+-/()#`; others as gaps.
    public var label: String
    /// Of the lines and of the ground behind the label.
    public var colour: Colour

    public init(box: BoundingBox, label: String = "", colour: Colour) {
      self.box = box
      self.label = label
      self.colour = colour
    }
  }

  /// Drawn in this order: the last lies on top.
  public var items: [Item]
  /// Written across the foot of the picture, in letters as of labels.
  public var notice: String?

  public init(_ items: [Item] = [], notice: String? = nil) {
    self.items = items
    self.notice = notice
  }

  /// The picture in 8-bit RGB with the items on it; 16 bits are windowed. Lines and letters grow
  /// with the picture.
  public func drawn(on picture: Picture) -> Picture {
    var canvas = Canvas(picture)
    for item in items { canvas.draw(item) }
    if let notice { canvas.write(notice: notice) }
    return canvas.picture
  }
}

/// RGB samples being painted on.
private struct Canvas {
  private let width, height: Int
  private var samples: [UInt8]
  /// Thickness of a line and side of a letter's dot, in pixels.
  private let line, dot: Int

  init(_ picture: Picture) {
    width = picture.width
    height = picture.height
    line = max(1, min(width, height) / 320)
    dot = max(1, min(width, height) / 420)
    guard case .eight(let values) = picture.windowed().samples else { preconditionFailure() }
    samples = picture.channels == 3 ? values : values.flatMap { [$0, $0, $0] }
  }

  var picture: Picture {
    Picture(width: width, height: height, channels: 3, samples: .eight(samples))
  }

  mutating func draw(_ item: Overlay.Item) {
    let left = Int(item.box.left * Float(width))
    let top = Int(item.box.top * Float(height))
    let right = max(left + 1, Int((item.box.right * Float(width)).rounded(.up)))
    let bottom = max(top + 1, Int((item.box.bottom * Float(height)).rounded(.up)))
    fill(left..<right, top..<top + line, item.colour)
    fill(left..<right, bottom - line..<bottom, item.colour)
    fill(left..<left + line, top..<bottom, item.colour)
    fill(right - line..<right, top..<bottom, item.colour)
    write(item.label, left: left, top: top, item.colour)
  }

  /// At the lower left, black on white; letters shrink where it would not fit.
  mutating func write(notice: String) {
    let glyphs = notice.prefix(80).map(Glyph.init)
    let columns = glyphs.count * (Glyph.columns + 1) + 1
    let dot = max(1, min(dot, width / columns))
    let white = Colour(red: 255, green: 255, blue: 255)
    write(glyphs, x: 0, y: height - (Glyph.rows + 2) * dot, dot: dot, white)
  }

  /// Above the box where there is room, else inside it; moved left where it would leave the picture.
  private mutating func write(_ label: String, left: Int, top: Int, _ colour: Colour) {
    let glyphs = label.prefix(24).map(Glyph.init)
    if glyphs.isEmpty { return }
    let labelWidth = (glyphs.count * (Glyph.columns + 1) + 1) * dot
    let labelHeight = (Glyph.rows + 2) * dot
    let x = max(0, min(left, width - labelWidth))
    let y = top >= labelHeight ? top - labelHeight : top
    write(glyphs, x: x, y: y, dot: dot, colour)
  }

  private mutating func write(_ glyphs: [Glyph], x: Int, y: Int, dot: Int, _ ground: Colour) {
    let labelWidth = (glyphs.count * (Glyph.columns + 1) + 1) * dot
    fill(x..<x + labelWidth, y..<y + (Glyph.rows + 2) * dot, ground)
    let ink = Colour(red: 0, green: 0, blue: 0)
    for (index, glyph) in glyphs.enumerated() {
      for row in 0..<Glyph.rows {
        for column in 0..<Glyph.columns where glyph.isInked(column, row) {
          let dotX = x + (1 + index * (Glyph.columns + 1) + column) * dot
          let dotY = y + (1 + row) * dot
          fill(dotX..<dotX + dot, dotY..<dotY + dot, ink)
        }
      }
    }
  }

  private mutating func fill(_ columns: Range<Int>, _ rows: Range<Int>, _ colour: Colour) {
    let columns = columns.clamped(to: 0..<width)
    for row in rows.clamped(to: 0..<height) {
      for column in columns {
        let index = 3 * (row * width + column)
        samples[index] = colour.red
        samples[index + 1] = colour.green
        samples[index + 2] = colour.blue
      }
    }
  }
}
