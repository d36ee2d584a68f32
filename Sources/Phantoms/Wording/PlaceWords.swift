/// How one or several places are called, as templates.
struct PlaceWords: Sendable {
  /// With its article: “the right lower zone”.
  let noun: String
  /// Before a noun: “right basal”. Nil where no such word exists.
  let adjective: String?
  /// Behind a noun, without naming the lung: “on the right”. Nil where no such words exist.
  let adverb: String?
  let isPlural: Bool
  /// The side that is not named; nil when both are.
  let other: Side?

  /// - Parameter places: at least one.
  init(_ places: [Place]) {
    let zones = places.map { $0.zone }.removingDuplicates()
    let sides = places.map { $0.side }.removingDuplicates()
    let isGrid = places.count == zones.count * sides.count
    other = sides.count == 1 ? sides[0].other : nil
    isPlural = places.count > 1
    adverb = zones == [.lung] ? Self.adverb(of: sides) : nil
    if isGrid, zones.count == 1, sides.count == 1 {
      noun = Self.one(zones[0], sides[0])
      adjective = Self.adjective(zones[0], sides[0])
    } else if isGrid, zones.count == 1 {
      noun = Self.pair(zones[0])
      adjective = Self.pairAdjective(zones[0])
    } else if isGrid, zones.allSatisfy({ Self.level($0) != nil }) {
      let levels = zones.compactMap { Self.level($0) }.joined(separator: " (and|and|to) ")
      adjective = nil
      noun =
        sides.count == 1
        ? "(the {\(sides[0])} \(levels) {zones}|the \(levels) {zones} of the {\(sides[0])} {chest})"
        : "(the \(levels) {zones} (of both lungs|bilaterally|on both sides)|both \(levels) {zones})"
    } else {
      noun = places.map { "(\(Self.one($0.zone, $0.side)))" }.joined(separator: " and ")
      adjective = nil
    }
  }

  /// Rules for a sentence about the place.
  var rules: [String: String] {
    [
      "place": noun, "placeIs": isPlural ? "are" : "is",
      "placeShows": isPlural ? "{show}" : "{show}s",
      "placeHas": isPlural ? "have" : "has", "other": other?.rawValue ?? "",
    ]
  }

  private static func adverb(of sides: [Side]) -> String {
    if sides.count == 1 {
      return "(on the {\(sides[0])}|on the {\(sides[0])}|on the {\(sides[0])} side"
        + "|{\(sides[0])}|to the {\(sides[0])}|at the {\(sides[0])}|{\(sides[0])}-sided)"
    }
    return "(bilaterally|bilaterally|on both sides|in each lung|in either lung|on each side"
      + "|on the {right} and on the {left}|{right} and {left}|on either side|in both hemithoraces)"
  }

  private static func level(_ zone: Zone) -> String? {
    switch zone {
    case .upper: "(upper|upper|upper|superior)"
    case .middle: "(mid|middle)"
    case .lower: "(lower|lower|lower|inferior)"
    default: nil
    }
  }

  private static func one(_ zone: Zone, _ side: Side) -> String {
    let s = "{\(side)}"
    switch zone {
    case .lung:
      return "(the \(s) (lung|lung|lung|lung field|hemithorax|side|chest|thorax|pulmonary field)"
        + "|the (entire|whole) \(s) (lung|hemithorax)|the \(s) side of the (chest|thorax)"
        + "|the lung on the \(s)|\(s) lung"
        + "|the (patient's \(s)|\(s)-sided) lung|the \(s) lung (parenchyma|tissue))"
    case .upper, .middle, .lower:
      let level = level(zone) ?? ""
      let special: String =
        switch (zone, side) {
        case (.lower, _):
          "|the \(s) [lung] base|the base of the \(s) {chest}|the \(s) lung base"
            + (side == .right ? "|the RLL" : "|the LLL")
        case (.middle, .right): "|the right middle lobe|the right midlung|the RML"
        case (.middle, .left): "|the left midlung|the left mid thorax|the lingula"
        default:
          "|the superior \(s) (lung|hemithorax)" + (side == .right ? "|the RUL" : "|the LUL")
        }
      return "(the \(s) \(level) {zone}|the \(s) \(level) {zone}|the \(level) {part} of the \(s) "
        + "{chest}|the \(level) \(s) (lung|lung zone|hemithorax|chest)"
        + "|\(s) \(level) (zone|lung zone|lung|lobe)\(special))"
    case .apex:
      return "(the \(s) (apex|lung apex|apical region|apical zone|pulmonary apex)"
        + "|the apex of the \(s) {chest}|the apical (part|portion) of the \(s) {chest})"
    case .angle:
      return "(the \(s) (costophrenic|costophrenic|lateral costophrenic|CP) (angle|sulcus|recess)"
        + "|the costophrenic (angle|sulcus) on the \(s) [side])"
    case .hilum:
      return "(the \(s) (hilum|hilus|hilar region|perihilar region|perihilar zone|pulmonary hilum)"
        + "|the hilum on the \(s))"
    case .hemidiaphragm:
      return "(the \(s) (hemidiaphragm|diaphragm|diaphragmatic dome)|the diaphragm on the \(s))"
    }
  }

