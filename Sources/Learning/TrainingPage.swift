internal import JSON

/// The course of a run as a page: losses and metrics against epochs.
struct TrainingPage {
  private let lines: [JSON]

  init(_ lines: [JSON]) { self.lines = lines }

  private typealias Curve = (name: String, colour: String, values: [Double?])

  var html: String {
    """
    <!doctype html><html lang="en"><meta charset="utf-8"><title>Training</title>
    <style>body{font:15px system-ui;margin:2em auto;max-width:60em;color:#222}
    svg{width:100%;background:#fafafa}</style>
    <h1>Training</h1><p>\(lines.count) epochs.</p>
    <h2>Losses</h2>\(plot(losses))
    <h2>Validation, percent</h2>\(plot(metrics, top: 100))
    </html>

    """
  }

  private var losses: [Curve] {
    [
      ("all layers", "#333", values { $0["loss"]?.number }),
      ("confidence", "#c33", values { $0["confidence"]?.number }),
      ("distance × 5", "#36c", values { $0["distance"]?.number.map { 5 * $0 } }),
      ("overlap × 2", "#393", values { $0["overlap"]?.number.map { 2 * $0 } }),
    ]
  }

  private var metrics: [Curve] {
    func metric(_ group: String, _ name: String) -> [Double?] {
      values { $0["validation"]?[group]?[name]?.number }
    }
    return [
      ("N-Acc", "#c33", metric("no", "n_acc")), ("P@F1=1", "#333", metric("overall", "p_f1")),
      ("CH-F1", "#36c", metric("overall", "ch_f1_region")),
      ("mask IoU", "#393", metric("overall", "miou_macro")),
    ]
  }

  private func values(_ value: (JSON) -> Double?) -> [Double?] { lines.map(value) }

  private func plot(_ curves: [Curve], top fixed: Double? = nil) -> String {
    let (width, height, edge) = (900.0, 320.0, 40.0)
    let top = fixed ?? max(1e-9, curves.flatMap { $0.values.compactMap { $0 } }.max() ?? 1)
    let last = Double(max(1, lines.count - 1))
    func x(_ index: Int) -> Double { edge + Double(index) / last * (width - 2 * edge) }
    func y(_ value: Double) -> Double { height - edge - value / top * (height - 2 * edge) }
    var svg = "<svg viewBox=\"0 0 \(width) \(height)\">"
    for share in [0, 0.25, 0.5, 0.75, 1] {
      let level = y(share * top)
      svg += "<path d=\"M\(edge) \(level)H\(width - edge)\" stroke=\"#ddd\"/>"
      svg += "<text x=\"2\" y=\"\(level + 4)\" font-size=\"12\">\(Self.short(share * top))</text>"
    }
    for index in Set([0, lines.count / 2, lines.count - 1]).sorted() where lines.count > 0 {
      svg += "<text x=\"\(x(index) - 4)\" y=\"\(height - 18)\" font-size=\"12\">\(index + 1)</text>"
    }
    svg += "<text x=\"\(width - 96)\" y=\"\(height - 4)\" font-size=\"12\">epoch</text>"
    for (place, curve) in curves.enumerated() {
      let points = curve.values.enumerated().compactMap { index, value in
        value.map { "\(x(index)),\(y($0))" }
      }
      svg += "<polyline fill=\"none\" stroke=\"\(curve.colour)\" stroke-width=\"2\" "
      svg += "points=\"\(points.joined(separator: " "))\"/>"
      svg += "<text x=\"\(edge + 140 * Double(place))\" y=\"18\" fill=\"\(curve.colour)\" "
      let end = curve.values.last.flatMap { $0 }.map { " " + Self.short($0) } ?? ""
      svg += "font-size=\"13\">\(curve.name)\(end)</text>"
    }
    return svg + "</svg>"
  }

  private static func short(_ value: Double) -> String {
    let tenths = (value * (value < 10 ? 100 : 10)).rounded()
    return "\(tenths / (value < 10 ? 100 : 10))"
  }
}
