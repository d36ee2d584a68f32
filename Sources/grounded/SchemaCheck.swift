internal import FoundationEssentials
internal import GroundingService
internal import PostgresClient

/// Refuses a database whose tables are not the ones that this program writes.
enum SchemaCheck {
  static func run(_ configuration: Configuration) async throws {
    let setup = ServiceSetup(configuration)
    let database = Database(
      uri: try setup.postgresURI(), applicationName: "grounded schema check")
    do {
      let state = try await Migrations(folder: try setup.migrationsFolder()).check(database)
      await database.disconnect()
      guard state.isCurrent else { throw ServiceError.schema("\(state)") }
    } catch {
      await database.disconnect()
      throw error
    }
  }
}
