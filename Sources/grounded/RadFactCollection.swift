internal import Datasets
internal import FoundationEssentials
internal import Reports

/// Grounded reports as RadFact sees them, each with a key of its own.
struct RadFactCollection {
  let key: RadFactReports.Key
  private(set) var reports: RadFactReports.Keyed = []
  /// Reports that gave way to a later grounding of theirs.
  private(set) var replaced = 0
  private var places: [String: (index: Int, date: Date)] = [:]

  init(by key: RadFactReports.Key) { self.key = key }

  /// Adds a report that must not be there yet.
  mutating func add(_ report: GroundedReport) throws(RadFactReports.Failure) {
    let name = try name(of: report)
    guard places[name] == nil else {
      throw .init(description: "this \(key.rawValue) is there twice. Remove one of the lines.")
    }
    append(report, name, .distantPast)
  }

  /// Adds a report, in the place of an earlier one of the same key.
  ///
  /// - Parameter date: of the grounding; of the same date the last that comes counts.
  mutating func take(_ report: GroundedReport, at date: Date) throws(RadFactReports.Failure) {
    let name = try name(of: report)
    guard let place = places[name] else { return append(report, name, date) }
    replaced += 1
    guard date >= place.date else { return }
    reports[place.index].sentences = RadFactReports.sentences(report.sentences)
    places[name] = (place.index, date)
  }

  private mutating func append(_ report: GroundedReport, _ name: String, _ date: Date) {
    places[name] = (reports.count, date)
    reports.append((name, RadFactReports.sentences(report.sentences)))
  }

  private func name(of report: GroundedReport) throws(RadFactReports.Failure) -> String {
    let name: String?
    switch key {
    case .report: name = report.reportID
    case .study: name = report.study.studyInstanceUID ?? report.study.accessionNumber
    }
    guard let name else {
      throw .init(description: "the report names no study; leave --join-by study out.")
    }
    return name
  }
}
