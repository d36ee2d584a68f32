internal import Seeds

/// Sentences that show nothing: what is absent, what is normal, how the film was taken, and of whom.
enum Absence {
  /// Words without capital and stop.
  static func words(using random: inout SeededNumbers) -> String {
    words(of: grammar(using: &random), using: &random)
  }

  private static func words(of grammar: Grammar, using random: inout SeededNumbers) -> String {
    let kinds: [(weight: Float, value: [String])] = [
      (6, placed), (5, absent), (5, normal), (2, technique), (1.5, advice),
      (4, history),
    ]
    return grammar.text(random.pick(random.pick(kinds)), using: &random)
  }

  /// A lung, or a part of it, is free of something: the hard ones, since they name a side.
  static func placedWords(using random: inout SeededNumbers) -> String {
    grammar(using: &random).text(random.pick(placed), using: &random)
  }

  private static func grammar(using random: inout SeededNumbers) -> Grammar {
    var places = [Place(random.pick(Side.allCases), random.pick(Zone.allCases.dropLast(2)))]
    if random.chance(0.35) { places = [Place(places[0].side, .lung)] }
    if random.chance(0.25) { places.append(Place(places[0].side.other, places[0].zone)) }
    let words = PlaceWords(places)
    let nouns = Nouns.opacity.rules(using: &random)
    return base.with(nouns).with(words.rules).with(["adj": words.adjective ?? "focal"])
  }

  private static let base = Grammar.common.with(lists)

  private static let lists = [
    "absentThing":
      "({noun}|{noun}|{noun}|pleural effusion|effusion|pneumothorax|focal consolidation"
      + "|consolidation|edema|pulmonary edema|infiltrate|mass|nodule|cavitation|pleural fluid"
      + "|rib fracture|fracture|lymphadenopathy|free air|airspace disease|acute abnormality"
      + "|pneumonia|focal opacity|suspicious nodule|collapse|vascular congestion|atelectasis)",
    "no":
      "(no|no|no|no|there is no|there is no|no evidence of|no sign of|no signs of|no definite"
      + "|no convincing|no obvious|no radiographic evidence of|negative for|without|absence of"
      + "|free of|no visible|no large|no focal|no new|no acute|no significant|no appreciable"
      + "|without evidence of|we see no|there are no signs of)",
    "clear":
      "(clear|clear|clear|normal|unremarkable|well aerated|well expanded|normally aerated"
      + "|free of (consolidation|infiltrates|opacity|disease|{noun})|without {noun}"
      + "|without focal abnormality|within normal limits|preserved|not remarkable|now clear"
      + "|grossly clear|essentially clear|clear of {noun}|fully expanded)",
    "sound":
      "(normal|unremarkable|within normal limits|not enlarged|intact|stable|preserved"
      + "|normal in (size|contour|appearance))",
  ]

  private static let placed = [
    "{no} {absentThing} {in} {place}", "{no} {absentThing} in {place}", "no {adj} {absentThing}",
    "{place} {placeIs} {clear}", "{place} {placeIs} {clear}",
    "{place} (appear|remain|look)(|s) clear",
    "clear {place}", "no {quality} {noun} in {place}", "{no} {adj} {absentThing} {be} seen",
    "{absentThing} {be} not {seen} in {place}", "{absentThing} {be} absent in {place}",
    "{in} {place}[,] no {absentThing} [is] seen", "{place}: clear", "{place}: no {absentThing}",
    "{adj} {noun} (has|have) (resolved|cleared|disappeared)", "resolution of {adj} {noun}",
    "{noun} in {place} (has|have) (resolved|completely cleared|disappeared)",
    "{place} (do|does) not show [any] {absentThing}", "neither {noun} nor {noun} in {place}",
    "no {absentThing} or {absentThing} in {place}", "{place} {placeIs} {clear} and well expanded",
    "{adj} {noun} {be} no longer {seen}", "{place} {placeIs} spared", "sparing of {place}",
    "previously (noted|seen|described) {noun} in {place} {changes} (resolved|cleared)",
    "{place} {placeIs} not (affected|involved|opacified|abnormal)",
    "{place} {placeHas} normal (aeration|transparency|markings|volume)",
    "the {right} lung is clear", "the {left} lung is clear", "{right} lung clear",
    "{left} lung clear",
    "the costophrenic angles are (sharp|clear|preserved)", "costophrenic angles are not blunted",
    "the (right|left) costophrenic angle is (sharp|clear|preserved|not blunted)",
    "no (right|left|right-sided|left-sided) (pleural effusion|effusion|pneumothorax)",
    "normal {place}", "{place} {placeIs} (free|unaffected|unchanged and clear|of normal density)",
  ]

