/// How well phrases are grounded, by group (SPEC §4; tables of §7.2 and §7.3).
///
///     let metrics = PhraseMetrics(of: phrases)
///     metrics.overall.centreHits  // 74.5
public struct PhraseMetrics: Hashable, Sendable {
  public let no, single, multi, overall: GroupMetrics

  public init(of phrases: some Sequence<Phrase>) {
    self.init(of: phrases.lazy.map { PhraseOutcome($0) })
  }

  /// The same, of phrases that have been compared already.
  public init(of outcomes: some Sequence<PhraseOutcome>) {
    var sums = PhraseTally()
    for outcome in outcomes { sums.add(outcome) }
    self.init(sums)
  }

  init(_ sums: PhraseTally) {
    no = GroupMetrics(sums.no)
    single = GroupMetrics(sums.single)
    multi = GroupMetrics(sums.multi)
    overall = GroupMetrics(sums.overall)
  }

  public subscript(group: PhraseGroup) -> GroupMetrics {
    switch group {
    case .no: no
    case .single: single
    case .multi: multi
    case .overall: overall
    }
  }
}
