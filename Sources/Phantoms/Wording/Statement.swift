internal import Seeds

/// Says that something is somewhere.
struct Statement: Sendable {
  let nouns: Nouns
  let place: PlaceWords
  /// Whether the nouns stand for several things; nil for either.
  let isMany: Bool?

  init(_ nouns: Nouns, at places: [Place], isMany: Bool? = nil) {
    self.nouns = nouns
    place = PlaceWords(places)
    self.isMany = isMany
  }

  /// The statement in words, without capital and stop.
  ///
  /// - Parameter isPlain: true for nothing but the statement, so that another may follow.
  func words(isPlain: Bool = false, using random: inout SeededNumbers) -> String {
    var grammar = Grammar.common.with(nouns.rules(many: isMany, using: &random))
      .with(place.rules)
    var templates: [(weight: Float, value: [String])] = [(10, Self.located)]
    if let adjective = place.adjective {
      grammar = grammar.with(["adj": adjective])
      templates.append((6, Self.adjectival))
    }
    if let adverb = place.adverb {
      grammar = grammar.with(["adv": adverb])
      templates.append((4, Self.adverbial))
    }
    let body = random.pick(random.pick(templates))
    let whole = isPlain ? body : Self.around(body, isSided: place.other != nil, &random)
    return grammar.text(whole, using: &random)
  }

  /// Now and then something stands before or behind, which does not change what is where.
  private static func around(
    _ body: String, isSided: Bool, _ random: inout SeededNumbers
  ) -> String {
    switch random.unit() {
    case ..<0.72: body
    case ..<0.80: "{before} \(body)"
    case ..<0.88: "\(body) {since}"
    case ..<0.92: "\(body), {suggests} {cause}"
    case ..<0.94: "\(body)[,] (without|with no) (effusion|pneumothorax|cavitation|pleural fluid)"
    default: isSided ? random.pick(contrasts).replacing("{body}", with: body) : body
    }
  }

  /// The other side is named too, but nothing is there.
  private static let contrasts = [
    "{body}(,|;| and| but|, while|, whereas) the {other} (lung|side|hemithorax) is "
      + "(clear|normal|unremarkable|spared|well aerated|not affected)",
    "{body}, (none|nothing) (on|in|at) the {other} [side]",
    "the {other} (lung|side) is (clear|normal|unremarkable)(, but|; however,|, with|. Otherwise)"
      + " {body}",
    "{body}[,] (with|and) [a] clear {other} lung",
    "no {noun} (in|within|on) the {other} (lung|side)(, but|;|. However,) {body}",
  ]

  /// The place follows, or leads.
  private static let located = [
    "{bare} {in} {place}", "{bare} {in} {place}", "{np} {in} {place}", "{bare} in {place}",
    "{there} {np} {in} {place}", "{there} {np} {in} {place}", "there {be} {np} in {place}",
    "{in} {place}[,] there {be} {np}", "in {place}, {np} {be} {seen}",
    "{place} {placeShows} {np}", "{place} {placeShows} {np}", "{place} {placeHas} {np}",
    "{bare} {be} {seen} {in} {place}", "{bare} {be} {seen} {in} {place}",
    "{np} {be} {seen}, {place}",
    "{bare} (involving|affecting|occupying|obscuring|overlying|projecting over) {place}",
    "{bare} (involves|involve|affects|occupies|projects over|is located in) {place}",
    "{bare} of {place}", "{place}: {bare}", "{bare}, {place}", "{place} with {np}",
    "{place}, {bare}",
    "{doubt} {bare} {in} {place}", "there (may|might|could) be {np} {in} {place}",
    "{np} {be} (suspected|questioned|possible|not excluded) {in} {place}",
    "{place} {placeIs} (affected|involved|abnormal) (by|with|showing|due to) {np}",
    "{bare} {in} {place} {changes} (increased|decreased|improved|worsened|progressed|not changed)",
    "(findings|appearances|features) (suggest|suggestive of|consistent with|of) {bare} {in} {place}",
    "{bare} (predominantly|mainly|mostly|most marked|more pronounced|centered) (in|within) {place}",
    "{place} {placeIs} the (site|seat) of {np}", "{degree} {bare} {in} {place}",
    "{course} {bare} in {place}", "redemonstration of {np} {in} {place}",
    "{np} {be} again {seen} in {place}", "(look|note|see) {np} in {place}",
    "{bare} {place}", "{np} in {place} cannot be (excluded|ruled out)", "? {noun} {in} {place}",
    "(cannot|can not) exclude {np} in {place}", "{place} {noun}", "{place} {quality} {noun}",
    "{place} (is|are) (remarkable|notable) for {np}", "{bare} {be} (located|centered) {in} {place}",
  ]

  /// Only the side is named, behind the noun or before all.
  private static let adverbial = [
    "{bare} {adv}", "{bare} {adv}", "{there} {np} {adv}", "{bare} {be} {seen} {adv}",
    "{adv}[,] there {be} {np}", "{bare}, {adv}", "{adv}: {bare}", "{np} {be} {seen} {adv}",
    "{doubt} {bare} {adv}", "{bare} {adv}, {degree}", "{bare} {changes} (increased|improved) {adv}",
  ]

  /// The place stands before the noun.
  private static let adjectival = [
    "{adj} {noun}", "{adj} {noun}", "{adj} {noun}", "{quality} {adj} {noun}",
    "{quality} {adj} {noun}", "{degree} {adj} {noun}", "{course} {adj} {noun}",
    "{degree} {quality} {adj} {noun}", "{adj} {quality} {noun}", "{adj} {quality} {noun}",
    "there {be} {adj} {noun}", "{there} {adj} {noun}", "{there} {quality} {adj} {noun}",
    "{there} {degree} {adj} {noun}", "{adj} {noun} {be} {seen}", "{doubt} {adj} {noun}",
    "{quality} {adj} {noun} {be} {seen}", "{adj} {noun} {changes} (increased|improved|worsened)",
    "{adj} {noun} {be} (unchanged|stable|new|improving|worse|suspected|not excluded)",
    "(findings|appearances) (suggest|consistent with|in keeping with) {adj} {noun}",
    "{adj} {noun} (persists|persist|remains|remain)", "{adj} {bare}", "{adj} {noun}, {degree}",
  ]
}
