import Foundation
import JSON
import Judging
import Synchronization
import TestKit
import Testing

/// Says what it is told to, and counts how often it was asked.
final class ToldJudge: Judge {
  let name = "told"
  let asked = Mutex<[EntailmentQuery]>([])
  private let answer: @Sendable (EntailmentQuery) throws(JudgeError) -> Entailment

  init(_ answer: @escaping @Sendable (EntailmentQuery) throws(JudgeError) -> Entailment) {
    self.answer = answer
  }

  func verdict(on query: EntailmentQuery) async throws(JudgeError) -> Entailment {
    asked.withLock { $0.append(query) }
    return try answer(query)
  }
}

private func query(_ hypothesis: String) -> EntailmentQuery {
  EntailmentQuery(hypothesis: hypothesis, reference: ["Clear.", "No effusion."])
}

@Suite struct `A hearing` {
  @Test func `asks each question once, whatever is known`() async throws {
    let judge = ToldJudge { _ in Entailment(evidence: [1]) }
    var heard: [String] = []
    let verdicts = try await Hearing.verdicts(
      on: ["a", "b", "a", "known"].map(query), by: judge, jobs: 2,
      known: { $0.hypothesis == "known" ? Entailment(evidence: []) : nil },
      heard: { query, _, done, total in
        heard.append(query.hypothesis)
        #expect(done == heard.count + 1 && total == 3)
      })
    #expect(heard.sorted() == ["a", "b"])
    #expect(judge.asked.withLock { $0.count } == 2)
    #expect(verdicts[query("known")]?.status == .notEntailment)
    #expect(verdicts[query("b")] == Entailment(evidence: [1]))
  }

  @Test func `hears what came before it fails`() async throws {
    let judge = ToldJudge { query throws(JudgeError) in
      if query.hypothesis == "9" { throw .refused(status: 401) }
      return Entailment(evidence: [])
    }
    var heard = 0
    await #expect(throws: JudgeError.refused(status: 401)) {
      try await Hearing.verdicts(
        on: (0..<20).map { query("\($0)") }, by: judge, jobs: 1, known: { _ in nil },
        heard: { _, _, _, _ in heard += 1 })
    }
    #expect(heard == 9 && judge.asked.withLock { $0.count } == 10)
  }

  @Test func `hears what is under way when a question fails`() async throws {
    let judge = ToldJudge { query throws(JudgeError) in
      if query.hypothesis == "0" { throw .refused(status: 401) }
      return Entailment(evidence: [])
    }
    var heard: Set<String> = []
    await #expect(throws: JudgeError.refused(status: 401)) {
      try await Hearing.verdicts(
        on: (0..<50).map { query("\($0)") }, by: judge, jobs: 4, known: { _ in nil },
        heard: { query, _, _, _ in heard.insert(query.hypothesis) })
    }
    let asked = judge.asked.withLock { Set($0.map(\.hypothesis)) }
    #expect(heard == asked.subtracting(["0"]) && heard.isSuperset(of: ["1", "2", "3"]))
  }

  @Test(arguments: [400, 413, 422])
  func `takes a refused question for a failed answer once another was answered`(
    status: Int
  ) async throws {
    let judge = ToldJudge { query throws(JudgeError) in
      if query.hypothesis.hasPrefix("long") { throw .refused(status: status) }
      return Entailment(evidence: [0])
    }
    let verdicts = try await Hearing.verdicts(
      on: ["long", "a", "long b"].map(query), by: judge, jobs: 1, known: { _ in nil },
      heard: { _, _, _, _ in })
    #expect(verdicts[query("a")] == Entailment(evidence: [0]))
    for name in ["long", "long b"] {
      #expect(verdicts[query(name)] == Entailment(failure: .refused))
    }
  }

  @Test func `fails when the judge refuses whatever it is asked`() async throws {
    let judge = ToldJudge { _ throws(JudgeError) in throw .refused(status: 400) }
    await #expect(throws: JudgeError.refused(status: 400)) {
      try await Hearing.verdicts(
        on: (0..<200).map { query("\($0)") }, by: judge, jobs: 2, known: { _ in nil },
        heard: { _, _, _, _ in Issue.record("nothing was answered") })
    }
    #expect(judge.asked.withLock { $0.count } < 20)
  }

  @Test func `counts what is missing where nothing may be asked`() async throws {
    let judge = ToldJudge { _ in Entailment(evidence: []) }
    await #expect(throws: JudgeError.missing(count: 2)) {
      try await Hearing.verdicts(
        on: ["a", "b", "c", "b"].map(query), by: judge, jobs: 2, asks: false,
        known: { $0.hypothesis == "c" ? Entailment(evidence: []) : nil },
        heard: { _, _, _, _ in })
    }
    #expect(judge.asked.withLock { $0.isEmpty })
  }
}

@Suite struct `Kept verdicts` {
  private let verdicts = [
    Entailment(evidence: [0, 1], isRewritten: true), Entailment(evidence: []),
    Entailment(failure: .refused),
  ]

  private func file() -> [UInt8] {
    var cache = VerdictCache(model: "m", prompt: "p")
    return verdicts.enumerated().flatMap { cache.keep($1, on: query("\($0)")) }
  }

