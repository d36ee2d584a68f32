/// Something that should not be.
struct Violation: Hashable, Sendable, CustomStringConvertible {
  enum Kind: String, Sendable, CaseIterable {
    case lost, doubled, disordered, misjudged, misplaced, orphaned, stuck, misbehaved
  }

  let kind: Kind
  let text: String

  init(_ kind: Kind, _ text: String) {
    self.kind = kind
    self.text = text
  }

  var description: String { "\(kind.rawValue): \(text)" }
}
