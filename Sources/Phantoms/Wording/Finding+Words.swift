internal import Seeds

extension Finding {
  /// A sentence about the finding, as words without capital and stop.
  func words(using random: inout SeededNumbers) -> String {
    guard let nouns = Nouns.of(kind) else {
      let words = Self.fixed(templates, places.first?.side ?? .right, using: &random)
      let around = random.pick(["", "", "", "", "", "", "{before} ", " {since}"])
      let extra = Grammar.common.text(around, using: &random)
      return around.hasPrefix("{") ? "\(extra) \(words)" : "\(words) \(extra)"
    }
    if kind == .metastases {
      return Statement(nouns, at: Place.both(.lung), isMany: true).words(using: &random)
    }
    // Where one lung alone is affected, its zone need not be named.
    let sides = Set(places.map { $0.side })
    let isBroad = ![.hilum, .hemidiaphragm].contains(kind) && random.chance(0.3)
    let named =
      isBroad ? Side.allCases.filter { sides.contains($0) }.map { Place($0, .lung) } : places
    return Statement(nouns, at: named, isMany: named.count > 1).words(using: &random)
  }

  /// A few words that fit into a sentence with others: “left basal consolidation”.
  func phrase(using random: inout SeededNumbers) -> String {
    guard let nouns = Nouns.of(kind) else {
      return Self.fixed(
        Self.phrases[kind] ?? templates, places.first?.side ?? .right, using: &random)
    }
    let named = kind == .metastases ? Place.both(.lung) : places
    let words = PlaceWords(named)
    var grammar = Grammar.common.with(nouns.rules(many: named.count > 1, using: &random))
      .with(words.rules)
    var templates = ["{bare} in {place}", "{bare} {in} {place}"]
    if let adjective = words.adjective {
      grammar = grammar.with(["adj": adjective])
      templates += [
        "{adj} {noun}", "{adj} {noun}", "{quality} {adj} {noun}", "{degree} {adj} {noun}",
      ]
    }
    return grammar.text(random.pick(templates), using: &random)
  }

  private static func fixed(
    _ templates: [String], _ side: Side, using random: inout SeededNumbers
  ) -> String {
    Grammar.common.with(["side": side.rawValue]).text(random.pick(templates), using: &random)
  }

  /// Several findings in one sentence, as words without capital and stop.
  static func words(of findings: [Finding], using random: inout SeededNumbers) -> String {
    let phrases = findings.map { $0.phrase(using: &random) }
    let joined =
      phrases.dropLast().joined(separator: ", ") + " "
      + random.pick(["and", "and", "with", "as well as", "together with", "in addition to"]) + " "
      + phrases[phrases.count - 1]
    return random.pick([
      joined, joined, "there is \(joined)", "findings include \(joined)", "\(joined) are seen",
      "note is made of \(joined)", "\(joined) are present", "the film shows \(joined)",
    ])
  }
}
