/// The pages of `--help`, made from what the commands declare.
enum Help {
  /// Columns of a page.
  static let width = 80

  /// What `grounded help` shows.
  static func overview(of commands: [any Command.Type]) -> String {
    let longest = commands.map { $0.name.count }.max() ?? 0
    let lines = commands.map { command in
      let gap = String(repeating: " ", count: longest - command.name.count + 2)
      return "  \(command.name)\(gap)\(command.summary)\n"
    }
    return "grounded shows where a generated radiology report sees what it says.\n\n"
      + "Usage: grounded COMMAND [OPTION]… [OPERAND]…\n\n" + lines.joined()
      + "\n`grounded help COMMAND` explains one of them; `grounded --version` shows the version.\n"
  }

  /// A command's page.
  static func page(of command: any Command.Type) -> String {
    var text = section("NAME", ["grounded \(command.name) – \(command.summary)"])
    text += section("SYNOPSIS", [synopsis(of: command)])
    text += section("DESCRIPTION", command.description)
    text += "OPTIONS\n"
    for option in command.options + [.help] {
      let value = option.placeholder.map { " \($0)" } ?? ""
      let meaning = option.meaning + (option.isRequired ? " Required." : "")
      text += "    --\(option.name)\(value)\n" + wrapped(meaning, indent: 8) + "\n"
    }
    text += "EXIT STATUS\n    0  done\n    1  failed\n    2  wrong usage or configuration\n"
    if !command.examples.isEmpty {
      text += "\nEXAMPLES\n"
      let examples = command.examples.map { example in
        wrapped(example.meaning, indent: 4) + "\n        \(example.line)\n"
      }
      text += examples.joined(separator: "\n")
    }
    return text
  }

  private static func synopsis(of command: any Command.Type) -> String {
    let options = command.options.map { option in
      let words = "--\(option.name)" + (option.placeholder.map { " \($0)" } ?? "")
      return (option.isRequired ? words : "[\(words)]") + (option.repeats ? "…" : "")
    }
    let rule = command.operands
    var operand = rule.placeholder
    if rule.most > 1 { operand += "…" }
    if rule.least == 0 && !operand.isEmpty { operand = "[\(operand)]" }
    return (["grounded \(command.name)"] + options + [operand]).filter { !$0.isEmpty }
      .joined(separator: " ")
  }

  private static func section(_ title: String, _ paragraphs: [String]) -> String {
    title + "\n" + paragraphs.map { wrapped($0, indent: 4) }.joined(separator: "\n") + "\n"
  }

  /// The text in lines of at most `width` columns, each with a line feed.
  static func wrapped(_ text: String, indent: Int, prefix: String = "") -> String {
    let margin = String(repeating: " ", count: indent) + prefix
    var lines: [String] = []
    var line = margin
    for word in text.split(separator: " ") {
      if line.count > margin.count && line.count + 1 + word.count > width {
        lines.append(line)
        line = margin
      }
      line += (line.count > margin.count ? " " : "") + word
    }
    return (lines + [line]).map { $0 + "\n" }.joined()
  }
}
