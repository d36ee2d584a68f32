internal import Datasets
internal import Threads

/// Reads and cleans scene graphs on a thread of its own.
actor CurateWorker {
  /// What became of one scene graph.
  enum Outcome: Sendable {
    /// `lines` are the entries as the manifest has them.
    case done(lines: [UInt8], [ManifestEntry], tally: CurationTally, place: String)
    /// Cannot be used; `reason` says where and why.
    case bad(reason: String)
  }

  private let cleaning: SceneGraphCleaning
  private let reports: CurateReports?
  private let imageFolder: String
  private let chooser: (any RegionChooser)?
  private let thread: DedicatedThread

  /// - Parameter chooser: asked about sentences with several regions; nil for the rule.
  init(
    cleaning: SceneGraphCleaning, reports: CurateReports?, imageFolder: String,
    chooser: (any RegionChooser)?, name: String
  ) {
    self.cleaning = cleaning
    self.reports = reports
    self.imageFolder = imageFolder
    self.chooser = chooser
    thread = DedicatedThread(name: name)
  }

  nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  /// What becomes of each, in their order.
  ///
  /// - Throws: what the chooser throws.
  func curate(_ units: [CurateUnit]) async throws -> [Outcome] {
    var outcomes: [Outcome] = []
    for unit in units {
      let image: CuratedImage
      switch read(unit) {
      case .outcome(let outcome):
        outcomes.append(outcome)
        continue
      case .image(let kept): image = kept
      }
      var chosen = image
      if let chooser { try await chosen.choose(with: chooser) }
      var (entries, tally) = chosen.entries(folder: imageFolder)
      tally.graphs = 1
      outcomes.append(
        .done(
          lines: Manifest.bytes(entries), entries, tally: tally, place: unit.place))
    }
    return outcomes
  }

  private enum Reading {
    case image(CuratedImage)
    case outcome(Outcome)
  }

  private func read(_ unit: CurateUnit) -> Reading {
    do {
      let graph = try SceneGraph(parsing: unit.bytes())
      try unit.check(graph)
      var tally = CurationTally()
      tally.graphs = 1
      switch try cleaning.verdict(on: graph) {
      case .otherView: tally.otherViews = 1
      case .leftOut: tally.leftOutImages = 1
      case .excludedPatient: tally.excludedPatientImages = 1
      case .excluded:
        tally.excludedImages = 1
        tally.excludedStudies = [graph.studyID]
      case .kept(var image):
        if let reports {
          image.add(
            report: try reports.sentences(patient: image.patientID, study: image.studyID))
        }
        return .image(image)
      }
      return .outcome(.done(lines: [], [], tally: tally, place: unit.place))
    } catch let problem as DatasetError.Problem {
      return .outcome(.bad(reason: "\(unit.place): \(problem)"))
    } catch {
      return .outcome(.bad(reason: "\(error)"))
    }
  }
}

extension CurateUnit {
  /// The file, and the line where it has several.
  var place: String {
    switch self {
    case .file(let path): path
    case .line(_, let path, let number), .longLine(let path, let number): "\(path):\(number)"
    }
  }

  fileprivate func bytes() throws -> [UInt8] {
    switch self {
    case .line(let bytes, _, _): return bytes
    case .longLine: throw DatasetError.Problem.lineTooLong(bytesMax: SceneGraph.bytesMax)
    case .file(let path):
      var reader = try LineReader(path: path, lineBytesMax: SceneGraph.bytesMax)
      return try reader.rest()
    }
  }

  /// A file is named after its image.
  fileprivate func check(_ graph: SceneGraph) throws(DatasetError.Problem) {
    guard case .file(let path) = self, let name = CurateInput.imageID(ofFile: path) else { return }
    guard name == graph.imageID else {
      throw .illTyped(
        field: "image_id", found: "another", wanted: "what the file is named after")
    }
  }
}
