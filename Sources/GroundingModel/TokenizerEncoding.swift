/// A text as the network reads it: one id and one place per token, special tokens included.
public struct Encoding: Hashable, Sendable {
  /// Vocabulary ids, [tokens].
  public internal(set) var ids: [Int32]

  /// Where each token stands in the text, in Unicode scalars, [tokens].
  ///
  /// Special tokens of the template are at `0..<0`. When one scalar takes several tokens, each of
  /// them has that scalar's whole range.
  public internal(set) var offsets: [Range<Int>]

  init() {
    ids = []
    offsets = []
  }

  mutating func append(_ id: Int32, at place: Range<Int>) {
    ids.append(id)
    offsets.append(place)
  }
}