  private static func adjective(_ zone: Zone, _ side: Side) -> String? {
    let s = "{\(side)}"
    switch zone {
    case .lung:
      return "(\(s)|\(s)-sided|\(s) lung|\(s)-sided pulmonary|\(s) pulmonary|\(s) hemithorax)"
    case .upper: return "(\(s) upper {zone}|upper \(s) lung|\(s)-sided upper zone)"
    case .middle:
      return "(\(s) (mid|middle) (zone|lung zone|lung)|\(s) midlung"
        + (side == .right ? "|right middle lobe|right middle lobe)" : "|left mid zone)")
    case .lower:
      return "(\(s) lower {zone}|\(s) (basal|basilar|lung base|base)|lower \(s) lung"
        + "|\(s)-sided basal)"
    case .apex: return "(\(s) apical|\(s) lung apex|\(s)-sided apical)"
    case .angle: return "\(s) costophrenic angle"
    case .hilum: return "(\(s) (hilar|perihilar|parahilar)|\(s)-sided (hilar|perihilar))"
    case .hemidiaphragm: return nil
    }
  }

  private static func pair(_ zone: Zone) -> String {
    let (singular, plural): (String, String) =
      switch zone {
      case .lung:
        (
          "(lung|lung field|hemithorax)",
          "(lungs|lungs|lung fields|hemithoraces|sides|sides of the chest|pulmonary fields)"
        )
      case .upper: ("upper {zone}", "upper {zones}")
      case .middle: ("(mid|middle) {zone}", "(mid|middle) {zones}")
      case .lower: ("(lower {zone}|lung base)", "(lower {zones}|lung bases|bases)")
      case .apex: ("[lung] apex", "([lung] apices|apical regions)")
      case .angle: ("costophrenic angle", "costophrenic (angles|sulci)")
      case .hilum: ("hilum", "(hila|hilar regions|perihilar regions)")
      case .hemidiaphragm: ("hemidiaphragm", "hemidiaphragms")
      }
    let whole =
      zone == .lung
      ? "|the lungs|the lungs bilaterally|both the right and left lung|the two lungs" : ""
    return "(both \(plural)|both \(plural)|the \(plural) bilaterally|the \(plural) on both sides"
      + "|the {right} and {left} \(singular)|the {left} and {right} \(singular)"
      + "|the bilateral \(plural)|bilateral \(plural)|the right and the left \(singular)\(whole))"
  }

  private static func pairAdjective(_ zone: Zone) -> String {
    switch zone {
    case .lung:
      "(bilateral|bilateral|bilateral|bilateral diffuse|right and left|bilateral pulmonary"
        + "|bilateral lung|left and right)"
    case .upper: "(bilateral upper {zone}|biapical|right and left upper {zone})"
    case .middle: "(bilateral (mid|middle) (zone|lung zone|lung)|right and left mid zone)"
    case .lower:
      "(bibasilar|bibasal|bilateral (basal|basilar|lower {zone}|lung base)"
        + "|right and left (basal|lower {zone}))"
    case .apex: "(biapical|bilateral apical|right and left apical)"
    case .angle: "bilateral costophrenic angle"
    case .hilum: "(bilateral (hilar|perihilar|parahilar)|perihilar)"
    case .hemidiaphragm: "bilateral diaphragmatic"
    }
  }
}

extension Array where Element: Hashable {
  /// The elements in the order in which each came first.
  func removingDuplicates() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
