/// Holds what a run left behind against what was sent.
struct Verifier: Sendable {
  let dispatches: [Dispatch]
  let evidence: Evidence
  /// True where brokers know a producer's repeated attempt and drop it. Those in this process do not:
  /// what librdkafka repeats by itself is then no double of ours.
  let brokersDropRepeats: Bool

  /// Everything that is not as it should be; none is a good run.
  var violations: [Violation] {
    inbound + ledger + publications + order + positions + remains
  }

  /// Attempts that brokers with sequence numbers would have dropped.
  var repeats: Int { evidence.published.count - published.count }

  private var expectations: [Source: (number: Int, dispatch: Dispatch)] {
    Dictionary(
      evidence.accepted.map { ($0.source, ($0.number, dispatches[$0.number])) },
      uniquingKeysWith: { $1 })
  }

  /// The producer's own knowledge is the topic's.
  private var inbound: [Violation] {
    let places = Dictionary(grouping: evidence.accepted, by: \.number)
    return dispatches.indices.compactMap { number in
      guard let place = evidence.written[number] else { return nil }
      let isThere = places[number]?.contains { $0.source == place } ?? false
      return isThere ? nil : Violation(.misplaced, "message \(number) is not at \(place)")
    }
  }

  /// Every accepted message has one row, and the right one.
  private var ledger: [Violation] {
    var violations: [Violation] = []
    let rows = Dictionary(
      grouping: evidence.groundings + evidence.rejections, by: { $0.source })
    let expectations = expectations
    for (source, expected) in expectations.sorted(by: { $0.key < $1.key }) {
      let found = rows[source] ?? []
      if found.isEmpty { violations.append(Violation(.lost, "no row of \(source)")) }
      if found.count > 1 {
        violations.append(Violation(.doubled, "\(found.count) rows of \(source)"))
      }
      for row in found where !row.fits(expected.dispatch.expectation) {
        violations.append(
          Violation(
            .misjudged,
            "\(source) is \(row.code ?? "grounded"), not \(expected.dispatch.expectation)"))
      }
    }
    for (source, found) in rows where source.map({ expectations[$0] == nil }) ?? true {
      let place = source.map { "\($0)" } ?? "a position that is not there"
      violations.append(Violation(.orphaned, "\(found.count) rows of \(place)"))
    }
    return violations
  }

  /// What was published, without what librdkafka repeated by itself.
  private var published: [Evidence.Published] {
    guard !brokersDropRepeats else { return evidence.published }
    var seen: Set<Attempt> = []
    return evidence.published.sorted { $0.place < $1.place }.filter {
      seen.insert(Attempt(topic: $0.topic, id: $0.id, timestamp: $0.timestamp)).inserted
    }
  }

  private struct Attempt: Hashable {
    let topic, id: String
    let timestamp: Int64
  }

  /// Every row is out once, under its id, and nothing else is.
  private var publications: [Violation] {
    var violations: [Violation] = []
    let bySource = Dictionary(grouping: published, by: \.source)
    let ids = Dictionary(grouping: published, by: \.id)
    for (id, same) in ids.sorted(by: { $0.key < $1.key }) where same.count > 1 {
      let places = same.map { "\($0.topic) \($0.place) at \($0.timestamp)" }
      violations.append(
        Violation(.doubled, "\(id) of \(same[0].source): \(places.joined(separator: ", "))"))
    }
    for row in evidence.groundings + evidence.rejections {
      guard let source = row.source else { continue }
      let messages = bySource[source] ?? []
      if messages.isEmpty { violations.append(Violation(.lost, "\(source) was not published")) }
      for message in messages {
        let isRight =
          message.code == row.code && (row.groundingID == nil || message.id == row.groundingID)
        if !isRight {
          violations.append(Violation(.misjudged, "\(source) came out as another than it is"))
        }
      }
    }
    let known = Set((evidence.groundings + evidence.rejections).compactMap(\.source))
    for source in bySource.keys.sorted() where !known.contains(source) {
      violations.append(Violation(.orphaned, "published \(source), which the ledger has not"))
    }
    return violations
  }

  /// Messages of one key come out in the order in which they came in, by their first appearance.
  private var order: [Violation] {
    var last: [String: Source] = [:]
    var seen: Set<String> = []
    var violations: [Violation] = []
    for message in published.sorted(by: { ($0.topic, $0.place) < ($1.topic, $1.place) })
    where seen.insert(message.id).inserted {
      let lane = "\(message.topic) \(message.key)"
      if let before = last[lane], before >= message.source {
        violations.append(
          Violation(.disordered, "\(lane): \(message.source) came out after \(before)"))
      }
      last[lane] = message.source
    }
    return violations
  }

  /// The ledger's positions are the ends of the inbound topic.
  private var positions: [Violation] {
    evidence.ends.sorted { $0.key < $1.key }.compactMap { partition, end in
      let position = evidence.positions[partition]
      guard position != end, position != nil || end > 0 else { return nil }
      return Violation(
        .misplaced, "partition \(partition) is at \(position.map { "\($0)" } ?? "nil"), not \(end)")
    }
  }

  private var remains: [Violation] {
    evidence.outbox.map { row in
      Violation(.orphaned, "outbox row of \(row.source.map { "\($0)" } ?? "no position")")
    } + evidence.strayNotes.map { Violation(.orphaned, $0) }
  }
}

extension Evidence.Row {
  fileprivate func fits(_ expectation: Expectation) -> Bool {
    switch expectation {
    case .grounded(let report, let count):
      code == nil && reportID == report && sentences == count
    case .rejected(let expected): code == expected
    }
  }
}
