internal import Seeds

/// Says that a place looks wrong without naming what is there: “The left base is hazy.”
enum PlaceState {
  /// The statement in words, without capital and stop.
  static func words(at places: [Place], using random: inout SeededNumbers) -> String {
    Grammar.common.with(PlaceWords(places).rules)
      .text(random.pick(templates), using: &random)
  }

  private static let templates = [
    "{place} {placeIs} {how} {white}", "{place} {placeIs} {white}", "{white}: {place}",
    "{place} (appear|look)(|s) {white}", "{how} {white}[,] {place}",
    "(loss of|reduced|decreased|poor|diminished|impaired) (aeration|transparency|lucency) "
      + "(of|in|at) {place}",
    "{place} {placeShows} (reduced|decreased|diminished|poor) (aeration|transparency|lucency)",
    "{place} {placeIs} (abnormal|affected|involved|diseased)", "abnormal appearance of {place}",
    "increased (density|opacity|whiteness|markings|attenuation) (of|in|over|at) {place}",
    "(abnormality|disease|pathology) (is in|involves|affects|is confined to|limited to) {place}",
    "{place} {placeIs} (worse|more affected|whiter) than (before|on the prior)",
    "(airspace|interstitial|parenchymal) disease[,] (worst|greatest|most marked) in {place}",
  ].map {
    $0.replacing("{white}", with: white).replacing("{how}", with: how)
  }

  private static let white =
    "(hazy|opacified|consolidated|dense|partially collapsed|collapsed|poorly aerated|whited out"
    + "|opaque|infiltrated|cloudy|obscured|underaerated|atelectatic|congested)"
  private static let how =
    "(partially|partly|completely|mildly|markedly|diffusely|slightly|extensively|increasingly)"
}
