@_spi(_Unicode) import Swift

/// A stretch of the text after normalisation, which still knows where its scalars came from.
struct NormalizedText {
  private(set) var scalars: [Unicode.Scalar]

  /// For each scalar, the one of the original text that it stands for; nil when none has moved.
  private let origins: [Int]?

  /// Where the stretch begins in the original text.
  private let base: Int

  /// The stretch as it is, or in Unicode normalisation form C.
  init(_ original: ArraySlice<Unicode.Scalar>, composing: Bool) {
    base = original.startIndex
    scalars = Array(original)
    guard composing, !Self.isPlain(original) else {
      origins = nil
      return
    }
    // The standard library misorders U+0F73, U+0F75 and U+0F81; it never calls them composed. Runs of marks
    // it sorts by insertion, so that long ones are left to `Composition`, which finds the same.
    if !Self.hasLongRun(original), scalars.elementsEqual(Self.text(scalars)._nfc) {
      origins = nil
      return
    }
    var composed: [Unicode.Scalar] = []
    var places: [Int] = []
    var taken = 0
    for mark in Composition.run(over: scalars) {
      composed.append(mark.scalar)
      places.append(max(0, mark.isInserted ? taken - 1 : taken))
      taken += mark.isInserted ? 0 : 1 - mark.change
    }
    scalars = composed
    origins = places
  }

  /// The place in the original text of a range that is not empty.
  func place(of range: Range<Int>) -> Range<Int> {
    guard let origins else { return base + range.lowerBound..<base + range.upperBound }
    return base + origins[range.lowerBound]..<base + origins[range.upperBound - 1] + 1
  }

  /// The same text in normalisation form C.
  static func composed(_ text: String) -> String {
    Self.text(NormalizedText(Array(text.unicodeScalars)[...], composing: true).scalars)
  }

  /// True when every scalar stands below the first combining mark, which normalisation leaves.
  private static func isPlain(_ scalars: ArraySlice<Unicode.Scalar>) -> Bool {
    scalars.allSatisfy { $0.value < 0x300 }
  }

  private static let runMax = 64

  /// True when more than 64 marks follow each other, as they do in no language.
  private static func hasLongRun(_ scalars: ArraySlice<Unicode.Scalar>) -> Bool {
    var run = 0
    for scalar in scalars {
      run = isMark(scalar) ? run + 1 : 0
      if run > runMax { return true }
    }
    return false
  }

  /// True for what canonical order may move, the three that only decompose into marks included.
  private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case ..<0x300: false
    case 0xF73, 0xF75, 0xF81: true
    default: scalar.properties.canonicalCombiningClass != .notReordered
    }
  }

  private static func text(_ scalars: [Unicode.Scalar]) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    return String(text)
  }
}

/// Canonical decomposition and composition (Unicode Standard Annex 15), counting for each scalar of
/// the result how many of the original it replaces.
///
/// Hugging Face's tokenizers derive their offsets from these counts, so they are kept as found
/// there: what is composed stands for the first of its parts, what is inserted for the scalar
/// before it, and a reordered mark for the place where it now stands.
private struct Composition {
  struct Mark {
    var scalar: Unicode.Scalar
    /// 1: inserted; 0: replaces one scalar; −n: replaces one and removes the n that follow.
    var change: Int
    var isInserted: Bool { change > 0 }
    var combiningClass: UInt8 { scalar.properties.canonicalCombiningClass.rawValue }
  }

  private var starter: Mark?
  private var waiting: [Mark] = []
  private var lastClass: UInt8?
  private var result: [Mark] = []

  static func run(over scalars: [Unicode.Scalar]) -> [Mark] {
    var composition = Composition()
    for mark in decomposed(scalars) { composition.take(mark) }
    composition.release()
    return composition.result
  }

  private mutating func take(_ mark: Mark) {
    let combiningClass = mark.combiningClass
    guard let starter else {
      if combiningClass == 0 { self.starter = mark } else { result.append(mark) }
      return
    }
    let isBlocked = lastClass.map { $0 >= combiningClass } ?? false
    if !isBlocked, let composite = Self.composite(starter.scalar, mark.scalar) {
      self.starter = Mark(scalar: composite, change: starter.change + mark.change - 1)
    } else if combiningClass == 0 {
      release()
      self.starter = mark
    } else {
      waiting.append(mark)
      lastClass = combiningClass
    }
  }

  private mutating func release() {
    if let starter { result.append(starter) }
    result.append(contentsOf: waiting)
    starter = nil
    waiting.removeAll(keepingCapacity: true)
    lastClass = nil
  }

  private static func composite(
    _ first: Unicode.Scalar, _ second: Unicode.Scalar
  ) -> Unicode.Scalar? {
    guard second.value >= 0x300 else { return nil }
    var pair = String.UnicodeScalarView()
    pair.append(first)
    pair.append(second)
    var composed = String(pair)._nfc.makeIterator()
    guard let only = composed.next(), composed.next() == nil else { return nil }
    return only
  }

  /// The canonical decomposition, its runs of marks in canonical order.
  private static func decomposed(_ scalars: [Unicode.Scalar]) -> [Mark] {
    var marks: [Mark] = []
    var runStart = 0
    for scalar in scalars {
      var isFirst = true
      for part in scalar.value < 0xC0 ? [scalar] : Array(String(scalar)._nfd) {
        let mark = Mark(scalar: part, change: isFirst ? 0 : 1)
        isFirst = false
        if mark.combiningClass == 0 {
          order(&marks, from: runStart)
          marks.append(mark)
          runStart = marks.count
        } else {
          marks.append(mark)
        }
      }
    }
    order(&marks, from: runStart)
    return marks
  }

  /// Sorts a run of marks by combining class, equal ones in the order in which they came.
  private static func order(_ marks: inout [Mark], from start: Int) {
    guard marks.count - start > 1 else { return }
    let sorted = marks[start...].enumerated().sorted { one, other in
      let classes = (one.element.combiningClass, other.element.combiningClass)
      return classes.0 == classes.1 ? one.offset < other.offset : classes.0 < classes.1
    }
    marks.replaceSubrange(start..., with: sorted.lazy.map { $0.element })
  }
}
