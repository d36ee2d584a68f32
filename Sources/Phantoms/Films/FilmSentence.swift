internal import Boxes
internal import Seeds

/// A sentence about a film, and where it holds.
struct FilmSentence {
  let text: String
  let boxes: [BoundingBox]
  let category: String?

  /// Draws one of the kinds of sentence: about half show nothing or are about something else.
  static func draw(for film: Film, using random: inout SeededNumbers) -> FilmSentence {
    switch random.unit() {
    case ..<0.25: about("nothing", [], Absence.words(using: &random), &random)
    case ..<0.45: about("nothing", [], Absence.placedWords(using: &random), &random)
    case ..<0.50: middle(film, &random)
    case ..<0.57: pleura(film, &random)
    default: opacity(film, &random)
    }
  }

  private static func about(
    _ category: String, _ boxes: [BoundingBox], _ words: String,
    _ random: inout SeededNumbers
  ) -> FilmSentence {
    FilmSentence(
      text: Sentence.typed(words, using: &random), boxes: boxes,
      category: boxes.isEmpty ? nil : category)
  }

  private static func opacity(_ film: Film, _ random: inout SeededNumbers) -> FilmSentence {
    if random.chance(0.05) { return twoOpacities(film, &random) }
    let places = Self.places(using: &random)
    let words =
      random.chance(0.12)
      ? PlaceState.words(at: places, using: &random)
      : Statement(.opacity, at: places).words(using: &random)
    return about("opacity", places.map { film.box(of: $0) }, words, &random)
  }

  /// One on each side, each with its own words.
  private static func twoOpacities(
    _ film: Film, _ random: inout SeededNumbers
  ) -> FilmSentence {
    let side = random.pick(Side.allCases)
    let places = [Place(side, random.pick(zones)), Place(side.other, random.pick(zones))]
    let words = places.map { place in
      Statement(.opacity, at: [place]).words(isPlain: true, using: &random)
    }
    let joint = random.pick([" and ", ", and ", "; ", ", ", " with ", ". Also, "])
    return about(
      "opacity", places.map { film.box(of: $0) }, words.joined(separator: joint), &random)
  }

  /// One place on most occasions, else one on both sides, or two of any kind.
  private static func places(using random: inout SeededNumbers) -> [Place] {
    let zone = random.pick(zones)
    let side = random.pick(Side.allCases)
    switch random.unit() {
    case ..<0.69: return [Place(side, zone)]
    case ..<0.90: return Place.both(zone)
    default:
      let level = random.pick([(Zone.upper, Zone.middle), (.middle, .lower)])
      switch random.unit() {
      case ..<0.4: return [Place(side, level.0), Place(side, level.1)]
      case ..<0.6: return Place.both(level.0) + Place.both(level.1)
      default:
        let others = [Zone.upper, .middle, .lower].filter { $0 != zone }
        let first = zone == .lung || zone == .hilum ? Zone.lower : zone
        let second = random.pick(others.filter { $0 != first })
        return [Place(side, first), Place(side.other, second)]
      }
    }
  }

  private static let zones: [(weight: Float, value: Zone)] = [
    (10, .lung), (4, .upper), (4, .middle), (6, .lower), (1, .apex), (1, .hilum), (0.7, .angle),
  ]

  private static func pleura(_ film: Film, _ random: inout SeededNumbers) -> FilmSentence {
    let side = random.pick(Side.allCases)
    let isBoth = random.chance(0.25)
    if random.chance(0.4) {
      let places = isBoth ? Place.both(.angle) : [Place(side, .angle)]
      let words = Statement(.blunting, at: places).words(using: &random)
      return about("blunting", places.map { film.box(of: $0) }, words, &random)
    }
    let lungs = isBoth ? Place.both(.lung) : [Place(side, .lung)]
    let bases = lungs.map { film.box(of: Place($0.side, .lower)) }
    return about(
      "effusion", bases, Statement(.effusion, at: lungs).words(using: &random), &random)
  }

  private static func middle(_ film: Film, _ random: inout SeededNumbers) -> FilmSentence {
    let isHeart = random.chance(0.65)
    let words = Grammar.common.text(
      random.pick(isHeart ? heartTemplates : mediastinumTemplates), using: &random)
    let box = isHeart ? film.heart : film.mediastinum
    return about(isHeart ? "heart" : "mediastinum", [box], words, &random)
  }
}
