extension Finding {
  /// Sentences about findings without a place in the lungs; `{side}` is the finding's.
  var templates: [String] {
    switch kind {
    case .cardiomegaly: heartTemplates
    case .mediastinum: mediastinumTemplates
    case .freeAir: places.count > 1 ? Self.freeAirOnBothSides : Self.freeAir
    case .hyperinflation: Self.hyperinflation
    case .hemidiaphragm: Self.hemidiaphragm
    case .aorta: Self.aorta
    case .calcification: Self.calcification
    case .scoliosis: Self.scoliosis
    case .wires: Self.wires
    case .trachealTube: Self.trachealTube
    case .gastricTube: Self.gastricTube
    case .centralLine: Self.centralLine
    case .pacemaker: Self.pacemaker
    default: preconditionFailure("\(kind) has nouns")
    }
  }

  private static let hyperinflation =
    [
      "(the lungs|both lungs|lungs) are [{how}] (hyperinflated|overinflated|hyperexpanded)",
      "(hyperinflation|hyperexpansion|overinflation) of (the|both) lungs",
      "{degree} (hyperinflation|hyperexpansion)", "hyperinflated lungs[, {copd}]",
      "flattened diaphragms and (hyperinflated|hyperlucent) lungs", "emphysematous lungs",
      "large lung volumes with flattening of the diaphragm", "{there} pulmonary hyperinflation",
    ].map {
      $0.replacing("{how}", with: "(mildly|markedly|severely)")
        .replacing("{copd}", with: "(suggesting COPD|consistent with emphysema)")
    }

  private static let hemidiaphragm =
    [
      "(elevation|eventration) of the {side} (hemidiaphragm|diaphragm)",
      "(elevated|raised|high) {side} (hemidiaphragm|diaphragm)",
      "the {side} (hemidiaphragm|diaphragm) is [again] [{mildly}] (elevated|raised|high)",
      "{degree} elevation of the {side} hemidiaphragm", "{side} hemidiaphragmatic elevation",
      "{there} (elevation|eventration) of the {side} hemidiaphragm", "{side} diaphragm elevated",
    ].map { $0.replacing("{mildly}", with: "(mildly|markedly|slightly)") }

  private static let aorta =
    [
      "(tortuous|unfolded|ectatic|elongated|dilated) [thoracic] aorta",
      "the [thoracic] aorta is (tortuous|unfolded|ectatic|elongated|dilated)",
      "(tortuosity|unfolding|ectasia|dilatation) of the [thoracic] aorta", "aortic tortuosity",
      "prominent (aortic knob|aortic knuckle|aortic arch)", "{degree} aortic (ectasia|unfolding)",
    ]

  private static let calcification =
    [
      "(calcified|atherosclerotic) (aortic arch|aorta|aortic knob)",
      "(calcification|atherosclerosis|calcifications) of the (aortic arch|aorta|aortic knob)",
      "aortic (arch |knob |)calcification(|s)", "atherosclerotic calcifications of the aorta",
      "the (aortic arch|aortic knob|aorta) is [{heavily}] calcified",
    ].map { $0.replacing("{heavily}", with: "(mildly|heavily|densely)") }

  private static let scoliosis =
    [
      "scoliosis", "{degree} scoliosis [of the [thoracic] spine]", "scoliotic [thoracic] spine",
      "(curvature|scoliosis|lateral curvature) of the [thoracic] spine", "thoracic scoliosis",
      "the [thoracic] spine is (scoliotic|curved)",
      "{there} {degree} (scoliosis|dextroscoliosis)",
    ]

  private static let wires =
    [
      "(median|) sternotomy wires [are] [{seen}]", "sternal wires [are] [intact]",
      "(intact|aligned|) (sternal|sternotomy|cerclage) wires", "status post [median] sternotomy",
      "(post|prior|previous) [median] sternotomy", "midline sternotomy wires are intact",
    ]

  private static let trachealTube =
    [
      "{ett} [is] in (place|situ|good position)", "{ett} {tip} {cm} above the carina",
      "intubated",
      "the tip of the {ett} is {cm} above the carina", "[the] {ett} {seen}", "{ett} is unchanged",
      "(status post intubation|the patient is intubated)", "{there} a {ett}",
    ].map {
      $0.replacing("{ett}", with: "(endotracheal tube|ET tube|ETT|tracheal tube)")
        .replacing("{cm}", with: "(2|3|4|4.5|5|6) cm")
        .replacing("{tip}", with: "(tip|terminates|ends|tip projects|tip is located)")
    }

