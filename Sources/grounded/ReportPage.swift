import Boxes
import FoundationEssentials
import JSON
import Reports

/// A page that shows grounded reports: each image with its boxes, beside it the sentences.
///
/// One file without outside references. Pointing at a sentence lights its boxes and the other way round;
/// the keyboard does the same.
struct ReportPage {
  /// A grounded report and its images as a browser reads them.
  struct Entry {
    var report: GroundedReport
    /// PNG or JPEG bytes by image id.
    var images: [String: [UInt8]]
  }

  var title: String
  /// Said at the top, in the open: what these boxes are worth.
  var notice: String?
  var entries: [Entry]

  /// The page as UTF-8.
  func html() -> String {
    var html = """
      <!doctype html><html lang="en"><meta charset="utf-8">
      <meta name="viewport" content="width=device-width,initial-scale=1">
      <title>\(escaped(title))</title><style>\(Self.style)</style>
      <header><h1>\(escaped(title))</h1>\(summary)</header><main>
      """
    for (index, entry) in entries.enumerated() { html += article(entry, index) }
    return html + "</main><script>\(Self.script)</script></html>\n"
  }

  private var summary: String {
    let sentences = entries.flatMap(\.report.sentences)
    let regions = sentences.reduce(0) { $0 + $1.regions.count }
    var text = "<p>\(entries.count) reports · \(sentences.count) sentences · \(regions) regions</p>"
    if let notice { text += "<p class=notice role=note>\(escaped(notice))</p>" }
    return text
  }

  private func article(_ entry: Entry, _ number: Int) -> String {
    let report = entry.report
    var html = "<article><section class=films>"
    for image in report.images {
      guard let bytes = entry.images[image.imageID], let width = image.width,
        let height = image.height
      else { continue }
      html += film(bytes, width, height, boxes(report, on: image.imageID), label: image.imageID)
    }
    let study = [report.study.accessionNumber, report.generator.name].compactMap { $0 }
    html += "</section><section class=text><h2>\(escaped(report.reportID))</h2>"
    html += "<p class=origin>\(escaped(study.joined(separator: " · ")))</p>"
    html += sentences(report)
    html += "<footer>\(grounder(report))</footer></section></article>"
    return html
  }

  private func film(
    _ bytes: [UInt8], _ width: Int, _ height: Int, _ boxes: String, label: String
  ) -> String {
    let kind = bytes.first == 0xff ? "jpeg" : "png"
    let data = Data(bytes).base64EncodedString()
    return """
      <figure style="aspect-ratio:\(width)/\(height)">
      <img alt="\(escaped(label))" src="data:image/\(kind);base64,\(data)">
      <svg viewBox="0 0 \(width) \(height)" preserveAspectRatio="none" \
      aria-label="regions on \(escaped(label))">\(boxes)</svg></figure>
      """
  }

  private func boxes(_ report: GroundedReport, on imageID: String) -> String {
    var svg = ""
    for (index, sentence) in report.sentences.enumerated() {
      for region in sentence.regions where region.imageID == imageID {
        let pixels = region.pixels
        let width = pixels.xMax - pixels.xMin
        let height = pixels.yMax - pixels.yMin
        svg += """
          <g data-s="\(index)" style="--c:\(colour(index))" tabindex=0>\
          <title>\(escaped(sentence.text)) (\(percent(region.confidence)))</title>\
          <rect x="\(pixels.xMin)" y="\(pixels.yMin)" width="\(width)" height="\(height)"/></g>
          """
      }
    }
    return svg
  }

  private func sentences(_ report: GroundedReport) -> String {
    var html = ""
    var section: String??
    for (index, sentence) in report.sentences.enumerated() {
      if section != .some(sentence.section) {
        if section != nil { html += "</ol>" }
        if let name = sentence.section { html += "<h3>\(escaped(name))</h3>" }
        html += "<ol>"
        section = .some(sentence.section)
      }
      html += """
        <li data-s="\(index)" class="\(sentence.status.rawValue)" style="--c:\(colour(index))" \
        tabindex=0><span class=said>\(escaped(sentence.text))</span>\(verdict(sentence))</li>
        """
    }
    return html + (section == nil ? "" : "</ol>")
  }

  private func verdict(_ sentence: GroundedSentence) -> String {
    switch sentence.status {
    case .grounded:
      let chips = sentence.regions.map { "<b>\(percent($0.confidence))</b>" }
      return "<span class=chips>\(chips.joined())</span>"
    case .none:
      let best = sentence.highestConfidence.map { " · best \(percent($0))" } ?? ""
      return "<span class=chips><i>no region\(best)</i></span>"
    case .skipped, .failed:
      let reason = sentence.reason.map { ": \($0)" } ?? ""
      return "<span class=chips><i>\(sentence.status.rawValue)\(escaped(reason))</i></span>"
    }
  }

  private func grounder(_ report: GroundedReport) -> String {
    let grounder = report.grounder
    return escaped(
      "\(grounder.name) \(grounder.version) · weights \(grounder.weightsSHA256.prefix(12)) · "
        + "threshold \(grounder.threshold) · fusion IoU \(grounder.fusionIoU) · "
        + "\(grounder.precision) on \(grounder.device) · \(report.campaign)")
  }

  private func colour(_ index: Int) -> String {
    // The golden angle keeps neighbours apart however many sentences there are.
    "hsl(\((index * 137 + 190) % 360) 90% 62%)"
  }

  private func percent(_ confidence: Float) -> String {
    "\(Int((confidence * 100).rounded())) %"
  }
}
