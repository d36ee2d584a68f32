import Synchronization
import Testing

@testable import Journal

@Suite struct `A log` {
  @Test func `writes level, message and fields for journald`() {
    let recorder = Recorder()
    recorder.log(.journal).info("message consumed", ["partition": 3, "topic": "reports.generated"])
    #expect(recorder.lines == ["<6>message consumed partition=3 topic=reports.generated"])
  }

  @Test(arguments: [
    (Log.Level.error, "<3>m", "error: m"), (.warning, "<4>m", "warning: m"),
    (.notice, "<5>m", "notice: m"), (.info, "<6>m", "m"), (.debug, "<7>m", "debug: m"),
  ])
  func `says the level as its reader wants it`(level: Log.Level, journal: String, words: String) {
    let recorder = Recorder()
    for style in [Log.Style.journal, .terminal] {
      let log = recorder.log(style)
      log.level = .debug
      log.write(level, "m")
    }
    #expect(recorder.lines == [journal, words])
  }

  @Test(arguments: [
    ("plain-1.2", "plain-1.2"), ("", "\"\""), ("two words", "\"two words\""),
    ("a=b", "\"a=b\""), ("say \"x\"", "\"say \\\"x\\\"\""), ("back\\slash", "\"back\\\\slash\""),
    ("line\nfeed\r\t", "\"line\\nfeed\\r\\t\""), ("\u{1B}[31m", "\"\\u{1b}[31m\""),
    ("\u{0}", "\"\\u{0}\""), ("a\u{2028}b\u{202E}", "\"a\\u{2028}b\\u{202e}\""),
    ("Übung", "\"Übung\""),
  ])
  func `keeps a field on one line and apart from its neighbours`(value: String, shown: String) {
    let recorder = Recorder()
    recorder.log(.journal).info("m", ["key": value])
    #expect(recorder.lines == ["<6>m key=\(shown)"])
  }

  @Test func `cuts a field that is too long`() throws {
    let recorder = Recorder()
    recorder.log(.journal).info("m", ["key": String(repeating: "x", count: 100_000)])
    #expect(try #require(recorder.lines.first).count < 600)
  }

  @Test func `drops what is below its level, which can be changed`() {
    let recorder = Recorder()
    let log = recorder.log(.journal)
    log.debug("hidden")
    log.level = .debug
    log.debug("shown")
    log.level = .error
    log.warning("hidden too")
    #expect(recorder.lines == ["<7>shown"])
  }

  @Test func `holds back a message that comes too often, and says how many`() {
    let recorder = Recorder()
    let log = recorder.log(.journal, LogLimiter(burst: 2, window: .seconds(10)))
    for number in 0..<5 { log.warning("no answer", ["try": number]) }
    log.warning("something else")
    recorder.advance(by: .seconds(11))
    log.warning("no answer", ["try": 9])
    log.warning("no answer", ["try": 10])
    #expect(
      recorder.lines == [
        "<4>no answer try=0", "<4>no answer try=1", "<4>something else",
        "<4>no answer try=9 suppressed=3", "<4>no answer try=10",
      ])
  }
}

/// Keeps the lines, and moves the clock by hand.
private final class Recorder: Sendable {
  private let kept = Mutex<[String]>([])
  private let time = Mutex(ContinuousClock.now)

  var lines: [String] { kept.withLock { $0 } }

  func advance(by duration: Duration) { time.withLock { $0 += duration } }

  func log(_ style: Log.Style, _ limiter: LogLimiter = LogLimiter()) -> Log {
    Log(
      level: .info, style: style, limiter: limiter, now: { self.time.withLock { $0 } },
      sink: { line in self.kept.withLock { $0.append(line) } }
    )
  }
}
