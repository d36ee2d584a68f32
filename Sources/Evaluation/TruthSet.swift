/// The phrases of a truth file by their ids, in the order of its lines.
public struct TruthSet: Sendable {
  /// A phrase as annotated.
  public struct Entry: Hashable, Sendable {
    public let id: String
    public let boxes: [Rectangle]
    public let category: String?
    /// Its line in the file, from 1.
    public let line: Int
  }

  public private(set) var entries: [Entry] = []
  private var places: [String: Int32] = [:]
  /// Names that many phrases share are stored once.
  private var categories: Set<String> = []

  public init() {}

  /// Takes `{"id", "boxes": [[x1, y1, x2, y2], …], "category"?}`.
  ///
  /// - Parameter number: of the line, from 1.
  public mutating func add(line bytes: [UInt8], number: Int) throws(PhraseFileError) {
    let line = try PhraseLine(parsing: bytes)
    if let first = places.updateValue(Int32(entries.count), forKey: line.id) {
      throw PhraseFileError("“\(line.id)” stands on line \(entries[Int(first)].line) already")
    }
    let category = line.category.map { categories.insert($0).memberAfterInsert }
    entries.append(Entry(id: line.id, boxes: line.boxes, category: category, line: number))
  }

  /// The index of an id in `entries`.
  func index(of id: String) -> Int? { places[id].map { Int($0) } }
}
