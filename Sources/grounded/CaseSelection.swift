internal import Evaluation

/// Phrases that show what the numbers mean: the best, typical ones, and both ways to go wrong.
struct CaseSelection {
  /// Why a phrase is shown.
  enum Kind: String, CaseIterable {
    case best, typical, wrong, missed
  }

  /// Most phrases of a kind.
  static let phrasesMax = 6
  private static let phrasesOfCategoryMax = 2

  private var isTaken: Set<Int> = []
  private var seenFilms: Set<Int> = []
  private var chosen: [Kind: [Int]] = [:]

  /// - Parameters:
  ///   - outcomes: of the phrases.
  ///   - films: the number of each phrase's film. One is shown twice only where others are too few.
  init(of phrases: [Phrase], _ outcomes: [PhraseOutcome], films: [Int]) {
    for kind in Kind.allCases {
      let candidates = Self.candidates(for: kind, phrases, outcomes)
      take(candidates, for: kind, films, phrases, isVaried: true)
      take(candidates, for: kind, films, phrases, isVaried: false)
    }
  }

  /// Indices of phrases, the plainest case first.
  subscript(kind: Kind) -> [Int] { chosen[kind] ?? [] }

  private mutating func take(
    _ candidates: [Int], for kind: Kind, _ films: [Int], _ phrases: [Phrase], isVaried: Bool
  ) {
    for phrase in candidates where self[kind].count < Self.phrasesMax && !isTaken.contains(phrase) {
      let alike = self[kind].count { phrases[$0].category == phrases[phrase].category }
      let isFresh = !seenFilms.contains(films[phrase]) && alike < Self.phrasesOfCategoryMax
      guard isFresh || !isVaried else { continue }
      chosen[kind, default: []].append(phrase)
      isTaken.insert(phrase)
      seenFilms.insert(films[phrase])
    }
  }

  private static func candidates(
    for kind: Kind, _ phrases: [Phrase], _ outcomes: [PhraseOutcome]
  ) -> [Int] {
    func overlap(_ index: Int) -> Double { outcomes[index].maskIoU ?? 0 }
    func falling(_ indices: [Int], by value: (Int) -> Double) -> [Int] {
      indices.map { ($0, value($0)) }.sorted { ($1.1, $0.0) < ($0.1, $1.0) }.map(\.0)
    }
    let located = outcomes.indices.filter {
      outcomes[$0].truths > 0 && outcomes[$0].predictions > 0
    }
    switch kind {
    case .best:
      return falling(located.filter { outcomes[$0].isCorrect }) { overlap($0) }
    case .typical:
      guard !located.isEmpty else { return [] }
      let middle = located.map(overlap).sorted()[located.count / 2]
      return falling(located) { -abs(overlap($0) - middle) }
    case .wrong:
      let wrong = outcomes.indices.filter {
        outcomes[$0].predictions > 0 && outcomes[$0].matches == 0 && overlap($0) < 0.5
      }
      return falling(wrong) { index in phrases[index].predictions.map(\.confidence).max() ?? 0 }
    case .missed:
      let missed = outcomes.indices.filter {
        outcomes[$0].truths > 0 && outcomes[$0].predictions == 0
      }
      return falling(missed) { outcomes[$0].unionArea }
    }
  }
}
