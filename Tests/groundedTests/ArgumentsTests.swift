import Testing

@testable import grounded

@Suite struct `The arguments` {
  static let options: [Option] = [
    .flag("json", "J."), .value("image", "FILE", "I."), .value("set", "K=V", repeats: true, "S."),
  ]

  func parse(_ words: String..., operands: Operands = .none) throws(UsageError) -> Arguments {
    try Arguments(parsing: words, options: Self.options, operands: operands)
  }

  @Test func `take a value from the same word or the next`() throws {
    let arguments = try parse("--image=a=b", "--json", "--set", "x=1", "--set=y=2")
    #expect(arguments.value("image") == "a=b")
    #expect(arguments.has("json"))
    #expect(arguments.values("set") == ["x=1", "y=2"])
    #expect(try parse("--image", "--json").value("image") == "--json")
    #expect(try parse("--image=").value("image") == "")
  }

  @Test func `end the options at two hyphens`() throws {
    let arguments = try parse("one", "-", "--", "--json", operands: .several("WORD"))
    #expect(arguments.operands == ["one", "-", "--json"])
    #expect(!arguments.has("json"))
  }

  @Test func `say what is wrong and what to do`() {
    let cases: [([String], UsageError)] = [
      (["--jsno"], .unknownOption("--jsno", nearest: "json")),
      (["--zzzzzzzz"], .unknownOption("--zzzzzzzz", nearest: nil)),
      (["-json"], .unknownOption("-json", nearest: "json")),
      (["--"], .missingOperand("FILE")),
      (["--image"], .missingValue("image")),
      (["--json=yes", "f"], .needsNoValue("json")),
      (["--json", "--json", "f"], .repeated("json")),
      (["a", "b"], .surplusOperand("b")),
    ]
    for (words, error) in cases {
      #expect(throws: error) {
        try Arguments(parsing: words, options: Self.options, operands: .one("FILE"))
      }
    }
  }

  @Test func `read numbers and words in their range`() throws {
    #expect(try parse("--image", "3").integer("image", in: 1...3) == 3)
    #expect(try parse().integer("image", in: 1...3) == nil)
    #expect(try parse("--image", "0.5").number("image", in: 0...1) == 0.5)
    #expect(try parse("--image", "b").choice("image", of: ["a", "b"]) == "b")
    #expect(throws: UsageError.self) { try parse("--image", "4").integer("image", in: 1...3) }
    #expect(throws: UsageError.self) { try parse("--image", "x").number("image", in: 0...1) }
    #expect(throws: UsageError.missingOption("image")) { try parse().required("image") }
  }

  @Test func `ask for nothing else beside help`() throws {
    #expect(try parse("--help", operands: .one("FILE")).has("help"))
    #expect(try parse("-h", operands: .one("FILE")).has("help"))
  }
}

@Suite struct `The executable` {
  @Test func `shows its version and its commands`() async {
    #expect(await output("--version").text == "grounded \(Grounded.version)\n")
    let overview = await output("help").text
    for command in Grounded.commands { #expect(overview.contains("  \(command.name) ")) }
  }

  @Test func `has a page for each command`() async {
    for command in Grounded.commands {
      let words = command.name.split(separator: " ").map { String($0) }
      let page = await output(words + ["--help"]).text
      #expect(await output(["help"] + words).text == page)
      for title in ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS"] {
        #expect(page.contains(title + "\n"), "\(command.name) lacks \(title)")
      }
      for option in command.options { #expect(page.contains("--\(option.name)")) }
      #expect(page.split(separator: "\n").allSatisfy { $0.count <= 100 })
    }
  }

  @Test func `refuses wrong usage in one line with status 2`() async {
    let cases = [
      ([], "grounded: say what to do: `grounded help` lists the commands.\n"),
      (["confg"], "grounded: there is no command “confg”. Did you mean config?\n"),
      (["help", "nothing"], nil),
      (
        ["config", "--jsn"],
        "grounded config: there is no option --jsn. Did you mean --json?\n"
      ),
      (
        ["config", "--set", "grounder.treshold=1"],
        "grounded config: --set: unknown key grounder.treshold. "
          + "Did you mean grounder.threshold?\n"
      ),
      (["config", "surplus"], nil),
    ]
    for (words, expected) in cases {
      let result = await output(words)
      #expect(result.status == .wrongUsage)
      #expect(result.text.isEmpty)
      #expect(result.complaint.split(separator: "\n").count == 1)
      if let expected { #expect(result.complaint == expected) }
    }
  }
}
