/// Curves over 0…1, as inline SVG.
struct LineChart {
  /// One curve.
  struct Series {
    var name: String
    var points: [(x: Double, y: Double)]
    var isMarked = false
  }

  var title: String
  var xLabel: String
  var yLabel: String
  /// Largest value of y; the smallest is 0.
  var yMax: Double
  var series: [Series]
  /// A vertical line, e.g. at the chosen threshold.
  var mark: Double?
  /// True for a dashed line from (0, 0) to (1, yMax).
  var hasDiagonal = false

  private static let (width, height) = (460.0, 320.0)
  private static let (left, top, right, bottom) = (56.0, 40.0, 190.0, 48.0)
  private static let rule = "stroke=\"#8b949e\" stroke-dasharray=\"5 5\""
  /// Colours that people who see less of them tell apart (Okabe and Ito, 2008).
  private static let colours = ["#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#d55e00"]

  var svg: String {
    let size = (Self.width + Self.left + Self.right, Self.height + Self.top + Self.bottom)
    var svg = """
      <svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 \(size.0) \(size.1)" \
      role="img" fill="#8b949e" font-size="12" font-family="system-ui, sans-serif">\
      <title>\(escaped(title))</title><text x="\(Self.left)" y="22" font-size="14" \
      font-weight="600" fill="#e6edf3">\(escaped(title))</text>\(axes)
      """
    if hasDiagonal { svg += line((0, 0), (1, yMax), Self.rule) }
    if let mark { svg += line((mark, 0), (mark, yMax), Self.rule) }
    for (index, series) in series.enumerated() { svg += curve(series, index) }
    return svg + "</svg>"
  }

  private var axes: String {
    var svg = ""
    for step in 0...5 {
      let share = Double(step) / 5
      let value = yMax == 1 ? fixed(share) : "\(Int(share * yMax))"
      svg += line((0, share * yMax), (1, share * yMax), "stroke=\"#2b333d\"")
      svg += text(value, x(0) - 8, y(share * yMax) + 4, "end")
      svg += text(fixed(share), x(share), y(0) + 18, "middle")
    }
    svg += text(xLabel, x(0.5), y(0) + 38, "middle")
    let middle = y(yMax / 2)
    return svg + """
      <text x="14" y="\(middle)" text-anchor="middle" transform="rotate(-90 14 \(middle))">\
      \(escaped(yLabel))</text>
      """
  }

  private func curve(_ series: Series, _ index: Int) -> String {
    let colour = Self.colours[index % Self.colours.count]
    let points = series.points.map { "\(fixed(x($0.x))),\(fixed(y($0.y)))" }
    var svg =
      "<polyline points=\"\(points.joined(separator: " "))\" fill=\"none\" "
      + "stroke=\"\(colour)\" stroke-width=\"2.5\"/>"
    if series.isMarked {
      for point in series.points {
        svg +=
          "<circle cx=\"\(fixed(x(point.x)))\" cy=\"\(fixed(y(point.y)))\" r=\"4\" "
          + "fill=\"\(colour)\"/>"
      }
    }
    let place = (x: x(1) + 16, y: Self.top + 12 + 22 * Double(index))
    svg +=
      "<rect x=\"\(place.x)\" y=\"\(place.y - 9)\" width=\"16\" height=\"4\" "
      + "fill=\"\(colour)\"/>"
    return svg + text(series.name, place.x + 22, place.y - 2, "start")
  }

  private func line(
    _ from: (x: Double, y: Double), _ to: (x: Double, y: Double), _ style: String
  ) -> String {
    """
    <line \(style) x1="\(fixed(x(from.x)))" y1="\(fixed(y(from.y)))" \
    x2="\(fixed(x(to.x)))" y2="\(fixed(y(to.y)))"/>
    """
  }

  private func text(_ text: String, _ x: Double, _ y: Double, _ anchor: String) -> String {
    "<text x=\"\(fixed(x))\" y=\"\(fixed(y))\" text-anchor=\"\(anchor)\">\(escaped(text))</text>"
  }

  private func x(_ value: Double) -> Double { Self.left + value * Self.width }
  private func y(_ value: Double) -> Double { Self.top + (1 - value / yMax) * Self.height }
}
