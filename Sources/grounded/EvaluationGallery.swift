internal import Datasets
internal import Evaluation
internal import FoundationEssentials
internal import Images

/// Cases of an evaluation on their films, as part of a page without outside references.
struct EvaluationGallery {
  /// Longer side of a film as it is shown, in pixels.
  private static let side = 360

  /// The part of the page.
  let html: String

  /// Reads the films of the cases.
  ///
  /// - Parameter sample: what `result` is the evaluation of.
  init(of result: EvaluationResult, on sample: DatasetSample) throws {
    var films = [Int](repeating: 0, count: sample.entries.count)
    for (number, film) in sample.films.enumerated() {
      for sentence in film.sentences { films[sentence] = number }
    }
    let selection = CaseSelection(of: result.phrases, result.outcomes, films: films)
    var html = "<h2>Cases: <span class=truth>annotated</span>, <span class=found>found</span></h2>"
    for kind in CaseSelection.Kind.allCases where !selection[kind].isEmpty {
      html += "<h3>\(escaped(kind.title))</h3><div class=cases>"
      for index in selection[kind] {
        html += try Self.figure(
          sample.entries[index], path: sample.films[films[index]].path,
          phrase: result.phrases[index], result.outcomes[index])
      }
      html += "</div>"
    }
    self.html = html
  }

  private static func figure(
    _ entry: ManifestEntry, path: String, phrase: Phrase, _ outcome: PhraseOutcome
  ) throws -> String {
    let picture = try DatasetGrounder.picture(path, of: [entry])
    let boxes =
      phrase.truth.map { rectangle($0, "truth") }
      + phrase.predictions.map { rectangle($0.box, "found") }
    return """
      <figure class=case><div style="aspect-ratio:\(entry.width)/\(entry.height)">\
      <img alt="\(escaped(entry.id))" src="data:image/png;base64,\(thumbnail(picture))">\
      <svg viewBox="0 0 1 1" preserveAspectRatio="none">\(boxes.joined())</svg></div>\
      <figcaption>\(escaped(entry.sentence))<small>\(escaped(words(phrase, outcome)))<br>\
      \(escaped(entry.id))</small></figcaption></figure>
      """
  }

  private static func words(_ phrase: Phrase, _ outcome: PhraseOutcome) -> String {
    let scores = phrase.predictions.map { "\(Int((100 * $0.confidence).rounded()))" }
    return [
      phrase.category,
      outcome.maskIoU.map { "mask IoU \(fixed($0, decimals: 2))" },
      scores.isEmpty ? "none found" : "score \(scores.joined(separator: ", ")) %",
    ].compactMap { $0 }.joined(separator: " · ")
  }

  private static func rectangle(_ box: Rectangle, _ name: String) -> String {
    "<rect class=\(name) x=\"\(box.left)\" y=\"\(box.top)\" width=\"\(box.right - box.left)\" "
      + "height=\"\(box.bottom - box.top)\"/>"
  }

  private static func thumbnail(_ picture: Picture) -> String {
    let longer = max(picture.width, picture.height, side)
    let small = picture.resized(
      width: max(1, picture.width * side / longer), height: max(1, picture.height * side / longer),
      filter: .antialiased)
    return Data(PNG.encode(small)).base64EncodedString()
  }

  static let style = """
    h3{font-size:13px;color:var(--dim);margin:20px 0 8px;font-weight:600}
    .cases{display:grid;grid-template-columns:repeat(auto-fill,minmax(230px,1fr));gap:14px}
    .case{margin:0;background:var(--card);border:1px solid var(--line);border-radius:10px;
    overflow:hidden}.case div{position:relative;background:#000}
    .case img,.case svg{position:absolute;inset:0;width:100%;height:100%;display:block}
    .case rect{fill:none;stroke-width:2.5;vector-effect:non-scaling-stroke}
    .case rect.truth{stroke:#009e73}.case rect.found{stroke:#e69f00;stroke-dasharray:6 4}
    span.truth{color:#00c08a}span.found{color:#e69f00}
    figcaption{padding:8px 12px 10px;font-size:14px}
    figcaption small{display:block;color:var(--dim);overflow-wrap:anywhere;margin-top:4px}
    """
}

extension CaseSelection.Kind {
  fileprivate var title: String {
    switch self {
    case .best: "Best: every box has its partner, highest mask IoU first"
    case .typical: "Typical: mask IoU nearest to the median of what was found"
    case .wrong: "Wrong: no box that is found has a partner; highest score first"
    case .missed: "Missed: nothing is found; largest area first"
    }
  }
}
