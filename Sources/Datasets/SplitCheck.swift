/// Makes sure, entry by entry, that nobody is learnt from and tested on (SPEC §6.4).
///
/// No patient may be in two splits. Ids of two data sets are of different people, save those of
/// MS-CXR and Chest ImaGenome: both are of MIMIC-CXR, and no study may be in both.
public struct SplitCheck: Sendable {
  private struct Name: Hashable {
    let family: String
    let id: String
  }

  private struct Sighting {
    let split: ManifestEntry.Split
    let dataset: String
    let place: String
  }

  /// The names under which films of MIMIC-CXR are published with boxes.
  private static let mimic: Set<String> = [MSCXR.dataset, "chest-imagenome"]

  private var patients: [Name: Sighting] = [:]
  private var studies: [String: Sighting] = [:]

  public init() {}

  /// - Parameter place: where the entry stands, for messages.
  public mutating func add(_ entry: ManifestEntry, at place: String) throws(SplitProblem) {
    let isOfMIMIC = Self.mimic.contains(entry.dataset)
    let sighting = Sighting(split: entry.split, dataset: entry.dataset, place: place)
    let name = Name(family: isOfMIMIC ? "" : entry.dataset, id: entry.patientID)
    if let first = patients[name] {
      guard first.split == entry.split else {
        throw .patient(
          .init(split: first.split, place: first.place),
          .init(split: entry.split, place: place))
      }
    } else {
      patients[name] = sighting
    }
    guard isOfMIMIC else { return }
    if let first = studies[entry.studyID] {
      guard first.dataset == entry.dataset else {
        throw .study(first.place, place)
      }
    } else {
      studies[entry.studyID] = sighting
    }
  }
}

/// Why data sets cannot be used together.
public enum SplitProblem: Error, Hashable, Sendable {
  /// Where a patient was met.
  public struct Sighting: Hashable, Sendable {
    public let split: ManifestEntry.Split
    public let place: String
  }

  case patient(Sighting, Sighting)
  /// In MS-CXR and in Chest ImaGenome.
  case study(String, String)
}

extension SplitProblem: CustomStringConvertible {
  public var description: String {
    switch self {
    case .patient(let first, let second):
      "a patient is in two splits: \(first.split.rawValue) at \(first.place), "
        + "\(second.split.rawValue) at \(second.place). Keep a patient's films in one split; "
        + "`grounded curate --exclude-patients` leaves out those that MS-CXR tests on."
    case .study(let first, let second):
      "a study is in two data sets: at \(first) and at \(second). "
        + "Leave MS-CXR's studies out of Chest ImaGenome: `grounded curate --exclude`."
    }
  }
}
