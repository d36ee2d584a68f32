internal import Datasets

/// Curates scene graphs on several threads; the manifest is in their order.
struct CurateRun {
  /// Why no manifest was made.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private let choices: CurateChoices
  private let console: Console

  /// What came of it.
  struct Result {
    let tally: CurationTally
    let counts: DatasetCounts
  }

  /// Batches at work or waiting for their turn, for each thread.
  private static let batchesAhead = 4
  /// Batches between two savings.
  private static let batchesUnsaved = 8
  private static let warningsMax = 20

  init(_ choices: CurateChoices, on console: Console) {
    self.choices = choices
    self.console = console
  }

  /// Writes the manifest, and says what came of all scene graphs.
  func result() async throws -> Result {
    let output = try CurateOutput(choices.output, fingerprint: choices.fingerprint)
    if output.hasDroppedAnother {
      console.complain("what stood in \(choices.output).partial was of other inputs or options")
    }
    let cleaning = try choices.cleaning()
    var source = CurateSource(choices.inputs)
    if output.position > 0 {
      console.complain("going on behind \(output.position) scene graphs")
      try source.skip(output.position, bytesMax: SceneGraph.bytesMax)
    }
    let workers = (1...choices.threads).map { number in
      CurateWorker(
        cleaning: cleaning, reports: choices.reports, imageFolder: choices.imageFolder,
        chooser: choices.chooser, name: "curate \(number)")
    }
    do {
      try await work(workers, &source, output)
    } catch {
      try output.save()
      throw error
    }
    if output.tally.bad > Self.warningsMax {
      console.complain("\(output.tally.bad) scene graphs were left out")
    }
    guard output.tally.sentences > 0 else {
      throw Failure(
        description: "no sentence is left: of \(output.tally.graphs) scene graphs "
          + "\(output.tally.otherViews) are of other views, \(output.tally.excludedImages) of "
          + "excluded studies, \(output.tally.excludedPatientImages) of excluded patients, and "
          + "\(output.tally.images) were kept")
    }
    try output.finish()
    return Result(tally: output.tally, counts: output.counts)
  }

  private func work(
    _ workers: [CurateWorker], _ source: inout CurateSource, _ output: CurateOutput
  ) async throws {
    let progress = ProgressMeter(console)
    defer { progress.end() }
    var (started, written) = (0, 0)
    var done: [Int: [CurateWorker.Outcome]] = [:]
    try await withThrowingTaskGroup(of: (Int, [CurateWorker.Outcome]).self) { group in
      while true {
        while started - written < window {
          let units = try source.next(atMost: batch, bytesMax: SceneGraph.bytesMax)
          guard !units.isEmpty else { break }
          let (worker, number) = (workers[started % workers.count], started)
          group.addTask { (number, try await worker.curate(units)) }
          started += 1
        }
        guard let (number, outcomes) = try await group.next() else { return }
        done[number] = outcomes
        while let outcomes = done.removeValue(forKey: written) {
          for outcome in outcomes { try take(outcome, into: output) }
          written += 1
          if written % Self.batchesUnsaved == 0 { try output.save() }
          progress.show(done: output.position, of: source.expected, unit: "scene graphs")
        }
      }
    }
  }

  /// Scene graphs of a batch: one where a language model takes longer than all else.
  private var batch: Int { choices.chooser == nil ? 32 : 1 }

  /// Batches under way at once; each asks one question at a time.
  private var window: Int {
    max(choices.threads * Self.batchesAhead, choices.chooser?.jobs ?? 0)
  }

  private func take(_ outcome: CurateWorker.Outcome, into output: CurateOutput) throws {
    switch outcome {
    case .done(let lines, let entries, let tally, let place):
      if let first = entries.first, !output.isNew(first) {
        let problem = DatasetError.Problem.doubled(id: first.imageID)
        return try leaveOut("\(place): \(problem)", output)
      }
      do { try output.add(lines: lines, entries, tally: tally, at: place) } catch {
        throw Failure(description: "\(error) See --splits.")
      }
    case .bad(let reason): try leaveOut(reason, output)
    }
  }

  private func leaveOut(_ reason: String, _ output: CurateOutput) throws {
    guard choices.skipsBad else {
      throw Failure(description: "\(reason) (--skip-bad leaves such scene graphs out)")
    }
    var tally = CurationTally()
    (tally.graphs, tally.bad) = (1, 1)
    output.leaveOut(tally)
    if output.tally.bad <= Self.warningsMax { console.complain("left out: \(reason)") }
  }
}
