extension Nouns {
  /// Fluid beside the lung.
  static let effusion = Nouns(
    mass: "pleural fluid|pleural effusion|pleural thickening or effusion|hydrothorax".nouns,
    countable: "pleural effusion|pleural effusion|effusion|effusion|pleural collection".nouns,
    plural: "pleural effusions|effusions|effusions|pleural effusions|pleural collections".nouns,
    qualities: "(small|moderate|large|trace|tiny|layering|loculated|sizeable|moderate-sized)")

  /// What fluid does to the costophrenic angle.
  static let blunting = Nouns(
    mass: "blunting|blunting|obliteration|effacement|obscuration|fluid|loss of definition".nouns,
    qualities: "(slight|mild|minimal|moderate|complete|partial|subtle)")

  /// Nouns of one kind of finding, for those whose place is told like a lung's.
  static func of(_ kind: Finding.Kind) -> Nouns? {
    switch kind {
    case .effusion: effusion
    case .consolidation: consolidation
    case .nodule: nodule
    case .metastases: nodules
    case .mass: mass
    case .pneumothorax: pneumothorax
    case .atelectasis: atelectasis
    case .edema: edema
    case .interstitial: interstitial
    case .bulla: bulla
    case .cavity: cavity
    case .granuloma: granuloma
    case .thickening: thickening
    case .fracture: fracture
    case .emphysema: emphysema
    case .hilum: hilum
    case .drain: drain
    default: nil
    }
  }

  private static let consolidation = Nouns(
    mass: """
      consolidation|consolidation|opacification|airspace disease|pneumonia|airspace opacification
      shadowing|infiltration|lobar pneumonia|alveolar opacification|pneumonic consolidation
      """.nouns,
    countable: """
      opacity|infiltrate|consolidation|density|airspace opacity|area of (consolidation|opacity)
      pneumonic infiltrate|focus of consolidation|parenchymal opacity|patch of consolidation
      """.nouns,
    plural: "opacities|infiltrates|consolidations|airspace opacities|areas of opacity".nouns,
    qualities: "(patchy|dense|focal|hazy|ill-defined|confluent|lobar|segmental|new|airspace)")

  private static let nodule = Nouns(
    countable: "nodule|nodule|pulmonary nodule|lung nodule|nodular opacity|coin lesion".nouns,
    qualities: "(small|round|solitary|well-defined|single|rounded|solid|indeterminate)")

  private static let nodules = Nouns(
    plural: "nodules|pulmonary nodules|lung nodules|nodular opacities|metastases|lesions".nouns,
    qualities: "(multiple|several|scattered|numerous|round|small|metastatic)")

  private static let mass = Nouns(
    countable: "mass|mass|lung mass|pulmonary mass|mass lesion|tumor|large opacity".nouns,
    qualities: "(large|round|lobulated|spiculated|well-circumscribed|solid|suspicious)")

  private static let pneumothorax = Nouns(
    countable: "pneumothorax|pneumothorax|pneumothorax|collapsed lung with pneumothorax".nouns,
    qualities: "(small|moderate|large|apical|tiny|sizeable|lateral)")

  private static let atelectasis = Nouns(
    mass: "atelectasis|atelectasis|subsegmental atelectasis|plate atelectasis|volume loss".nouns,
    countable: "band of atelectasis|linear opacity|bandlike opacity|plate of atelectasis".nouns,
    qualities: "(linear|bandlike|discoid|platelike|mild|subsegmental|minor)")

  private static let edema = Nouns(
    mass: "pulmonary edema|edema|oedema|vascular congestion|alveolar edema|fluid overload".nouns,
    plural: "batwing opacities|perihilar opacities|central opacities|hazy opacities".nouns,
    qualities: "(perihilar|mild|moderate|alveolar|central|symmetric)")

  private static let interstitial = Nouns(
    mass: "interstitial disease|reticulation|interstitial thickening|fibrosis|scarring".nouns,
    plural: """
      interstitial opacities|reticular opacities|interstitial markings|reticular markings
      interstitial changes|fibrotic changes|reticulations
      """.nouns,
    qualities: "(reticular|coarse|fine|increased|chronic|diffuse|prominent)")

  private static let bulla = Nouns(
    mass: "bullous emphysema|bullous disease|bullous change".nouns,
    countable: "bulla|bulla|emphysematous bulla|air cyst|thin-walled lucency".nouns,
    qualities: "(large|thin-walled|emphysematous|solitary|giant)")

  private static let cavity = Nouns(
    countable: "cavity|cavity|cavitary lesion|cavitating lesion|thick-walled cavity".nouns,
    qualities: "(thick-walled|large|round|solitary|irregular)")

  private static let granuloma = Nouns(
    countable: "calcified granuloma|granuloma|calcified nodule|calcified lesion".nouns,
    qualities: "(small|dense|old|benign|round|tiny|healed)")

  private static let thickening = Nouns(
    mass: "pleural thickening|pleural thickening|pleural scarring|pleural reaction".nouns,
    countable: "pleural plaque|pleural rind".nouns, plural: "pleural plaques".nouns,
    qualities: "(lateral|smooth|mild|chronic|peripheral)")

  private static let fracture = Nouns(
    countable: "rib fracture|rib fracture|fractured rib|fracture of a rib".nouns,
    qualities: "(displaced|acute|lateral|old|healing|single)")

  private static let emphysema = Nouns(
    mass: "subcutaneous emphysema|soft tissue gas|chest wall emphysema|surgical emphysema".nouns,
    qualities: "(extensive|mild|moderate|marked)")

  private static let hilum = Nouns(
    mass: "hilar enlargement|hilar prominence|hilar fullness|hilar adenopathy".nouns,
    countable: "hilar mass|enlarged hilum|prominent hilum".nouns,
    qualities: "(lobulated|marked|mild|bulky)")

  private static let drain = Nouns(
    countable: """
      chest tube|chest tube|chest drain|thoracostomy tube|intercostal drain|pleural drain
      pigtail catheter|drainage catheter
      """.nouns,
    qualities: "(large-bore|indwelling|new|apically directed)")
}
