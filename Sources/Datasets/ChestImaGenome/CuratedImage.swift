internal import JSON

/// An image on its way into the manifest: its boxes, and what is said of it.
public struct CuratedImage: Sendable {
  /// Why a sentence has the boxes that it has.
  enum Origin: String, Hashable, Sendable {
    case finding, negative, report
  }

  struct Sentence: Hashable, Sendable {
    let text: String
    let origin: Origin
    /// All regions with a box that the scene graph names.
    let mapped: RegionSet
    /// Those that stay.
    var regions: RegionSet
  }

  public let imageID, patientID, studyID: String
  let size: ImageSize
  let split: ManifestEntry.Split
  private let anatomy: Anatomy
  /// By the number of the region; nil where the image has none.
  private(set) var boxes: [PixelBox?]
  private(set) var sentences: [Sentence] = []
  /// All sentences that speak of a kept region, those that were left out too; and those that find
  /// something in regions that are not kept, of which nothing may say that there is none.
  private var known: [String] = []
  /// Of what was done until now.
  private var tally = CurationTally()

  init(
    _ graph: SceneGraph, _ size: ImageSize, _ split: ManifestEntry.Split,
    _ anatomy: Anatomy
  ) {
    imageID = graph.imageID
    patientID = graph.patientID
    studyID = graph.studyID
    self.size = size
    self.split = split
    self.anatomy = anatomy
    boxes = Array(repeating: nil, count: anatomy.names.count)
    tally.images = 1
  }

  /// Clips boxes to the image, and puts those of the same region together.
  mutating func placeBoxes(of graph: SceneGraph) {
    for object in graph.objects {
      guard let number = anatomy.number(of: object.region) else { continue }
      guard let box = clipped(object.corners) else {
        tally.emptyBoxes += 1
        continue
      }
      boxes[number] = boxes[number].flatMap { $0.union(with: box) } ?? box
    }
  }

  private func clipped(_ corners: SIMD4<Double>) -> PixelBox? {
    PixelBox(
      left: max(0, corners.x), top: max(0, corners.y),
      right: min(Double(size.width), corners.z), bottom: min(Double(size.height), corners.w))
  }

  /// Brings the statements about regions together by their sentences, and decides on each.
  mutating func readStatements(of graph: SceneGraph) {
    var places: [String: Int] = [:]
    var found: [(text: String, regions: RegionSet, hasFinding: Bool)] = []
    for statement in graph.statements {
      let text = Self.spaced(statement.sentence)
      guard !text.isEmpty else { continue }
      let hasFinding = statement.present.contains { anatomy.isFinding($0) }
      guard let number = anatomy.number(of: statement.region) else {
        if hasFinding { known.append(text) }
        continue
      }
      let place = places[text] ?? found.count
      if place == found.count {
        places[text] = place
        found.append((text, RegionSet(), false))
      }
      found[place].regions.insert(number)
      found[place].hasFinding = found[place].hasFinding || hasFinding
    }
    let boxed = RegionSet(boxes.indices.filter { boxes[$0] != nil })
    for (text, regions, hasFinding) in found {
      take(text, regions.intersection(boxed), hasFinding: hasFinding)
    }
  }

  private mutating func take(_ text: String, _ mapped: RegionSet, hasFinding: Bool) {
    tally.sentencesBefore += 1
    tally.boxesBefore += mapped.count
    known.append(text)
    guard hasFinding else {
      tally.negatives += 1
      sentences.append(
        Sentence(text: text, origin: .negative, mapped: mapped, regions: RegionSet()))
      return
    }
    guard !mapped.isEmpty else {
      tally.withoutBox += 1
      return
    }
    sentences.append(
      Sentence(
        text: text, origin: .finding, mapped: mapped,
        regions: anatomy.mostSpecific(of: mapped)))
  }

  /// Takes in the sentences of the image's report that no region's sentence says: two programs cut
  /// reports at different places.
  ///
  /// A sentence is said where it is a part of a region's, or has one that is more than half of its
  /// words; a shorter one, such as “Edema.”, may stand within a sentence that says something else.
  /// - Parameter report: nil where there is none.
  public mutating func add(report: [String]?) {
    guard let report else {
      tally.missingReports += 1
      return
    }
    let known = known.map(Self.compared)
    var seen: Set<String> = []
    for sentence in report {
      let text = Self.spaced(sentence)
      let compared = Self.compared(text)
      guard compared.count > 2 else { continue }  // neither letter nor digit
      let words = Self.words(compared)
      let isKnown = known.contains {
        $0.contains(compared) || 2 * Self.words($0) > words && compared.contains($0)
      }
      guard !isKnown, seen.insert(compared).inserted else { continue }
      tally.added += 1
      sentences.append(
        Sentence(text: text, origin: .report, mapped: RegionSet(), regions: RegionSet()))
    }
  }

  /// Has another decide on every sentence with a finding that has several regions.
  public mutating func choose(with chooser: any RegionChooser) async throws {
    for place in sentences.indices where sentences[place].origin == .finding {
      let sentence = sentences[place]
      guard sentence.mapped.count > 1 else { continue }
      tally.questions += 1
      let names = try await chooser.choose(
        from: anatomy.names(of: sentence.mapped), for: sentence.text)
      let chosen = anatomy.regions(named: names)
      if !chosen.isEmpty, chosen.intersection(sentence.mapped) == chosen {
        sentences[place].regions = chosen
      } else {
        tally.refusedAnswers += 1
      }
    }
  }

  /// Its lines of the manifest, and all that was counted on the way.
  ///
  /// - Parameter folder: where the `files` of MIMIC-CXR-JPG are, as the manifest is to say it;
  ///   empty, or with a slash at its end.
  public func entries(folder: String) -> ([ManifestEntry], CurationTally) {
    let path =
      "\(folder)files/p\(patientID.prefix(2))/p\(patientID)/s\(studyID)/\(imageID).jpg"
    var tally = tally
    let entries = sentences.enumerated().map { index, sentence in
      let names = anatomy.names(of: sentence.regions)
      let entry = ManifestEntry(
        id: "\(imageID)-\(index + 1)", dataset: "chest-imagenome", split: split, image: path,
        width: size.width, height: size.height, patientID: patientID,
        studyID: studyID, sentence: sentence.text,
        boxes: sentence.regions.numbers.compactMap { boxes[$0] },
        category: names.isEmpty ? nil : names.joined(separator: ", "),
        source: [
          "origin": .string(sentence.origin.rawValue),
          "mapped": .array(anatomy.names(of: sentence.mapped).map { .string($0) }),
        ])
      tally.count(entry)
      return entry
    }
    return (entries, tally)
  }

  /// On one line, with single spaces.
  private static func spaced(_ text: String) -> String {
    text.utf8.split { $0 <= 0x20 }.map { String(Substring($0)) }.joined(separator: " ")
  }

  /// How many words `compared` has given.
  private static func words(_ compared: String) -> Int {
    compared.utf8.count { $0 == UInt8(ascii: " ") } - 1
  }

  /// Words in lower case without marks, each between spaces.
  private static func compared(_ text: String) -> String {
    let words = text.lowercased().split { !$0.isLetter && !$0.isNumber }
    return " " + words.joined(separator: " ") + " "
  }
}

extension PixelBox {
  /// The smallest box around both.
  fileprivate func union(with other: PixelBox) -> PixelBox? {
    PixelBox(
      left: min(left, other.left), top: min(top, other.top), right: max(right, other.right),
      bottom: max(bottom, other.bottom))
  }
}