  @Test func `come back from their file`() throws {
    var cache = VerdictCache(model: "m", prompt: "p")
    let bytes = file()
    #expect(try cache.read(bytes) == bytes.count)
    for (index, verdict) in verdicts.enumerated() { #expect(cache[query("\(index)")] == verdict) }
    #expect(cache[query("3")] == nil)
    let line = try JSON(parsing: try #require(bytes.split(separator: 10).first))
    #expect(line["phrase"] == "0" && line["evidence"] == ["Clear.", "No effusion."])
    #expect(line["evidence_indices"] == [0, 1] && line["status"] == "entailment")
  }

  @Test func `are of one model, prompt and question`() throws {
    for (model, prompt) in [("n", "p"), ("m", "q")] {
      var cache = VerdictCache(model: model, prompt: prompt)
      _ = try cache.read(file())
      #expect(cache[query("0")] == nil)
    }
    var cache = VerdictCache(model: "m", prompt: "p")
    _ = try cache.read(file())
    #expect(cache[EntailmentQuery(hypothesis: "0", reference: ["Clear."])] == nil)
    #expect(cache[EntailmentQuery(hypothesis: "0", reference: ["No effusion.", "Clear."])] == nil)
  }

  @Test func `lose at most the line that was being written`() throws {
    let bytes = file()
    for count in 0..<bytes.count {
      var cache = VerdictCache(model: "m", prompt: "p")
      let whole = try cache.read(Array(bytes[..<count]))
      #expect(whole <= count && (whole == 0 || bytes[whole - 1] == 10))
      #expect(!bytes[whole..<count].contains(10))
    }
  }

  @Test(arguments: [
    "mine", "{}\n", "\n", #"{"key":"a"}"# + "\n", "\u{FF}\n", "[[[[\n",
    #"{"key":"a","status":"entailment","rewritten":false,"evidence_indices":[]}"# + "\n",
    #"{"key":"a","status":"not_entailment","rewritten":false,"evidence_indices":[0]}"# + "\n",
    #"{"key":"a","status":"entailment","rewritten":false,"evidence_indices":[-1]}"# + "\n",
    #"{"key":"a","status":"entailment","rewritten":false,"evidence_indices":[0.5]}"# + "\n",
    #"{"key":"a","status":"entailment","rewritten":false,"evidence_indices":[1e99]}"# + "\n",
    #"{"key":"a","status":"maybe","rewritten":false,"evidence_indices":[]}"# + "\n",
    #"{"key":"a","status":"not_entailment","rewritten":false,"evidence_indices":[],"#
      + #""failure":"bad luck"}"# + "\n",
  ])
  func `are told from other files, by line`(text: String) throws {
    var cache = VerdictCache(model: "m", prompt: "p")
    #expect(throws: VerdictCache.Failure.self) { try cache.read(Array(text.utf8)) }
    do { _ = try cache.read(file() + Array(text.utf8)) } catch { #expect(error.line == 4) }
  }
}

@Suite struct `A prompt` {
  @Test func `is there without a file, with examples that keep the rules`() throws {
    let prompt = try JudgePrompt.builtIn()
    #expect(prompt.digest.count == 64)
    let source = Place.repository.appending(path: "Sources/Judging/Prompts/entailment.json")
    #expect(try JudgePrompt(parsing: Place.bytes(source)) == prompt)
    let examples = try #require(try Place.json(source)["examples"]?.array)
    for example in examples {
      let reference = try #require(example["reference"]?.array).compactMap(\.string)
      let query = EntailmentQuery(
        hypothesis: try #require(example["hypothesis"]?.string), reference: reference)
      var members = try #require(example.members)
      members.append(JSON.Member("phrase", .string(query.hypothesis)))
      let verdict = Entailment(answer: JSON.object(members).text, to: query)
      #expect(verdict.status.rawValue == example["status"]?.string && verdict.failure == nil)
    }
  }

  @Test(arguments: [
    "", "{", "[]", "{}", #"{"system": 1}"#, #"{"system": ""}"#, #"{"system": ["a", 1]}"#,
    #"{"system": "a", "examples": {}}"#, #"{"system": "a", "examples": [{}]}"#,
    #"{"system":"a","examples":[{"reference":[],"hypothesis":"h","status":"entailment","#
      + #""evidence":[]}]}"#,
    #"{"system":"a","examples":[{"reference":["r"],"hypothesis":"h","status":"entailment","#
      + #""evidence":[]}]}"#,
    #"{"system":"a","examples":[{"reference":["r"],"hypothesis":"h","status":"entailment","#
      + #""evidence":["s"]}]}"#,
    #"{"system":"a","examples":[{"reference":["r"],"hypothesis":"h","status":"neutral","#
      + #""evidence":[]}]}"#,
  ])
  func `that cannot be used is refused`(text: String) {
    #expect(throws: JudgeError.self) { try JudgePrompt(parsing: Array(text.utf8)) }
  }

  @Test func `of other words is another one`() throws {
    let first = try JudgePrompt(parsing: Array(#"{"system": "a"}"#.utf8))
    let second = try JudgePrompt(parsing: Array(#"{"system": ["b"]}"#.utf8))
    #expect(first.digest != second.digest)
  }
}
