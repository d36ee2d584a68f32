internal import Seeds

/// What a sentence says is there, as templates: nouns by how they are counted.
struct Nouns: Sendable {
  /// Without article: “consolidation”.
  var mass: [String] = []
  /// With “a”: “opacity”.
  var countable: [String] = []
  /// “infiltrates”.
  var plural: [String] = []
  /// What may stand before them: “patchy”.
  var qualities = "{degree}"

  /// One of the nouns, as rules: `np` with and `bare` without its article, `be`, `es`.
  ///
  /// - Parameter many: true for several things, false for one, nil for either.
  func rules(many: Bool? = nil, using random: inout SeededNumbers) -> [String: String] {
    let several = many == false && !(mass + countable).isEmpty ? [] : plural
    let one = many == true && !plural.isEmpty ? [] : mass + countable
    let number = Int(random.next() >> 33) % (several.count + one.count)
    let isPlural = number >= one.count
    let noun = isPlural ? several[number - one.count] : one[number]
    let isCounted = !isPlural && number >= mass.count
    let described = "{qualified}\(noun)"
    return [
      "quality": qualities, "bare": described, "np": isCounted ? "a \(described)" : described,
      "noun": noun, "be": isPlural ? "are" : "is", "es": isPlural ? "" : "s",
      "qualified":
        "(||{course} |{degree} |{quality} |{quality} |{quality} |{course} {quality} "
        + "|{degree} {quality} |{quality} and {quality} |{quality}, {quality} )",
      "changes": isPlural ? "have" : "has",
    ]
  }
}

extension Nouns {
  /// Everything that makes a lung whiter than it should be.
  static let opacity = Nouns(
    mass: """
      consolidation|consolidation|opacification|airspace disease|air space disease|haziness
      airspace opacification|air-space opacification|shadowing|pneumonia|pneumonia|infection
      atelectasis|edema|oedema|pulmonary edema|ground-glass opacification|ground glass change
      ground glass|collapse|infiltration|air space shadowing|alveolar shadowing|lung disease
      interstitial shadowing|parenchymal disease|pneumonic change|inflammatory change|scarring
      fibrosis|volume loss|hazy opacification|bronchopneumonia|pulmonary congestion|contusion
      aspiration|interstitial disease|reticulation|airspace consolidation|increased density
      parenchymal opacification|pneumonic consolidation|lobar consolidation|clouding
      interstitial thickening|alveolar disease|airspace filling|increased attenuation|whiteness
      haze|loss of transparency|lung involvement|abnormal density|radiopacity|white-out|disease
      viral pneumonia|COVID-19 pneumonia|pneumonitis|hyperdensity|peribronchial thickening
      """.nouns,
    countable: """
      opacity|opacity|infiltrate|infiltrate|density|abnormality|process|lesion|shadow
      focus of (consolidation|infection|airspace disease)|patch of (consolidation|haziness)
      area of (consolidation|opacification|increased density|ground glass|haziness|opacity)
      airspace opacity|ground-glass opacity|ground glass opacity|pneumonia|lung opacity|change
      pneumonic infiltrate|region of (opacity|consolidation|opacification)|parenchymal opacity
      consolidative opacity|alveolar opacity|interstitial opacity|airspace process
      zone of increased density|pneumonic process|infectious process|parenchymal abnormality
      consolidative process|lung abnormality|pulmonary opacity|pulmonary infiltrate
      """.nouns,
    plural: """
      opacities|opacities|infiltrates|infiltrates|densities|abnormalities|changes|shadows
      consolidations|areas of (consolidation|opacification|opacity|ground glass|haziness)
      foci of (consolidation|infection|opacity)|ground-glass opacities|ground glass opacities
      airspace opacities|interstitial changes|reticular markings|lung opacities|lung changes
      interstitial markings|inflammatory changes|parenchymal opacities|pneumonic changes
      alveolar opacities|interstitial opacities|interstitial infiltrates|patches of consolidation
      airspace infiltrates|alveolar infiltrates|pulmonary infiltrates|pulmonary opacities
      bronchovascular markings|parenchymal changes|infective changes|chronic changes|lesions
      atelectatic changes|pneumonic infiltrates|regions of increased density|lung markings
      airspace changes|viral infiltrates|COVID changes|radiopacities|white patches
      fibrotic changes|reticular changes|patchy areas of (opacity|consolidation)|air bronchograms
      """.nouns,
    qualities:
      "(patchy|patchy|hazy|hazy|dense|ill-defined|focal|diffuse|diffuse|confluent|multifocal"
      + "|scattered|homogeneous|heterogeneous|streaky|linear|reticular|interstitial|alveolar"
      + "|airspace|ground-glass|nodular|reticulonodular|peripheral|poorly defined|vague|fluffy"
      + "|inhomogeneous|bandlike|irregular|asymmetric|asymmetrical|widespread|lobar|segmental"
      + "|subsegmental|coarse|fine|non-specific|nonspecific|multiple|prominent|rounded|wispy)")
}

extension String {
  /// The nouns of a table: separated by bars and by lines, but not within brackets.
  var nouns: [String] {
    var depth = 0
    return split { character in
      if character == "(" { depth += 1 }
      if character == ")" { depth -= 1 }
      return depth == 0 && (character == "|" || character == "\n")
    }.map { String($0) }
  }
}
