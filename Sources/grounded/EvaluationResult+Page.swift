internal import Evaluation

extension EvaluationResult {
  /// A page with all tables and curves, and cases where there are films: one file without outside
  /// references.
  func page(showing gallery: EvaluationGallery?) -> String {
    let title = otherName.map { "\(name) against \($0)" } ?? name
    return """
      <!doctype html><html lang="en"><meta charset="utf-8">
      <meta name="viewport" content="width=device-width,initial-scale=1">
      <title>\(escaped(title))</title><style>\(Self.style)\(EvaluationGallery.style)</style>
      <main><h1>\(escaped(title))</h1><p>\(metrics.overall.phrases) phrases · \
      \(finality)</p>
      <div class=charts>\(charts.map(\.svg).joined())</div>\(tables.map(\.html).joined())\
      \(gallery?.html ?? "")</main></html>

      """
  }

  private var finality: String {
    guard process.threshold != nil || process.fusionIoU != nil else { return "boxes as given" }
    return "threshold \(process.threshold.map { "\($0)" } ?? "none")"
      + " · fusion IoU \(process.fusionIoU.map { "\($0)" } ?? "none")"
  }

  private var charts: [LineChart] {
    guard let sweep else { return [] }
    return [metricCurves(sweep), fusionCurves(sweep), reliabilityDiagram]
  }

  private func metricCurves(_ sweep: Sweep) -> LineChart {
    let best = sweep.best
    let curve = sweep.curve(fusionIoU: best.fusionIoU)
    let metrics: [PhraseMetric] = [
      .centreHits, .correct, .meanMaskIoU, .maskAccuracy, .noAccuracy,
    ]
    let series = metrics.map { metric in
      LineChart.Series(
        name: metric.title,
        points: curve.compactMap { point in
          point.metrics.overall[metric].map { (point.threshold, $0) }
        })
    }
    return LineChart(
      title: "Overall metrics, fusion IoU: \(Self.words(best.fusionIoU))",
      xLabel: "confidence threshold", yLabel: "%", yMax: 100,
      series: series.filter { !$0.points.isEmpty }, mark: best.threshold)
  }

  private func fusionCurves(_ sweep: Sweep) -> LineChart {
    LineChart(
      title: "Overall CH-F1, by fusion IoU", xLabel: "confidence threshold", yLabel: "%",
      yMax: 100,
      series: sweep.fusionIoUs.map { fusionIoU in
        LineChart.Series(
          name: Self.words(fusionIoU),
          points: sweep.curve(fusionIoU: fusionIoU).map {
            ($0.threshold, $0.metrics.overall.centreHits ?? 0)
          })
      }, mark: sweep.best.threshold)
  }

  private var reliabilityDiagram: LineChart {
    LineChart(
      title: "Reliability of the scores, expected calibration error (ECE)", xLabel: "mean score",
      yLabel: "share that is right",
      yMax: 1,
      series: calibrations.map { calibration in
        let rule = calibration.rule == .centre ? "centre hit" : "IoU ≥ 0.5"
        return LineChart.Series(
          name: "\(rule), ECE \(fixed(calibration.expectedError, decimals: 3))",
          points: calibration.bins.compactMap { bin in
            guard let confidence = bin.meanConfidence, let share = bin.share else { return nil }
            return (confidence, share)
          }, isMarked: true)
      }, hasDiagonal: true)
  }

  private static let style = """
    :root{color-scheme:dark;--back:#0d1117;--card:#161b22;--line:#2b333d;--ink:#e6edf3;--dim:#8b949e}
    *{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--ink);
    font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
    main{max-width:1200px;margin:0 auto;padding:28px 24px 48px}h1{font-size:24px;margin:0}
    main>p{margin:4px 0;color:var(--dim)}h2{font-size:14px;font-weight:600;margin:28px 0 8px}
    .charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(340px,1fr));gap:18px;
    margin-top:18px}.chart{width:100%;background:var(--card);border:1px solid var(--line);
    border-radius:14px}
    .wide{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:14px;
    padding:8px 14px}table{border-collapse:collapse;font-variant-numeric:tabular-nums}
    th,td{padding:4px 14px;text-align:right;font-size:14px;border-bottom:1px solid var(--line);
    white-space:nowrap}th:first-child,td:first-child{text-align:left}th{color:var(--dim)}
    tr:last-child td{border-bottom:0}
    """
}
