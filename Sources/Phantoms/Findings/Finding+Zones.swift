extension Finding.Kind {
  /// The parts of a lung where findings of the kind can be; none for kinds without a side.
  var zones: [Zone] {
    switch self {
    case .consolidation, .interstitial, .nodule, .mass, .metastases, .cavity, .granuloma:
      [.upper, .middle, .lower]
    case .atelectasis: [.middle, .lower]
    case .bulla: [.upper]
    case .hilum: [.hilum]
    case .hemidiaphragm, .freeAir: [.hemidiaphragm]
    case .effusion, .thickening, .edema, .pneumothorax, .fracture, .emphysema, .drain,
      .pacemaker, .centralLine:
      [.lung]
    case .cardiomegaly, .hyperinflation, .mediastinum, .aorta, .calcification, .scoliosis, .wires,
      .trachealTube, .gastricTube:
      []
    }
  }
}
