internal import Boxes
internal import KafkaClient
internal import PostgresClient
public import Reports
internal import Synchronization

/// Groundings whose raw scores wait to be looked at again, by the position of their message.
final class StoredScores: Sendable {
  private let groundings = Mutex<[SourcePosition: StoredGrounding]>([:])

  func put(_ grounding: StoredGrounding) {
    groundings.withLock { $0[grounding.report.source] = grounding }
  }

  func take(_ position: SourcePosition) -> StoredGrounding? {
    groundings.withLock { $0.removeValue(forKey: position) }
  }
}

/// Another threshold and another fusion of what the network once said: no image, no network.
public struct StoredScoresGrounder: ReportGrounder {
  public let identity: GrounderIdentity
  let shelf = StoredScores()

  /// Finds out whose scores a plan selects, and whether they allow the threshold.
  ///
  /// - Throws: `ReplayError` when they are of more than one grounder, or when queries that the threshold
  ///   would let pass were not kept.
  public static func open(
    _ plan: ReplayPlan, threshold: Float?, fusionIoU: Float?, postgresURI: String
  ) async throws -> StoredScoresGrounder {
    let database = Database(uri: postgresURI, applicationName: "grounded replay")
    let selection = LedgerSelection(plan)
    let rows: PostgresRows
    do {
      rows = try await database.execute(
        """
        SELECT m.name, m.version, m.architecture, m.weights_sha256, m.threshold, m.fusion_iou,
          m.precision, m.device, max(g.score_floor), count(*)
        FROM \(StoredGrounding.tables) WHERE \(selection.condition) GROUP BY m.id ORDER BY m.id
        """, selection.values)
      await database.disconnect()
    } catch {
      await database.disconnect()
      throw error
    }
    return StoredScoresGrounder(
      identity: try identity(rows, threshold: threshold, fusionIoU: fusionIoU))
  }

  private static func identity(
    _ rows: PostgresRows, threshold: Float?, fusionIoU: Float?
  ) throws(ReplayError) -> GrounderIdentity {
    guard rows.count > 0 else { throw .nothing("no grounding in the ledger is meant.") }
    var found: Set<GrounderIdentity> = []
    for row in 0..<rows.count {
      func text(_ column: Int) -> String { rows.text(row, column) ?? "" }
      let wanted = threshold ?? rows.real(row, 4).map { Float($0) } ?? 1
      if let floor = rows.real(row, 8), Float(floor) > wanted {
        throw .scoresDoNotAllow(
          "queries below a confidence of \(Float(floor)) were not kept (ledger.score_floor), so a"
            + " threshold of \(wanted) needs the network: replay without --from-scores.")
      }
      found.insert(
        GrounderIdentity(
          name: text(0), version: text(1), architecture: text(2).isEmpty ? nil : text(2),
          weightsSHA256: text(3), threshold: wanted,
          fusionIoU: fusionIoU ?? rows.real(row, 5).map { Float($0) } ?? 0, precision: text(6),
          device: text(7)))
    }
    guard found.count == 1, let identity = found.first else {
      let names = found.map { "\($0.name) \($0.version)" }.sorted().joined(separator: ", ")
      throw .scoresDoNotAllow(
        "the scores are of \(found.count) grounders (\(names)); choose one with --grounder, or"
          + " give both --threshold and --fusion-iou.")
    }
    return identity
  }

  public func ground(
    _ report: ReportEvent
  ) async throws(GroundingFailure) -> GroundingResult {
    guard let stored = shelf.take(report.position), let sentences = fused(stored) else {
      throw .rejected(
        Rejection(.modelFailed, at: .model, "the ledger's raw scores cannot be read"))
    }
    return GroundingResult(
      images: stored.report.images, sentences: sentences, scores: stored.scores,
      scoreTerms: stored.scoreTerms)
  }

  /// Nil when the scores do not fit the report.
  private func fused(_ stored: StoredGrounding) -> [GroundedSentence]? {
    let images = stored.report.images.compactMap { image -> (String, Letterbox)? in
      guard let side = stored.scoreTerms?.side, let width = image.width, let height = image.height
      else { return nil }
      return (image.imageID, Letterbox(width: width, height: height, side: side))
    }
    var sentences: [GroundedSentence] = []
    for (old, scores) in zip(stored.report.sentences, stored.scores) {
      guard old.status == .grounded || old.status == .none else {
        sentences.append(old)
        continue
      }
      guard let blocks = CompactScores.decode(scores), blocks.count == images.count,
        !blocks.isEmpty
      else { return nil }
      let outputs = zip(images, blocks).map {
        (imageID: $0.0, letterbox: $0.1, outputs: $1.outputs)
      }
      let new = GroundedSentence(
        ReportSentence(
          text: old.text, section: old.section, start: old.start, end: old.end,
          generatorBoxes: old.generatorBoxes), outputs: outputs, threshold: identity.threshold,
        fusionIoU: identity.fusionIoU)
      sentences.append(
        GroundedSentence(
          text: old.text, section: old.section, start: old.start, end: old.end,
          status: new.status, reason: new.reason, highestConfidence: old.highestConfidence,
          regions: new.regions, generatorBoxes: old.generatorBoxes))
    }
    return sentences
  }
}
