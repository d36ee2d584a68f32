internal import Evaluation

extension EvaluationResult {
  /// The tables in the order in which they are shown.
  var tables: [TextTable] {
    var tables = [summary, groups]
    if let changes, let model, let rival = model.rival {
      tables.append(Self.changed(changes, "\(model.precision) instead of \(rival.precision)"))
    }
    if !categories.isEmpty { tables.append(byCategory) }
    if let comparison { tables.append(differences(comparison)) }
    if let sweep { tables.append(bestPoints(sweep)) }
    if !calibrations.isEmpty { tables.append(reliability) }
    return tables
  }

  /// A row to lay beside the paper's tables 3 and 4 (SPEC §7.2, §7.3); the second has no N-Acc,
  /// since each of its phrases has a box.
  private var summary: TextTable {
    let hasAbsent = metrics.no.phrases > 0
    var columns = hasAbsent ? ["model", "N-Acc"] : ["model"]
    for group in ["S", "M", "O"] { columns += ["\(group) P", "\(group) CH", "\(group) Acc"] }
    func row(_ name: String, _ metrics: PhraseMetrics) -> [String] {
      let numbers = [metrics.single, metrics.multi, metrics.overall].flatMap {
        [$0.correct, $0.centreHits, $0.maskAccuracy]
      }
      return [name] + ((hasAbsent ? [metrics.no.noAccuracy] : []) + numbers).map { fixed($0) }
    }
    var rows = [row(name, metrics)]
    if let otherName, let otherMetrics { rows.append(row(otherName, otherMetrics)) }
    return TextTable(
      title: "P@F1 (P), CH-F1 (CH), Acc in %: single (S), multiple (M) boxes, overall (O)",
      columns: columns, rows: rows)
  }

  private var groups: TextTable {
    let groups = PhraseGroup.allCases
    var rows = [["phrases"] + groups.map { "\(metrics[$0].phrases)" }]
    for metric in PhraseMetric.allCases {
      let cells = groups.map { group in
        fixed(metrics[group][metric]) + interval(bootstrap?[group, metric])
      }
      rows.append([metric.title] + cells)
    }
    let note = bootstrap.map { "; [95 %] from \($0.draws) draws, seed \($0.seed)" } ?? ""
    return TextTable(
      title: "Every metric in %\(note)", columns: ["metric"] + groups.map(\.rawValue), rows: rows)
  }

  /// A row for each category, as in the paper's table 5 (SPEC §7.4).
  private var byCategory: TextTable {
    let rows = categories.map { category in
      [
        category.category, fixed(category.metrics.correct), fixed(category.metrics.centreHits),
        fixed(category.metrics.meanMaskIoU), "\(category.dispersion.boxes)",
        fixed(category.dispersion.meanArea), fixed(category.dispersion.score),
      ]
    }
    return TextTable(
      title: "By category, with the annotated boxes: number N, mean area, dispersion SDS",
      columns: ["category", "P@F1", "CH-F1", "mIoU", "N", "area", "SDS"], rows: rows)
  }

  private func differences(_ comparison: PairedComparison) -> TextTable {
    var rows: [[String]] = []
    for group in PhraseGroup.allCases {
      for metric in PhraseMetric.allCases {
        guard let difference = comparison[group, metric] else { continue }
        rows.append([
          "\(group.rawValue) \(metric.title)", fixed(metrics[group][metric]),
          fixed(otherMetrics?[group][metric]),
          fixed(difference.value) + interval(difference.interval),
          fixed(difference.p, decimals: 4),
        ])
      }
    }
    return TextTable(
      title: "\(name) minus \(otherName ?? ""): paired bootstrap [95 %], paired permutation p, "
        + "\(comparison.rounds) rounds, seed \(comparison.seed)",
      columns: ["metric", name, otherName ?? "", "difference", "p"], rows: rows)
  }

  private func bestPoints(_ sweep: Sweep) -> TextTable {
    let best = sweep.best
    let rows = sweep.fusionIoUs.map { fusionIoU in
      let point = sweep.best(fusionIoU: fusionIoU)
      let overall = point.metrics.overall
      return [(point == best ? "* " : "  ") + Self.words(fusionIoU)]
        + [fixed(point.threshold, decimals: 2)]
        + [
          overall.noAccuracy, overall.correct, overall.centreHits, overall.meanMaskIoU,
          overall.maskAccuracy,
        ].map { fixed($0) }
    }
    return TextTable(
      title: "Threshold of the best overall CH-F1, by fusion IoU (* the best)",
      columns: ["  fusion", "threshold", "N-Acc", "P@F1", "CH-F1", "mIoU", "Acc"], rows: rows)
  }

  private var reliability: TextTable {
    let bins = calibrations[0].bins.indices.filter { calibrations[0].bins[$0].boxes > 0 }
    let rows = bins.map { index in
      let bin = calibrations[0].bins[index]
      return [
        "\(fixed(bin.low, decimals: 2))–\(fixed(bin.high, decimals: 2))", "\(bin.boxes)",
        fixed(bin.meanConfidence, decimals: 3),
      ] + calibrations.map { fixed($0.bins[index].share, decimals: 3) }
    }
    let total = calibrations[0].bins.reduce(0) { $0 + $1.boxes }
    let errors = calibrations.map { fixed($0.expectedError, decimals: 3) }
    return TextTable(
      title: "Scores of the file against the share of boxes that is right",
      columns: ["score", "boxes", "mean score", "centre hit", "IoU ≥ 0.5"],
      rows: rows + [["calibration error", "\(total)", "–"] + errors])
  }

  private static func changed(_ changes: RegionChanges, _ what: String) -> TextTable {
    let rows = [
      ("changed", changes.changed), ("more regions", changes.more),
      ("fewer regions", changes.fewer), ("as many, moved", changes.moved),
      ("from some to none, or back", changes.turned),
    ].map { name, count in
      [
        name, "\(count)",
        fixed(100 * Double(count) / Double(max(1, changes.phrases)), decimals: 2),
      ]
    }
    return TextTable(
      title: "\(what): regions of \(changes.phrases) sentences, the same from IoU "
        + "\(fixed(RegionChanges.sameIoU)) on",
      columns: ["regions", "sentences", "%"], rows: rows)
  }

  /// “none”, or the IoU.
  static func words(_ fusionIoU: Double?) -> String {
    fusionIoU.map { fixed($0, decimals: 2) } ?? "none"
  }

  private func interval(_ interval: Interval?) -> String {
    interval.map { " [\(fixed($0.low)), \(fixed($0.high))]" } ?? ""
  }
}
