/// Phrases by the number of boxes that they have in truth (SPEC §4).
public enum PhraseGroup: String, CaseIterable, Sendable {
  /// Without a box.
  case no
  case single
  /// With two or more.
  case multi
  /// All phrases.
  case overall

  init(truths: Int) { self = truths == 0 ? .no : truths == 1 ? .single : .multi }
}
