/// An option that a command declares.
struct Option: Sendable {
  /// Without the two hyphens.
  let name: String
  /// What stands for the value in `--help`, e.g. `FILE`; nil for a flag.
  let placeholder: String?
  /// A sentence or two.
  let meaning: String
  let repeats: Bool
  /// True when the command does nothing without it.
  let isRequired: Bool

  /// An option that is there or not.
  static func flag(_ name: String, _ meaning: String) -> Option {
    Option(name: name, placeholder: nil, meaning: meaning, repeats: false, isRequired: false)
  }

  /// An option with a value, given at most once unless it `repeats`.
  static func value(
    _ name: String, _ placeholder: String, repeats: Bool = false, isRequired: Bool = false,
    _ meaning: String
  ) -> Option {
    Option(
      name: name, placeholder: placeholder, meaning: meaning, repeats: repeats,
      isRequired: isRequired)
  }

  static let help = flag("help", "Shows this page.")
  static let json = flag("json", "Writes the answer as JSON.")

  /// What every command takes that reads the configuration (`Arguments.configuration`).
  static let configuration = [
    value(
      "config", "FILE",
      "Reads this configuration instead of \(Configuration.standardPath)."),
    value(
      "set", "KEY=VALUE", repeats: true,
      "Sets one key; stands above the file and the environment. May be repeated."),
  ]
}

/// The operands that a command takes.
struct Operands: Sendable {
  /// As the synopsis shows them, e.g. `FILE`; empty when there are none.
  let placeholder: String
  let least: Int
  let most: Int

  static let none = Operands(placeholder: "", least: 0, most: 0)

  static func one(_ placeholder: String) -> Operands {
    Operands(placeholder: placeholder, least: 1, most: 1)
  }

  static func optional(_ placeholder: String) -> Operands {
    Operands(placeholder: placeholder, least: 0, most: 1)
  }

  static func several(_ placeholder: String, least: Int = 1) -> Operands {
    Operands(placeholder: placeholder, least: least, most: .max)
  }
}

/// The command line is wrong; each description says what to do.
enum UsageError: Error, Hashable, CustomStringConvertible {
  case noCommand
  case unknownCommand(String, nearest: String?)
  case unknownOption(String, nearest: String?)
  case missingOption(String)
  case missingValue(String)
  case needsNoValue(String)
  case repeated(String)
  case contradicting(String, String)
  /// The first means nothing without the second.
  case needing(String, String)
  case invalid(option: String, value: String, allowed: String)
  case missingOperand(String)
  case surplusOperand(String)

  var description: String {
    switch self {
    case .noCommand: "say what to do: `grounded help` lists the commands."
    case .unknownCommand(let name, let nearest):
      "there is no command “\(name)”. "
        + (nearest.map { "Did you mean \($0)?" } ?? "`grounded help` lists the commands.")
    case .unknownOption(let name, let nearest):
      "there is no option \(name). "
        + (nearest.map { "Did you mean --\($0)?" } ?? "--help lists the options.")
    case .missingOption(let name): "--\(name) is needed; --help explains it."
    case .missingValue(let name): "--\(name) needs a value: --\(name)=VALUE."
    case .needsNoValue(let name): "--\(name) takes no value."
    case .repeated(let name): "--\(name) is given twice. Remove one of the two."
    case .contradicting(let name, let other):
      "--\(name) and --\(other) say the same thing twice. Remove one of the two."
    case .needing(let name, let other): "--\(name) means nothing without --\(other)."
    case .invalid(let option, let value, let allowed): "--\(option)=\(value) is not \(allowed)."
    case .missingOperand(let placeholder): "\(placeholder) is needed; --help explains it."
    case .surplusOperand(let word): "“\(word)” is more than this command takes; see --help."
    }
  }
}

extension Arguments {
  /// The configuration that `Option.configuration` names.
  func configuration(
    environment: [String: String]
  ) throws(ConfigurationError) -> Configuration {
    try Configuration.load(
      file: value("config"), environment: environment, assignments: values("set"))
  }
}