  private static let gastricTube =
    [
      "{ngt} [is] in (place|situ|good position)", "{ngt} {tip} in the stomach", "{ngt} {seen}",
      "{ngt} (courses|extends|passes) (below|beneath) the diaphragm[, tip not seen]",
      "the tip of the {ngt} is in the stomach", "{there} a {ngt}", "{ngt} is unchanged",
    ].map {
      $0.replacing(
        "{ngt}", with: "(nasogastric tube|NG tube|enteric tube|feeding tube|orogastric tube)"
      ).replacing("{tip}", with: "(tip|terminates|ends|projects|with tip|tip is)")
    }

  private static let centralLine =
    [
      "{side}[-sided] {line} [with] {tip} (in|at|over) the {svc}", "{side} {line}",
      "{line} (from|via|on) the {side} [with] {tip} in the {svc}", "{side}[-sided] {line} {seen}",
      "(a|the) {side} {line} terminates in the {svc}", "{side} {line} is unchanged [in position]",
      "tip of the {side} {line} [is] (in|at|over) the {svc}", "{there} a {side} {line}",
    ].map {
      $0.replacing(
        "{line}",
        with:
          "(central line|central venous catheter|CVC|central venous line|central catheter|PICC"
          + "|venous catheter|IJ line|catheter)"
      ).replacing("{svc}", with: "([lower|upper|mid] SVC|superior vena cava|cavoatrial junction)")
        .replacing("{tip}", with: "(tip|the tip|terminating|ending|tip projecting)")
    }

  private static let pacemaker =
    [
      "{side}[-sided] {pacer} [is] [{seen}]", "{side} chest wall {pacer}",
      "{pacer} on the {side}",
      "{side} {pacer} with (leads|lead tips|lead) in the right (ventricle|atrium and ventricle)",
      "(a|the) {side}-sided {pacer} is (in place|unchanged|noted)", "{there} a {side} {pacer}",
      "(dual|single) (lead|chamber) {pacer} on the {side}",
      "{pacer} (in situ|in place|unchanged)",
    ].map {
      $0.replacing(
        "{pacer}",
        with:
          "(pacemaker|cardiac pacemaker|pacing device|pacer|ICD|defibrillator|pacemaker device)"
      )
    }

  private static let freeAirOnBothSides = [
    "free air (under|below|beneath) both (hemidiaphragms|sides of the diaphragm)",
    "(bilateral|) (subdiaphragmatic|subphrenic) (free air|lucency)", "pneumoperitoneum",
    "{there} free (air|gas) (under|beneath|below) the diaphragm [bilaterally]",
  ]

  private static let freeAir = [
    "free (air|gas) (under|below|beneath) the {side} (hemidiaphragm|diaphragm)",
    "(pneumoperitoneum|free intraperitoneal air|free abdominal air)",
    "{side} (subdiaphragmatic|subphrenic) (free air|lucency|gas)",
    "{there} free (air|gas) (under|beneath|below) the {side} hemidiaphragm",
    "crescent of (air|gas) beneath the {side} (hemidiaphragm|diaphragm)",
  ]

  /// Short names for sentences that name several findings.
  static let phrases: [Kind: [String]] = [
    .cardiomegaly: ["cardiomegaly", "{degree} cardiomegaly", "an enlarged heart", "a large heart"],
    .mediastinum: ["widened mediastinum", "mediastinal widening", "a broad mediastinum"],
    .hyperinflation: ["hyperinflation", "hyperinflated lungs", "{degree} hyperinflation"],
    .hemidiaphragm: ["elevated {side} hemidiaphragm", "elevation of the {side} hemidiaphragm"],
    .aorta: ["tortuous aorta", "an unfolded aorta", "aortic ectasia"],
    .calcification: ["aortic calcification", "a calcified aortic arch", "calcified aorta"],
    .freeAir: ["free air under the diaphragm", "pneumoperitoneum", "subdiaphragmatic free air"],
    .scoliosis: ["scoliosis", "{degree} thoracic scoliosis", "scoliosis of the spine"],
    .wires: ["sternotomy wires", "sternal wires", "median sternotomy wires"],
    .trachealTube: ["endotracheal tube", "ET tube", "an endotracheal tube in situ"],
    .gastricTube: ["nasogastric tube", "enteric tube", "NG tube"],
    .centralLine: ["{side} central line", "{side} central venous catheter", "{side}-sided CVC"],
    .pacemaker: ["{side} pacemaker", "{side}-sided pacemaker", "a {side} pacing device"],
  ]
}
