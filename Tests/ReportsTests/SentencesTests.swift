import Foundation
import Reports
import TestKit
import Testing

@Suite struct `The sentences of a report` {
  private struct Marked: CustomStringConvertible {
    var text = ""
    var ranges: [SentenceRange] = []

    init(_ marked: String) {
      var scalars: [Unicode.Scalar] = []
      var start = 0
      for scalar in marked.unicodeScalars {
        switch scalar {
        case "⟨", "⟪": start = scalars.count
        case "⟩", "⟫":
          ranges.append(
            SentenceRange(
              text: String(String.UnicodeScalarView(scalars[start...])), start: start,
              end: scalars.count, isHeading: scalar == "⟫"))
        default: scalars.append(scalar)
        }
      }
      text = String(String.UnicodeScalarView(scalars))
    }

    var description: String { text.debugDescription }
  }

  private func expectSplit(_ marked: String, at location: SourceLocation = #_sourceLocation) {
    let expected = Marked(marked)
    let found = Sentences.split(expected.text)
    #expect(found == expected.ranges, "\(found.map { $0.text })", sourceLocation: location)
  }

  @Test(arguments: SentenceCases.plain) func `end with their stops`(marked: String) {
    expectSplit(marked)
  }

  @Test(arguments: SentenceCases.numbers) func `keep their numbers`(marked: String) {
    expectSplit(marked)
  }

  @Test(arguments: SentenceCases.abbreviations) func `know abbreviations`(marked: String) {
    expectSplit(marked)
  }

  @Test(arguments: SentenceCases.lists) func `leave list marks outside`(marked: String) {
    expectSplit(marked)
  }

  @Test(arguments: SentenceCases.headings) func `stand apart from headings`(marked: String) {
    expectSplit(marked)
  }

  @Test(arguments: SentenceCases.lines) func `may hold line breaks`(marked: String) {
    expectSplit(marked)
  }

  @Test(arguments: SentenceCases.marks) func `keep what is not a stop`(marked: String) {
    expectSplit(marked)
  }

  @Test(arguments: SentenceCases.scripts) func `end in any script`(marked: String) {
    expectSplit(marked)
  }

  // MARK: Whatever the text

  private struct Dice: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }
  }

  /// Ranges in order, with their own text, and nothing but white space and list marks between.
  private func expectWhole(_ text: String) {
    let scalars = Array(text.unicodeScalars)
    func part(_ range: Range<Int>) -> String { String(String.UnicodeScalarView(scalars[range])) }
    var last = 0
    var whole = ""
    for sentence in Sentences.split(text) {
      guard sentence.start >= last, sentence.end > sentence.start, sentence.end <= scalars.count
      else {
        Issue.record("\(last) \(sentence.start)..<\(sentence.end) in \(text.debugDescription)")
        return
      }
      let gap = part(last..<sentence.start)
      #expect(isGap(gap), "\(gap.debugDescription) in \(text.debugDescription)")
      #expect(sentence.text.unicodeScalars.elementsEqual(scalars[sentence.start..<sentence.end]))
      #expect(sentence.text.unicodeScalars.first?.properties.isWhitespace == false)
      #expect(sentence.text.unicodeScalars.last?.properties.isWhitespace == false)
      whole += gap + sentence.text
      last = sentence.end
    }
    #expect(isGap(part(last..<scalars.count)))
    whole += part(last..<scalars.count)
    #expect(whole.unicodeScalars.elementsEqual(scalars))
  }

  private func isGap(_ gap: String) -> Bool {
    let mark = /\(?[0-9]{1,2}[.)]+|\(?\p{Alphabetic}\)|[-–—*+#>•‣◦▪●○■□►▶➢\u{f0b7}]/
    return gap.replacing(mark, with: " ").unicodeScalars.allSatisfy { $0.properties.isWhitespace }
  }

  private static let all: [String] =
    SentenceCases.plain + SentenceCases.numbers + SentenceCases.abbreviations
    + SentenceCases.lists + SentenceCases.headings + SentenceCases.lines + SentenceCases.marks
    + SentenceCases.scripts

  @Test(arguments: UInt64(1)...100) func `lose and invent nothing`(seed: UInt64) {
    var dice = Dice(state: seed)
    let pieces = [
      ".", " ", "\n", "\n\n", "1.", "2)", "(3)", "-", "•", "?", "…", "A", "a", "no", "No.", "e.g.",
      "XXXX", "___", "\"", ")", "(", "。", "\r", "\u{2029}", "\u{301}", "5", ":", "Findings:", "X.",
      "\u{feff}", "\u{0}",
    ]
    for _ in 0..<20 {
      var scalars = (0..<Int.random(in: 1...3, using: &dice))
        .compactMap { _ in Self.all.randomElement(using: &dice) }
        .flatMap { Array(Marked($0).text.unicodeScalars) }
      for _ in 0..<Int.random(in: 0...12, using: &dice) {
        let place = Int.random(in: 0...scalars.count, using: &dice)
        if Bool.random(using: &dice) || place == scalars.count {
          let piece = pieces.randomElement(using: &dice) ?? " "
          scalars.insert(contentsOf: piece.unicodeScalars, at: place)
        } else {
          scalars.remove(at: place)
        }
      }
      expectWhole(String(String.UnicodeScalarView(scalars)))
    }
  }

  @Test(arguments: [". ", "a\n", "\n", "1. ", "e.g. ", "J. ", "?", ".)", "- ", "A b\nC d. ", "x"])
  func `take a long text in their stride`(pattern: String) {
    let text = String(repeating: pattern, count: 131_072 / pattern.utf8.count)
    let begin = ContinuousClock.now
    _ = Sentences.split(text)
    #expect(ContinuousClock.now - begin < .seconds(20), "quadratic, even unoptimised")
  }

  @Test(.enabled(if: Place.shared != nil)) func `hold every character of real reports`() throws {
    let folder = try #require(Place.shared).appending(path: "data/reports/openi_xml")
    let files = try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    #expect(!files.isEmpty)
    for file in files {
      expectWhole(String(decoding: try Place.bytes(file), as: UTF8.self))
    }
  }
}
