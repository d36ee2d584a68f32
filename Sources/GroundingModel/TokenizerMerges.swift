/// Byte-pair encoding: joins the neighbours of lowest rank until no two may be joined.
///
/// (Sennrich et al., 2016, algorithm 1, with a queue in place of the search.) A word of n bytes
/// takes n log n steps, whatever it holds.
struct Merges: Sendable {
  /// A token of a word, and how many of its bytes it covers.
  struct Piece: Sendable {
    var id: Int32
    var length: Int32
  }

  /// Two neighbours, as the key of a table.
  struct Pair: Hashable, Sendable {
    var left, right: Int32
  }

  /// What two neighbours become, and how early. Low ranks are joined first.
  struct Merge: Sendable {
    var rank: Int32
    var id: Int32
  }

  /// The token of each byte, [256]; nil where the vocabulary has none.
  let bytes: [Int32?]
  let table: [Pair: Merge]
  /// Stands for a byte that has no token.
  let unknown: Int32?
  /// Joins unknown bytes that stand side by side.
  let fusesUnknown: Bool
  /// Words that are tokens as they stand, whatever the merges say.
  let wholeWords: [[UInt8]: Int32]

  /// The tokens of a word, in order; their lengths add up to the word's.
  func callAsFunction(_ word: [UInt8]) -> [Piece] {
    if let id = wholeWords[word] { return [Piece(id: id, length: Int32(word.count))] }
    var chain = Chain(pieces(of: word))
    chain.join(by: table)
    return chain.pieces
  }

  private func pieces(of word: [UInt8]) -> [Piece] {
    var pieces: [Piece] = []
    pieces.reserveCapacity(word.count)
    for byte in word {
      if let id = bytes[Int(byte)] {
        pieces.append(Piece(id: id, length: 1))
      } else if fusesUnknown, let last = pieces.last, last.id == unknown {
        pieces[pieces.count - 1].length += 1
      } else if let unknown {
        pieces.append(Piece(id: unknown, length: 1))
      } else {
        preconditionFailure("byte \(byte) has no token, though valid UTF-8 may hold it")
      }
    }
    return pieces
  }
}

/// A word's pieces while they are joined: a chain in an array, and a queue of possible joins.
private struct Chain {
  private struct Link {
    var piece: Merges.Piece
    var previous: Int32
    var next: Int32
  }

  private static let none: Int32 = -1
  private var links: [Link]
  private var queue = MinimumQueue()

  init(_ pieces: [Merges.Piece]) {
    precondition(pieces.count < Int32.max, "a word of \(pieces.count) bytes")
    let last = Int32(pieces.count) - 1
    links = pieces.enumerated().map { index, piece in
      let index = Int32(index)
      return Link(
        piece: piece, previous: index - 1, next: index == last ? Self.none : index + 1)
    }
  }

  /// What is left, in order.
  var pieces: [Merges.Piece] {
    links.lazy.filter { $0.piece.length > 0 }.map { $0.piece }
  }

  mutating func join(by table: [Merges.Pair: Merges.Merge]) {
    for place in links.indices.dropLast() { propose(Int32(place), table) }
    while let (rank, place) = queue.removeMinimum() {
      let link = links[Int(place)]
      // A join proposed earlier may have lost one of its sides since.
      guard link.piece.length > 0, let merge = merge(at: place, table), merge.rank == rank else {
        continue
      }
      let gone = links[Int(link.next)]
      links[Int(link.next)].piece.length = 0
      links[Int(place)].piece = Merges.Piece(
        id: merge.id, length: link.piece.length + gone.piece.length)
      links[Int(place)].next = gone.next
      if gone.next != Self.none { links[Int(gone.next)].previous = place }
      if link.previous != Self.none { propose(link.previous, table) }
      propose(place, table)
    }
  }

  private func merge(at place: Int32, _ table: [Merges.Pair: Merges.Merge]) -> Merges.Merge? {
    let link = links[Int(place)]
    guard link.next != Self.none else { return nil }
    return table[Merges.Pair(left: link.piece.id, right: links[Int(link.next)].piece.id)]
  }

  private mutating func propose(_ place: Int32, _ table: [Merges.Pair: Merges.Merge]) {
    if let merge = merge(at: place, table) { queue.insert(rank: merge.rank, place: place) }
  }
}

/// A binary heap of joins: lowest rank first, then leftmost.
private struct MinimumQueue {
  private var heap: [UInt64] = []

  mutating func insert(rank: Int32, place: Int32) {
    heap.append(UInt64(UInt32(bitPattern: rank)) << 32 | UInt64(UInt32(bitPattern: place)))
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child] < heap[parent] else { return }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  mutating func removeMinimum() -> (rank: Int32, place: Int32)? {
    guard let minimum = heap.first, let last = heap.popLast() else { return nil }
    if !heap.isEmpty {
      heap[0] = last
      var parent = 0
      while let child = lesserChild(of: parent), heap[child] < heap[parent] {
        heap.swapAt(child, parent)
        parent = child
      }
    }
    return (Int32(truncatingIfNeeded: minimum >> 32), Int32(truncatingIfNeeded: minimum))
  }

  private func lesserChild(of parent: Int) -> Int? {
    let left = 2 * parent + 1
    guard left < heap.count else { return nil }
    return left + 1 < heap.count && heap[left + 1] < heap[left] ? left + 1 : left
  }
}
