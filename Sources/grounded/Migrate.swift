internal import GroundingService
internal import JSON
internal import PostgresClient

/// `grounded migrate`: brings the database to what the program writes.
struct Migrate: Command {
  static let name = "migrate"
  static let summary = "brings the database's tables to what this program writes"
  static let description = [
    """
    Applies the numbered SQL files of migrations.folder that the database has not seen, in order, \
    each in a transaction, under a lock, so that several daemons may start at once. Files that were \
    applied must not have changed since; a database that is ahead of the files is refused.
    """,
    "With --check it only looks; the exit status is 1 while the database is not as it should be.",
  ]
  static let options =
    Option.configuration + [.flag("check", "Only looks; changes nothing."), .json]
  static let examples = [Example("grounded migrate", "Before the daemon is started:")]

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    let configuration = try arguments.configuration(environment: console.environment)
    let setup = ServiceSetup(configuration)
    let database = Database(uri: try setup.postgresURI(), applicationName: "grounded migrate")
    let migrations = try Migrations(folder: try setup.migrationsFolder())
    var applied: [String] = []
    if !arguments.has("check") { applied = try await migrations.apply(to: database) }
    let state = try await migrations.check(database)
    await database.disconnect()
    if arguments.has("json") {
      let answer: JSON = [
        "applied": .array(applied.map { .string($0) }), "current": .boolean(state.isCurrent),
        "state": .string("\(state)"),
      ]
      console.line(answer.text)
    } else {
      for name in applied { console.line("applied \(name)") }
      console.line("\(state)")
    }
    return state.isCurrent ? .done : .failed
  }
}
