internal import GroundingService
internal import Journal
internal import PostgresClient

/// One setting: its name, what it may be, its default and its meaning.
struct ConfigurationKey: Sendable {
  let name: String
  let kind: Kind
  /// As it would be written in the file; empty means not set.
  let standard: String
  /// One or two sentences for whoever has to choose a value.
  let meaning: String
  /// What the example file shows when there is no default.
  let example: String

  init(
    _ name: String, _ kind: Kind, _ standard: String, example: String = "", _ meaning: String
  ) {
    self.name = name
    self.kind = kind
    self.standard = standard
    self.meaning = meaning
    self.example = example
  }

  /// What a value may be.
  enum Kind: Hashable, Sendable {
    case text
    case choice([String])
    case integer(ClosedRange<Int>)
    case number(ClosedRange<Double>)
    case duration(ClosedRange<Duration>)
    case size(ClosedRange<Int>)
    case boolean
    case path
    /// Text that is never shown; `NAME_file` and `$CREDENTIALS_DIRECTORY/NAME` give it too.
    case secret
    /// A libpq connection string; a password in it is never shown.
    case connection
    /// Where to listen: a numeric address and a port, or `off`.
    case listener
    /// Rules of the image sources.
    case sources
    /// What computes: `auto`, `cpu`, or `cuda:` and the driver's number of a GPU.
    case device

    /// For error messages: “… is not …”.
    var allowed: String {
      switch self {
      case .text: "text"
      case .choice(let words): "one of " + words.joined(separator: ", ")
      case .integer(let range):
        "a whole number from \(range.lowerBound) to \(range.upperBound)"
      case .number(let range): "a number from \(range.lowerBound) to \(range.upperBound)"
      case .duration(let range):
        "a duration from \(DurationText(range.lowerBound)) to \(DurationText(range.upperBound)), "
          + "such as 500ms, 30s or 5min"
      case .size(let range):
        "a size from \(SizeText(range.lowerBound)) to \(SizeText(range.upperBound)), "
          + "such as 512KiB or 16MiB"
      case .boolean: "true or false"
      case .path: "a path"
      case .secret: "a secret"
      case .connection:
        "a PostgreSQL connection string, such as host=/run/postgresql dbname=grounded"
      case .listener: "an address such as 127.0.0.1:9464 or [::1]:9464, or off"
      case .sources: "a list of image sources separated by commas or spaces"
      case .device: "auto, cpu, or cuda:0 and so on"
      }
    }

    /// True when any text will do, so that there is nothing to explain.
    var isEvident: Bool {
      switch self {
      case .text, .path, .secret, .connection, .listener, .sources: true
      default: false
      }
    }

    /// True when a value is of this kind.
    func accepts(_ value: String) -> Bool {
      switch self {
      case .text, .path, .secret: true
      case .connection: Database.accepts(uri: value)
      case .listener: value == "off" || (try? HTTPListener.check(address: value)) != nil
      case .sources: (try? SourcePolicy(parsing: words(of: value))) != nil
      case .choice(let words): words.contains(value)
      case .integer(let range): Int(value).map { range.contains($0) } ?? false
      case .number(let range): Double(value).map { range.contains($0) } ?? false
      case .duration(let range): DurationText.parse(value).map { range.contains($0) } ?? false
      case .size(let range): SizeText.parse(value).map { range.contains($0) } ?? false
      case .boolean: value == "true" || value == "false"
      case .device: value == "auto" || DeviceName(value) != nil
      }
    }
  }
}
