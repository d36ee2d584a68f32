internal import JSON

/// `grounded config`: the effective configuration.
struct Config: Command {
  static let name = "config"
  static let summary = "shows the effective configuration"
  static let description = [
    """
    Shows every key with its value, where the value came from, and what it means, as a file that can \
    be used as configuration. Secrets are masked, and left out of it. Then tries what can be tried \
    without a server: librdkafka's properties, files and folders.
    """,
    """
    Values come from the defaults, then from the file, then from environment variables (the key in \
    capitals, each “.” as “_”, after “GROUNDED_”), then from --set; the last one wins. A secret may \
    also come from the file that KEY_file names, or from $CREDENTIALS_DIRECTORY/KEY. Relative paths \
    in the file are relative to its folder. A comment is a line that begins with #.
    """,
  ]
  static let options =
    Option.configuration + [
      .json,
      .flag("example", "Writes an example of the file instead, with every key and its default."),
    ]
  static let examples = [
    Example("grounded config --set grounder.threshold=0.7", "Checks a change before it is made:"),
    Example("grounded config --example > grounded.conf", "Begins a new configuration:"),
  ]

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    if arguments.has("example") {
      console.write(example())
      return .done
    }
    let configuration = try arguments.configuration(environment: console.environment)
    let entries = entries(of: configuration)
    if arguments.has("json") {
      console.line(JSON.array(entries.map { $0.json }).text)
    } else {
      console.write(page(entries))
    }
    try configuration.check()
    return .done
  }

  /// The example file: every key with its meaning; keys without a default are commented out.
  static func example() -> String {
    var text =
      "# grounded.conf: `key = value`; a line that begins with # is a comment.\n"
      + "# `grounded config` shows what is in effect, and where it comes from.\n"
    for area in ConfigurationKey.areas {
      text += "\n# --- \(area.title) ---\n"
      for key in area.keys {
        let kind = key.kind.isEvident ? "" : " (\(key.kind.allowed))"
        text += "\n" + Help.wrapped(key.meaning + kind, indent: 0, prefix: "# ")
        let value = key.standard.isEmpty ? key.example : key.standard
        let mark = key.standard.isEmpty ? "#" : ""
        text += mark + key.name + (value.isEmpty ? " =" : " = " + value) + "\n"
      }
    }
    return text
  }
}
