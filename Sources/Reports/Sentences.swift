/// A sentence of a text, and where it stands there.
public struct SentenceRange: Hashable, Sendable {
  /// The text's own scalars from `start` to `end`, line breaks inside a sentence included.
  public let text: String

  /// Unicode scalar offsets in the text; `end` is exclusive.
  public let start, end: Int

  /// True for the name of a report's section, such as “FINDINGS:”, which states nothing.
  public let isHeading: Bool

  public init(text: String, start: Int, end: Int, isHeading: Bool = false) {
    self.text = text
    self.start = start
    self.end = end
    self.isHeading = isHeading
  }
}

/// Cuts reports into sentences by rules that can be read.
///
/// Between two ranges, before the first and after the last stand only white space and list marks
/// (`1.`, `2)`, `(3)`, `-`, `•`, `*`): ranges and what is between them give the text back.
///
/// - The name of a section with its colon, or alone on its line, is a range of its own, marked as
///   heading. Any other label, as in “Lungs: Clear.”, belongs to its statement.
/// - Marks without any letter or digit, such as “___.”, belong to what stands before them.
/// - A blank line, a list mark at the start of a line and a stop end a sentence; a line break does
///   when the next line begins a sentence and the break was not forced by the width of the text,
///   unless a stop stands before it that ends nothing, as in “Dr.”.
/// - Within a line the next number of a list ends the item before.
///
/// Time is linear in the text.
public enum Sentences {
  /// The sentences of a text in order; none for an empty or blank text.
  public static func split(_ text: String) -> [SentenceRange] {
    var scanner = SentenceScanner(Array(text.unicodeScalars))
    scanner.scan()
    let bytes = Array(text.utf8)
    var cursor = Cursor(scalars: scanner.page.scalars)
    return scanner.found.map { found in
      let start = cursor.bytes(upTo: found.range.lowerBound)
      let end = cursor.bytes(upTo: found.range.upperBound)
      return SentenceRange(
        text: String(decoding: bytes[start..<end], as: UTF8.self),
        start: found.range.lowerBound, end: found.range.upperBound, isHeading: found.isHeading)
    }
  }

  /// Counts the UTF-8 bytes before a scalar, going forward only: sentences come in order.
  private struct Cursor {
    let scalars: [Unicode.Scalar]
    private var scalar = 0
    private var byte = 0

    init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

    mutating func bytes(upTo end: Int) -> Int {
      precondition(end >= scalar, "scalar \(end) after \(scalar)")
      while scalar < end {
        byte += UTF8.width(scalars[scalar])
        scalar += 1
      }
      return byte
    }
  }
}
