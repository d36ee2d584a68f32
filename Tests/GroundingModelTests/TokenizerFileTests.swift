import Foundation
import GroundingModel
import JSON
import TestKit
import Testing

@Suite struct `A tokenizer file` {
  private func refusal(_ change: (inout TokenizerFixture) -> Void) -> TokenizerError? {
    var fixture = TokenizerFixture()
    change(&fixture)
    do {
      _ = try Tokenizer(json: fixture.json)
      return nil
    } catch {
      return error
    }
  }

  @Test func `is refused by a network that was trained with other ids`() throws {
    let tokenizer = try Tokenizer(json: TokenizerFixture().json)
    var configuration = ModelConfiguration.small(vocabulary: 310)
    (configuration.startToken, configuration.endToken) = (300, 301)
    try tokenizer.check(against: configuration)
    func refusal() -> String {
      let error = #expect(throws: TokenizerError.self) {
        try tokenizer.check(against: configuration)
      }
      return error?.description ?? ""
    }
    configuration.vocabulary = 309
    #expect(refusal().contains("its ids reach 309, and the network knows 309 tokens"))
    configuration.vocabulary = 50_368
    configuration.endToken = 302
    #expect(refusal().contains("[300] and [301] around a text"))
    #expect(throws: TokenizerError.self) {
      try Tokenizer.byteLevel(vocabulary: 512).check(against: ModelConfiguration())
    }
    try Tokenizer.byteLevel(vocabulary: 512, cls: 1, sep: 2, pad: 0)
      .check(against: .small(vocabulary: 512))
  }

  @Test func `is refused by the name of what is not built`() {
    let changes: [(String, (inout TokenizerFixture) -> Void)] = [
      ("the normalizer Lowercase", { $0.normalizer = ["type": "Lowercase"] }),
      ("the pre_tokenizer Whitespace", { $0.splitter = ["type": "Whitespace"] }),
      ("add_prefix_space", { $0.splitter = ["type": "ByteLevel", "add_prefix_space": true] }),
      ("the model WordPiece", { $0.model = [.init("type", "WordPiece")] }),
      ("dropout", { $0.model = [.init("dropout", 0.1)] }),
      ("byte_fallback", { $0.model = [.init("byte_fallback", true)] }),
      ("end_of_word_suffix", { $0.model = [.init("end_of_word_suffix", "</w>")] }),
      ("built-in truncation", { $0.file = [.init("truncation", ["max_length": 512])] }),
      (
        "the post_processor BertProcessing",
        {
          $0.file = [.init("post_processor", ["type": "BertProcessing"])]
        }
      ),
    ]
    for (feature, change) in changes {
      #expect(refusal(change) == .unsupported(feature: feature))
    }
  }

  @Test func `is refused by the part that is wrong`() {
    let changes: [(String, (inout TokenizerFixture) -> Void)] = [
      ("model", { $0.file = [.init("model", 3)] }),
      ("vocab", { $0.model = [.init("vocab", [])] }),
      ("vocab", { $0.model = [.init("vocab", ["a": -1])] }),
      ("vocab", { $0.model = [.init("vocab", ["a": 4_294_967_296])] }),
      ("vocab", { $0.model = [.init("vocab", ["a": 1]), .init("merges", [])] }),
      ("unk_token", { $0.model = [.init("unk_token", "<none>")] }),
      ("merges", { $0.merges = .null }),
      ("merges", { $0.merges = ["a b c"] }),
      ("merges", { $0.merges = [["a", 2]] }),
      ("merges", { $0.merges = [["x", "y"]] }),
      ("added_tokens", { $0.addedTokens = [["id": "one", "content": "x"]] }),
      ("added_tokens", { $0.file = [.init("added_tokens", 7)] }),
      ("normalizer", { $0.normalizer = [:] }),
      ("post_processor", { $0.file = [.init("post_processor", ["type": "TemplateProcessing"])] }),
      (
        "post_processor",
        {
          $0.file = [.init("post_processor", ["type": "TemplateProcessing", "single": []])]
        }
      ),
      (
        "post_processor",
        {
          $0.file = [
            .init(
              "post_processor",
              ["type": "TemplateProcessing", "single": [["SpecialToken": ["id": "[X]"]]]])
          ]
        }
      ),
    ]
    for (index, (part, change)) in changes.enumerated() {
      guard case .malformed(part, _) = refusal(change) else {
        Issue.record("change \(index) of \(part): \(String(describing: refusal(change)))")
        continue
      }
    }
  }

  @Test func `is refused when it is larger than any vocabulary needs`() throws {
    let error = #expect(throws: TokenizerError.self) {
      try Tokenizer(json: Array("[".utf8) + Array(repeating: UInt8(ascii: ","), count: 1_000_000))
    }
    #expect(error == .tooLarge(what: "1000002 values"))
    let folder = try Place.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }  // nothing depends on its going
    let file = folder.appending(path: "large.json")
    try Data().write(to: file)
    try #require(truncate(file.path, 1 << 40) == 0)  // a hole
    #expect(throws: TokenizerError.tooLarge(what: "1099511627776 bytes")) {
      try Tokenizer(file: file)
    }
    try #require(mkfifo(folder.path + "/pipe", 0o600) == 0)
    #expect(throws: TokenizerError.self) {
      try Tokenizer(file: folder.appending(path: "pipe"))
    }
  }

  @Test func `that is absent or no JSON says so`() throws {
    let nowhere = URL(filePath: "/nowhere/tokenizer.json")
    #expect(throws: TokenizerError.self) { try Tokenizer(file: nowhere) }
    let broken = #expect(throws: TokenizerError.self) { try Tokenizer(json: Array("{".utf8)) }
    #expect(broken?.description.hasPrefix("the tokenizer is not JSON") == true)
  }
}

@Suite(.enabled(if: Place.shared != nil)) struct `The tokenizer of ModernBERT` {
  @Test(arguments: ["tokenizer.json", "tokenizer.stringmerges.json"])
  func `gives the ids and offsets of its reference`(name: String) throws {
    let folder = try #require(Place.shared).appending(path: "data/tokenizer")
    let tokenizer = try Tokenizer(file: folder.appending(path: name))
    #expect(tokenizer.vocabularySize == 50368)
    #expect(tokenizer.padding == 50283)
    let lines = try Place.jsonLines(folder.appending(path: "golden_tokens.jsonl"))
    for line in lines {
      let encoding = tokenizer.encode(try #require(line["text"]?.string))
      let ids = line["ids"]?.array?.compactMap { $0.integer }
      #expect(encoding.ids.map { Int64($0) } == ids, "ids of \(line["id"]?.string ?? "?")")
      let offsets = line["offsets"]?.array?.compactMap { $0.array?.compactMap { $0.integer } }
      #expect(
        encoding.offsets.map { [Int64($0.lowerBound), Int64($0.upperBound)] } == offsets,
        "offsets of \(line["id"]?.string ?? "?")")
    }
    let external = try Place.json(folder.appending(path: "golden_external.json")).array ?? []
    for entry in external {
      let encoding = tokenizer.encode(try #require(entry["text"]?.string))
      let ids = entry["ids"]?.array?.compactMap { $0.integer }
      #expect(encoding.ids.map { Int64($0) } == ids)
    }
    #expect(lines.count > 100 && external.count > 5)
  }
}
