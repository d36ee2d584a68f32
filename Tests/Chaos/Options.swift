internal import Foundation
internal import TestKit

/// What the command line asks for.
struct Options: Sendable {
  /// The daemon's executable.
  var program: String
  var migrations: URL
  /// The first seed; the others follow it.
  var seed: UInt64 = 1
  var runs = 20
  /// Runs side by side.
  var jobs = 4
  /// So long after the last fault everything has to be through.
  var bound = Duration.seconds(60)
  /// Takes what failed runs leave.
  var folder = "chaos-failed"
  /// A real cluster's addresses; nil takes brokers in this process.
  var kafka: String?
  /// Carry out the run of the first seed in this process, and leave what came of it in this folder.
  var onlyRun: String?

  /// Why the command line is not understood.
  struct Wrong: Error, CustomStringConvertible {
    let description: String
  }

  static let usage =
    "chaos [--seed N] [--runs N] [--jobs N] [--bound SECONDS] [--folder F] [--program FILE]"

  init(_ words: [String], environment: [String: String], beside executable: URL) throws(Wrong) {
    program = executable.deletingLastPathComponent().appending(path: "grounded").path
    migrations = Place.repository.appending(path: "Migrations")
    kafka = environment["GROUNDED_TEST_KAFKA"]
    var rest = words[...]
    while let name = rest.popFirst() {
      guard let value = rest.popFirst() else { throw Wrong(description: Self.usage) }
      let number = Int(value).flatMap { $0 > 0 ? $0 : nil }
      switch (name, number) {
      case ("--seed", let number?): seed = UInt64(number)
      case ("--runs", let number?): runs = number
      case ("--jobs", let number?): jobs = number
      case ("--bound", let number?): bound = .seconds(number)
      case ("--folder", _): folder = value
      case ("--program", _): program = value
      case ("--only-run", _): onlyRun = value
      default: throw Wrong(description: "\(name) \(value)? \(Self.usage)")
      }
    }
  }
}
