/// Where the grounded reports of one side come from.
enum RadFactSource {
  case file(String)
  case campaign(String)
  case topic(String)

  /// The one of three options that is given.
  init(_ arguments: Arguments, file: String, campaign: String, topic: String) throws {
    let given = [file, campaign, topic].filter { arguments.has($0) }
    if given.count > 1 { throw UsageError.contradicting(given[0], given[1]) }
    if let name = arguments.value(campaign) {
      self = .campaign(name)
    } else if let name = arguments.value(topic) {
      self = .topic(name)
    } else {
      self = .file(try arguments.required(file))
    }
  }

  /// The reports by their key. One that a campaign or a topic holds more than once counts as it was
  /// grounded last, which the console says.
  func reports(
    by key: RadFactReports.Key, _ arguments: Arguments, on console: Console
  ) async throws -> RadFactReports.Keyed {
    let found: RadFactCollection
    let place: String
    switch self {
    case .file(let path): return try RadFactReports.messages(path, by: key)
    case .campaign(let name):
      let configuration = try arguments.configuration(environment: console.environment)
      found = try await RadFactReports.campaign(name, by: key, configuration)
      place = "campaign \(name)"
    case .topic(let name):
      let configuration = try arguments.configuration(environment: console.environment)
      found = try await RadFactReports.topic(name, by: key, configuration)
      place = "topic \(name)"
    }
    if found.replaced > 0 {
      console.complain(
        "\(place): \(found.replaced) groundings are of a report that was grounded again later; "
          + "the last of each report counts.")
    }
    return found.reports
  }
}
