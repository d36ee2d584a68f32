import Foundation
import Reports
import Testing

/// A small generator of numbers, so that a failure can be repeated (xorshift64*).
private struct Dice: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return state &* 2_685_821_657_736_338_717
  }
}

@Suite struct `A damaged message` {
  private static let valid = Example.all("generated/valid")
  private static let sources =
    valid + Example.all("grounded/valid")
    + Example.all("generated/invalid").filter { $0.value.count < 5_000 }

  /// Flips, cuts, doubles, splices.
  private func damaged(_ value: [UInt8], _ dice: inout Dice) -> [UInt8] {
    var value = value
    for _ in 0..<Int.random(in: 1...3, using: &dice) where !value.isEmpty {
      let place = Int.random(in: 0..<value.count, using: &dice)
      switch Int.random(in: 0..<5, using: &dice) {
      case 0: value[place] ^= 1 << UInt8.random(in: 0..<8, using: &dice)
      case 1: value.removeSubrange(place...)
      case 2:
        let end = min(value.count, place + Int.random(in: 1...40, using: &dice))
        value.removeSubrange(place..<end)
      case 3:
        let end = min(value.count, place + Int.random(in: 1...40, using: &dice))
        value.insert(contentsOf: value[place..<end], at: place)
      default:
        let other = Self.sources.randomElement(using: &dice)?.value ?? []
        let start = Int.random(in: 0...other.count, using: &dice)
        value.replaceSubrange(place..., with: other[start...])
      }
    }
    return value
  }

  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func `gives a report or a code, and never repeats itself in the message`(seed: UInt64) throws {
    var dice = Dice(state: seed &* 0x9E37_79B9_7F4A_7C15)
    var accepted = 0
    var codes: Set<RejectionCode> = []
    for _ in 0..<2_500 {
      let sources = Bool.random(using: &dice) ? Self.valid : Self.sources
      let source = try #require(sources.randomElement(using: &dice))
      var message = source.message
      message.value = damaged(source.value, &dice)
      if Int.random(in: 0..<8, using: &dice) == 0, !message.headers.isEmpty {
        let place = message.headers.indices.randomElement(using: &dice) ?? 0
        message.headers[place].value = damaged(message.headers[place].value, &dice)
      }
      do {
        let event = try ReportEvent.decode(message, limits: ReportLimits())
        #expect(!event.sentences.isEmpty && !event.images.isEmpty)
        accepted += 1
      } catch {
        codes.insert(error.code)
        #expect(!error.message.isEmpty && error.message.utf8.count < 300)
      }
      _ = try? GroundedReport.decode(message, limits: ReportLimits())
    }
    #expect(accepted > 25)
    #expect(codes.count > 6)
  }

  @Test func `never shows what it says in its rejection`() throws {
    // Every text of the message is the secret, so that any piece of it in a rejection shows.
    let secret = "Zyx9Qwv8Kjh7"
    let templates = [
      #"{"report_id":"$","images":[{"uri":"$","view":"$","sha256":"$"}],"sections":[{"text":"$"}]}"#,
      #"{"report_id":"$","images":[{"uri":"$"},{"image_id":"2","uri":"$"},{"image_id":"2","uri":"$"}],"sections":[{"text":"$"}]}"#,
      #"{"report_id":"$","images":[{"uri":"$"}],"sentences":[{"text":"$","boxes":[{"x_min":"$"}]}]}"#,
      #"{"specversion":"$","id":"$","source":"$","type":"$","data":"$"}"#,
      #"{"specversion":"1.0","id":"$","source":"$","type":"report.generated.v1","data":{"$":"$"}}"#,
      #"{"$":"$","$":"$"}"#, #"["$", $"#, "$", #"{"report_id":"$\"#,
    ]
    var dice = Dice(state: 77)
    for template in templates {
      let value = Array(template.replacingOccurrences(of: "$", with: secret).utf8)
      for turn in 0..<300 {
        let message = Samples.message(turn == 0 ? value : damaged(value, &dice))
        do {
          _ = try ReportEvent.decode(message, limits: ReportLimits())
        } catch {
          #expect(!error.message.contains("Zyx"))
          #expect(!error.message.contains("Qwv"))
          #expect(!error.message.contains("Kjh"))
        }
      }
    }
  }
}
