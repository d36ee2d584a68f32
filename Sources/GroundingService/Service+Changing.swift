internal import Journal
internal import PostgresClient

/// What can change while the service works.
extension Service {
  /// Lets another grounder make every report that the present one has not begun.
  ///
  /// Its name goes into the ledger first; a database that is down is waited for. Changes are made one
  /// after another: call it again when it has returned.
  public func change(to grounder: any ReportGrounder) async throws {
    var attempt = 0
    while true {
      do throws(PostgresError) {
        let row = try await engine.store.prepare(grounder: grounder.identity)
        return engine.grounders.change(to: grounder, row: row)
      } catch {
        guard error.isTransient else { throw error }
        attempt += 1
        metrics.ledgerFailed()
        log.error("another grounder waits for the database: \(error)", ["attempt": attempt])
        try await surroundings.wait(
          settings.limits.backoff.wait(after: attempt, random: surroundings.chance()))
      }
    }
  }

  /// Lets a shadow ground a part of the live reports from now on, in the place of the one before.
  public func shadow(with grounder: any ReportGrounder, _ told: Shadow.Settings) {
    let database = Database(uri: settings.postgresURI, applicationName: "grounded shadow")
    let shadow = Shadow(
      grounder, told, store: PostgresStore(database: database, campaign: told.campaign),
      limits: settings.limits, surroundings: surroundings, metrics: metrics, log: log)
    shadows.change(to: shadow) { shadow in
      await shadow.run()
      await database.disconnect()
    }
  }

  /// Ends the shadow, if there is one.
  public func endShadow() { shadows.change(to: nil) { _ in } }
}
