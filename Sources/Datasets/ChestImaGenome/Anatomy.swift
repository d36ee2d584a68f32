internal import JSON

/// The regions of the chest whose boxes are kept, which of them are parts of which, and what counts
/// as a finding: `regions.json`, which the program carries.
///
/// No source publishes such a hierarchy for Chest ImaGenome's names; this one is common anatomy.
/// Sides never mix.
public struct Anatomy: Sendable {
  /// By number.
  public let names: [String]
  private let numbers: [String: Int]
  /// For each region its parts, their parts, and so on.
  private let descendants: [RegionSet]
  /// A category of labels, or a category and a name: `nlp|abnormal`.
  private let findings: Set<String>

  /// The 29 regions of Chest ImaGenome for which most images have a box.
  public static let chest: Anatomy = {
    do throws(DatasetError.Problem) {
      return try Anatomy(parsing: PackageResources.regions_json)
    } catch {
      preconditionFailure("regions.json \(error)")
    }
  }()

  /// - Throws: where a part is no region, is named twice, or contains itself.
  init(parsing bytes: [UInt8]) throws(DatasetError.Problem) {
    let json: JSON
    do { json = try JSON(parsing: bytes) } catch { throw .notJSON(reason: error.description) }
    guard let regions = json["regions"]?.array, let findings = json["findings"]?.array else {
      throw .missing(field: json["regions"] == nil ? "regions" : "findings")
    }
    let names = regions.compactMap { $0["name"]?.string }
    guard names.count == regions.count, 1...64 ~= names.count else {
      throw .ill("regions", "\(names.count) names", wanted: "1 to 64 names")
    }
    var numbers: [String: Int] = [:]
    for (number, name) in names.enumerated() {
      guard numbers.updateValue(number, forKey: name) == nil else { throw .doubled(id: name) }
    }
    var parts: [RegionSet] = []
    for (name, region) in zip(names, regions) {
      var set = RegionSet()
      for part in region["parts"]?.array ?? [] {
        guard let number = part.string.flatMap({ numbers[$0] }) else {
          throw .ill("parts of “\(name)”", part.text, wanted: "names of regions")
        }
        set.insert(number)
      }
      parts.append(set)
    }
    let closure = Self.closure(of: parts)
    if let number = names.indices.first(where: { closure[$0].contains($0) }) {
      throw .ill("parts", "“\(names[number])” in itself", wanted: "a hierarchy")
    }
    descendants = closure
    self.names = names
    self.numbers = numbers
    self.findings = Set(findings.compactMap { $0.string })
  }

  /// Nil for a name that is not kept.
  func number(of name: String) -> Int? { numbers[name] }

  /// Without the regions of which a part, or a part's part, is among them too.
  func mostSpecific(of regions: RegionSet) -> RegionSet {
    RegionSet(regions.numbers.filter { descendants[$0].intersection(regions).isEmpty })
  }

  /// The regions of these names; none where one of them is not kept.
  public func regions(named names: [String]) -> RegionSet {
    let numbers = names.compactMap { self.numbers[$0] }
    return numbers.count == names.count ? RegionSet(numbers) : RegionSet()
  }

  /// Their names, in the order of `names`.
  public func names(of regions: RegionSet) -> [String] { regions.numbers.map { names[$0] } }

  /// Whether the label says, where it is present, that something is to be seen.
  func isFinding(_ label: SceneGraph.Label) -> Bool {
    findings.contains(label.category) || findings.contains("\(label.category)|\(label.name)")
  }

  private static func closure(of parts: [RegionSet]) -> [RegionSet] {
    var closure = parts
    // A chain of parts has at most as many links as there are regions.
    for _ in parts {
      closure = closure.map { set in set.numbers.reduce(set) { $0.union(closure[$1]) } }
    }
    return closure
  }
}