  private static let absent = [
    "{no} {absentThing}", "{no} {absentThing}", "{no} {absentThing} or {absentThing}",
    "{no} {absentThing}, {absentThing}[,] or {absentThing}", "{absentThing} is not seen",
    "there is no {absentThing} or {absentThing}", "no {absentThing} is {seen}",
    "(lungs|the lungs|both lungs|lung fields) are {clear}", "(lungs|both lungs|the lungs) clear",
    "the lungs are clear (bilaterally|without {absentThing}|of {absentThing})",
    "the lungs are {clear}(,| and) without {absentThing}", "clear lungs bilaterally",
    "{no} (pleural effusion|effusion) on either side", "neither {absentThing} nor {absentThing}",
    "no (acute|active) (cardiopulmonary|pulmonary|intrathoracic) (disease|process|abnormality)",
    "{no} {absentThing} bilaterally", "no {absentThing} on the (right|left) or (left|right)",
    "{absentThing} and {absentThing} (are|have been) (excluded|absent|ruled out)",
    "the {noun} (has|have) (resolved|cleared)", "there is no {degree} {absentThing}",
    "{no} {absentThing} {in} (either lung|both lungs|the lungs|the chest|either hemithorax)",
  ]

  private static let normal = [
    "(heart|the heart|cardiac|the cardiac) size is {sound}", "heart size normal",
    "(the heart|the cardiac silhouette|the cardiomediastinal silhouette|heart) is {sound}",
    "(the|) (mediastinum|mediastinal contours|hila|hilar contours|aorta|trachea) (is|are) {sound}",
    "(the|) (bony structures|osseous structures|bones|ribs|soft tissues|skeleton) are {sound}",
    "(the|) (pulmonary vasculature|diaphragm|trachea|spine|thoracic cage) is {sound}",
    "the trachea is (midline|central)", "the diaphragm is (smooth|sharp|well defined)",
    "normal (chest|chest radiograph|study|examination|heart size|mediastinal contours)",
    "(the heart|heart size) and mediastin(um|al contours) are {sound}",
    "no (acute|) (bony|osseous) (abnormality|lesion|fracture)", "cardiomediastinal contours normal",
    "(unremarkable|normal) (cardiac silhouette|bony thorax|upper abdomen|pleura|pleural spaces)",
    "the pleural spaces are (clear|normal|unremarkable)", "visualized upper abdomen is {sound}",
    "(degenerative changes of the spine are not assessed|the bones are osteopenic but intact)",
  ]

  private static let technique = [
    "(PA|AP|portable AP|frontal|single frontal|AP supine|supine|upright) {film}",
    "(PA|AP|portable|frontal|supine) {film} (of the chest|was obtained|dated {month})",
    "(comparison|compared) (to|with) (the prior|prior) (study|film|radiograph) of {month}",
    "comparison: (none|{month}|no prior studies|prior radiograph of {month})",
    "(the patient is|) (rotated|slightly rotated) to the (right|left)",
    "(low|poor|good|adequate) (lung volumes|inspiration|inspiratory effort)",
    "(limited|suboptimal|good) (technique|quality|exposure|study)[ due to (rotation|motion)]",
    "(no|there are no) (prior|previous) (studies|films|images) (for comparison|available)",
    "(history|indication|clinical information): (cough|fever|dyspnea|shortness of breath|pain)",
    "(chest|chest radiograph|chest x-ray)[,] (one|single|two) view(|s)", "technique: {film}",
  ].map {
    $0.replacing("{film}", with: "(view|radiograph|chest radiograph|chest film|x-ray|image)")
      .replacing(
        "{month}", with: "(January|March|April|May|June|August|October|November|yesterday)")
  }

  private static let advice = [
    "(follow-up|followup|repeat) (radiograph|film|imaging) (is|) (recommended|advised|suggested)",
    "(CT|chest CT|lateral view|clinical correlation|ultrasound) is (recommended|advised|suggested)",
    "recommend (CT|follow-up|clinical correlation|repeat radiograph in [4 to] 6 weeks)",
    "correlate (clinically|with history|with laboratory findings)", "unchanged from prior",
    "findings (were|have been) (discussed with|communicated to|reported to) the (team|ward|doctor)",
    "(please|) see (the|) (separate report|CT report|comparison)",
    "no (significant|) interval change",
    "stable (examination|appearance|chest)", "as (above|described)",
    "see findings",
    "(impression|findings|conclusion): (as above|normal chest|no acute disease)",
  ]
}
