internal import Seeds

extension Absence {
  /// Words about absence that do not contradict what is there.
  static func words(beside findings: [Finding], using random: inout SeededNumbers) -> String {
    for _ in 0..<60 {
      let words = random.chance(0.3) ? placedWords(using: &random) : words(using: &random)
      if isTrue(words.lowercased(), beside: findings) { return words }
    }
    return random.pick(["PA view", "frontal view", "chest radiograph", "no comparison available"])
  }

  private static func isTrue(_ words: String, beside findings: [Finding]) -> Bool {
    guard !findings.isEmpty else { return true }
    if words.contains("normal chest") || words.contains("acute") || words.contains("normal study") {
      return false
    }
    for finding in findings where forbidden(finding.kind).contains(where: words.contains) {
      return false
    }
    let sides = Set(findings.filter { isPulmonary($0.kind) }.flatMap { $0.places.map { $0.side } })
    guard !sides.isEmpty, lungWords.contains(where: words.contains) else { return true }
    let named = Side.allCases.filter { words.contains($0.rawValue) }
    return named.count == 1 && !sides.contains(named[0]) && !words.contains("lungs")
  }

  /// Kinds that a sentence about a clear lung would deny.
  private static func isPulmonary(_ kind: Finding.Kind) -> Bool {
    switch kind {
    case .cardiomegaly, .mediastinum, .aorta, .calcification, .scoliosis, .wires, .trachealTube,
      .gastricTube, .centralLine, .pacemaker, .drain, .fracture, .emphysema, .freeAir,
      .hyperinflation, .hemidiaphragm:
      false
    default: true
    }
  }

  private static let lungWords = [
    "lung", "clear", "consolid", "opaci", "infiltr", "atelect", "edema", "pneumonia", "airspace",
    "air space", "density", "densities", "ground", "nodul", "mass", "lesion", "zone", "base",
    "basal", "apex", "apical", "hil", "shadow", "haz", "fibrosis", "marking", "collapse",
    "process", "disease", "change", "abnormal", "hemithora", "lobe", "aeration", "scar",
    "infection", "spar", "attenuation", "foc", "patch", "region", "congestion",
  ]

  private static func forbidden(_ kind: Finding.Kind) -> [String] {
    switch kind {
    case .effusion, .thickening: ["pleura", "effusion", "costophrenic", "cp angle"]
    case .cardiomegaly: ["heart", "cardiac", "cardiomediastinal"]
    case .mediastinum, .aorta, .calcification: ["mediast", "aorta"]
    case .pneumothorax: ["pneumothora", "pleura", "collapse"]
    case .fracture, .scoliosis: ["bon", "osseous", "rib", "fracture", "skelet", "spine", "cage"]
    case .hemidiaphragm, .freeAir: ["diaphragm", "free air", "abdomen"]
    case .hilum: ["hil", "lymphaden"]
    case .nodule, .metastases, .mass, .granuloma: ["nodul", "mass", "lesion"]
    case .cavity: ["cavit"]
    case .emphysema: ["soft tissue"]
    case .hyperinflation: ["volume", "expanded", "inspirat", "diaphragm", "lungs"]
    default: []
    }
  }
}
