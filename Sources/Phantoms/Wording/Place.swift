/// A side of the patient: the patient's right is on the left of the picture.
public enum Side: String, Hashable, Sendable, CaseIterable {
  case right, left

  var other: Side { self == .right ? .left : .right }
}

/// A part of one lung; the thirds are by height.
public enum Zone: Hashable, Sendable, CaseIterable {
  case lung, upper, middle, lower, apex, angle, hilum, hemidiaphragm
}

/// A part of the lung on one side.
struct Place: Hashable, Sendable {
  var side: Side
  var zone: Zone

  init(_ side: Side, _ zone: Zone) {
    self.side = side
    self.zone = zone
  }

  /// The same part on both sides.
  static func both(_ zone: Zone) -> [Place] { [Place(.right, zone), Place(.left, zone)] }
}
