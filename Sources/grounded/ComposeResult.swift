internal import JSON

/// What came of grounding a generator's reports, and of measuring them.
struct ComposeResult {
  let reports: Int
  let counts: Composition.Counts
  /// References that no report was given for.
  let surplus: Int
  /// All reports with the network's boxes; nil without a judge.
  var radFact: RadFactResult?
  /// The reports with MAIRA-2's tags: with its own boxes, and with the network's.
  var rival: (own: RadFactResult, ours: RadFactResult)?

  var json: JSON {
    [
      "reports": .integer(Int64(reports)), "references_without_report": .integer(Int64(surplus)),
      "composition": counts.json, "radfact": radFact?.json ?? .null,
      "rival": rival?.own.json ?? .null, "radfact_beside_rival": rival?.ours.json ?? .null,
    ]
  }

  func show(on console: Console) {
    console.line(
      "\(reports) reports, \(counts.sentences) sentences: \(counts.grounded) with boxes, "
        + "\(counts.generatorsOwn) with the generator's own, \(counts.skipped) not looked for")
    if counts.tagged > 0 {
      console.line("\(counts.tagged) reports have MAIRA-2's tags, and can have its own boxes")
    }
    if counts.malformed > 0 {
      console.line("\(counts.malformed) reports have tags that do not fit: taken without them")
    }
    if counts.silent > 0 { console.line("\(counts.silent) reports say nothing") }
    var tables = radFact?.tables("the network's boxes") ?? []
    if let rival {
      tables += rival.own.tables("the generator's own boxes")
      if counts.tagged < reports {
        tables += rival.ours.tables("the network's boxes in these reports")
      }
    }
    if !tables.isEmpty {
      console.write("\n" + tables.map { $0.text(.table) }.joined(separator: "\n"))
    }
  }
}
