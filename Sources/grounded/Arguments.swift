/// What a command was called with, checked against what it declares.
struct Arguments: Sendable {
  /// What follows the options, in order.
  let operands: [String]
  private let given: [String: [String]]
  private let declared: Set<String>

  /// - Parameters:
  ///   - words: what follows the command's name.
  ///   - options: what the command declares; `--help` is always there.
  ///   - operands: how many operands it takes.
  init(
    parsing words: some Sequence<String>, options: [Option], operands rule: Operands
  ) throws(UsageError) {
    let options = options + [.help]
    var given: [String: [String]] = [:]
    var operands: [String] = []
    var rest = Array(words)[...]
    while let word = rest.popFirst() {
      if word == "--" {
        operands += rest
        break
      }
      guard word.hasPrefix("-"), word != "-" else {
        operands.append(word)
        continue
      }
      let (option, value) = try Self.read(word, &rest, options)
      guard option.repeats || given[option.name] == nil else { throw .repeated(option.name) }
      given[option.name, default: []].append(value)
    }
    self.given = given
    self.operands = operands
    declared = Set(options.map { $0.name })
    guard !has(Option.help.name) else { return }
    guard operands.count >= rule.least else { throw .missingOperand(rule.placeholder) }
    guard operands.count <= rule.most else {
      throw .surplusOperand(operands[rule.most])
    }
  }

  /// True when the option was given.
  func has(_ name: String) -> Bool { !values(name).isEmpty }

  /// The option's value; nil when it was not given.
  func value(_ name: String) -> String? { values(name).first }

  /// The option's value, or an error that asks for it.
  func required(_ name: String) throws(UsageError) -> String {
    guard let value = value(name) else { throw .missingOption(name) }
    return value
  }

  /// The values of an option that may be repeated.
  func values(_ name: String) -> [String] {
    precondition(declared.contains(name), "--\(name) is not declared")
    return given[name] ?? []
  }

  /// A whole number; nil when the option was not given.
  func integer(_ name: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
    guard let text = value(name) else { return nil }
    guard let number = Int(text), range.contains(number) else {
      let allowed = ConfigurationKey.Kind.integer(range).allowed
      throw .invalid(option: name, value: text, allowed: allowed)
    }
    return number
  }

  /// A number; nil when the option was not given.
  func number(_ name: String, in range: ClosedRange<Double>) throws(UsageError) -> Double? {
    guard let text = value(name) else { return nil }
    guard let number = Double(text), range.contains(number) else {
      let allowed = ConfigurationKey.Kind.number(range).allowed
      throw .invalid(option: name, value: text, allowed: allowed)
    }
    return number
  }

  /// One of several words; nil when the option was not given.
  func choice(_ name: String, of words: [String]) throws(UsageError) -> String? {
    guard let text = value(name) else { return nil }
    guard words.contains(text) else {
      let allowed = ConfigurationKey.Kind.choice(words).allowed
      throw .invalid(option: name, value: text, allowed: allowed)
    }
    return text
  }

  /// The option that a word names, with its value; the next word when it is not in this one.
  private static func read(
    _ word: String, _ rest: inout ArraySlice<String>, _ options: [Option]
  ) throws(UsageError) -> (Option, String) {
    let parts = word.drop { $0 == "-" }.split(
      separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = word == "-h" ? Option.help.name : String(parts.first ?? "")
    guard word.hasPrefix("--") || word == "-h",
      let option = options.first(where: { $0.name == name })
    else { throw .unknownOption(word, nearest: nearest(to: name, of: options.map { $0.name })) }
    let value = parts.count == 2 ? String(parts[1]) : nil
    guard option.placeholder != nil else {
      guard value == nil else { throw .needsNoValue(name) }
      return (option, "")
    }
    guard let value = value ?? rest.popFirst() else { throw .missingValue(name) }
    return (option, value)
  }
}
