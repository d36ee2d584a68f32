/// What the sentences of manifests have, by data set and split: the columns of the paper's Table 2.
public struct DatasetCounts: Sendable {
  /// One data set's split.
  public struct Part: Sendable {
    public let dataset: String
    public let split: ManifestEntry.Split
    fileprivate var imagePaths: Set<String> = []
    fileprivate var patientIDs: Set<String> = []
    public fileprivate(set) var phrases = 0
    public fileprivate(set) var boxes = 0
    /// Phrases without a box, with one, and with more.
    public fileprivate(set) var none = 0
    public fileprivate(set) var one = 0
    public fileprivate(set) var several = 0
    fileprivate var words = 0.0
    fileprivate var squaredWords = 0.0

    public var images: Int { imagePaths.count }
    public var patients: Int { patientIDs.count }
    /// The mean number of words in a phrase.
    public var wordsMean: Double { words / Double(phrases) }
    /// The standard deviation of all phrases' numbers of words.
    public var wordsDeviation: Double {
      max(0, squaredWords / Double(phrases) - wordsMean * wordsMean).squareRoot()
    }

    fileprivate mutating func add(_ entry: ManifestEntry, image: String) {
      imagePaths.insert(image)
      patientIDs.insert(entry.patientID)
      phrases += 1
      boxes += entry.boxes.count
      switch entry.boxes.count {
      case 0: none += 1
      case 1: one += 1
      default: several += 1
      }
      let count = Double(entry.wordCount)
      words += count
      squaredWords += count * count
    }
  }

  /// In the order in which they were met; each has at least one phrase.
  public private(set) var parts: [Part] = []

  public init() {}

  public init(_ entries: some Sequence<ManifestEntry>) {
    for entry in entries { add(entry) }
  }

  /// - Parameter image: what tells its image from others; nil for the path in the entry.
  public mutating func add(_ entry: ManifestEntry, image: String? = nil) {
    let place = parts.firstIndex { $0.dataset == entry.dataset && $0.split == entry.split }
    if place == nil { parts.append(Part(dataset: entry.dataset, split: entry.split)) }
    parts[place ?? parts.count - 1].add(entry, image: image ?? entry.image)
  }
}
