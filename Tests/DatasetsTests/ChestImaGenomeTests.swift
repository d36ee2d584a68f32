import Foundation
import JSON
import TestKit
import Testing

@testable import Datasets

@Suite final class `Cleaning a scene graph` {
  private let folder: URL

  init() throws { folder = try Place.temporaryFolder() }

  deinit { try? FileManager.default.removeItem(at: folder) }  // nothing depends on its going

  private func file(_ name: String, _ text: String) throws -> String {
    let file = folder.appending(path: name)
    try Data(text.utf8).write(to: file)
    return file.path
  }

  private func cleaning(
    excluding path: String? = nil, leavingOut names: Set<String> = [],
    splits: CurationSplits = .all(.train)
  ) throws -> SceneGraphCleaning {
    let sizes = try file("sizes.csv", "dicom_id,Rows,Columns\n00000000-11111111,200,100.0\n")
    var excluded = ExcludedStudies()
    if let path {
      let table = "dicom_id,path,x\nother,\(path),1\n"
      excluded = try ExcludedStudies(path: file("ms.csv", table), takesPatients: false)
    }
    return SceneGraphCleaning(
      anatomy: .chest, sizes: try MIMICSizes(path: sizes), splits: splits, excluded: excluded,
      leftOut: names)
  }

  private func kept(_ graph: ChestImaGenomeGraph) throws -> CuratedImage {
    guard case .kept(let image) = try cleaning().verdict(on: graph.read()) else {
      throw NotKept()
    }
    return image
  }

  private struct NotKept: Error {}

  private static let finding = ["anatomicalfinding|yes|lung opacity"]
  private static let nothing = ["anatomicalfinding|no|lung opacity", "nlp|no|abnormal"]

  @Test func `grounds findings in the innermost regions that have a box`() throws {
    let graph = ChestImaGenomeGraph(
      boxes: [("left lung", [10, 20, 60, 90]), ("right lung", [50, 20, 140, 90])],
      sentences: [
        .init("Basal  left\nopacity.", ["left lung", "left costophrenic angle"], Self.finding),
        .init("Both lungs are hazy.", ["right lung", "left lung"], Self.finding),
        .init("Clear lungs.", ["right lung", "left lung"], Self.nothing),
        .init("Wide aortic arch.", ["aortic arch"], Self.finding),
        .init("Bent aorta.", ["descending aorta", "unknown"], Self.finding),
      ])
    let (entries, tally) = try kept(graph).entries(folder: "/mimic/")
    #expect(
      entries.map(\.sentence) == [
        "Basal left opacity.", "Both lungs are hazy.", "Clear lungs.",
      ])
    let left = try #require(PixelBox(left: 10, top: 20, right: 60, bottom: 90))
    let right = try #require(PixelBox(left: 50, top: 20, right: 100, bottom: 90))
    #expect(entries.map(\.boxes) == [[left], [right, left], []])
    #expect(entries.map(\.category) == ["left lung", "right lung, left lung", nil])
    #expect(
      entries[0].image == "/mimic/files/p19/p19999999/s59999999/00000000-11111111.jpg")
    #expect(entries.map(\.id).last == "00000000-11111111-3")
    #expect(entries[0].width == 100 && entries[0].height == 200 && entries[0].split == .train)
    #expect(tally.sentencesBefore == 4 && tally.boxesBefore == 5)
    #expect(tally.negatives == 1 && tally.withoutBox == 1)
    #expect(tally.withNone == 1 && tally.withOne == 1 && tally.withSeveral == 1)
    #expect(tally.boxes == 3 && tally.sentences == 3 && tally.words == 9)
    #expect(tally.squaredWords == 9 + 16 + 4)
    #expect(tally.wordsPerSentence?.mean == 3)
  }

  @Test(arguments: [
    (["disease|yes|pneumonia"], true), (["devices|yes|pacemaker"], true),
    (["tubesandlines|yes|picc"], true), (["nlp|yes|abnormal"], true),
    (["nlp|yes|normal"], false), (["technicalassessment|yes|rotated"], false),
    (["disease|no|pneumonia"], false), ([], false),
    (["disease|no|pneumonia", "anatomicalfinding|yes|lung opacity"], true),
  ])
  func `tells findings by their labels`(labels: [String], isFinding: Bool) throws {
    let graph = ChestImaGenomeGraph(
      boxes: [("spine", [1, 1, 2, 2])], sentences: [.init("A.", ["spine"], labels)])
    let (entries, tally) = try kept(graph).entries(folder: "")
    #expect(entries.map(\.boxes.count) == [isFinding ? 1 : 0])
    #expect(tally.negatives == (isFinding ? 0 : 1))
  }

  @Test func `unites doubled boxes and drops those without area`() throws {
    let graph = ChestImaGenomeGraph(
      boxes: [
        ("spine", [1, 2, 3, 4]), ("spine", [50, 60, 400, 700]), ("svc", [30, 1, 30, 9]),
        ("carina", [100, 1, 130, 9]), ("trachea", [9, 1, 3, 9]), ("neck", [9, 1, 3, 9]),
      ],
      sentences: [.init("A.", ["spine", "svc", "carina", "trachea"], Self.finding)])
    let (entries, tally) = try kept(graph).entries(folder: "")
    let union = try #require(PixelBox(left: 1, top: 2, right: 100, bottom: 200))
    #expect(entries.map(\.boxes) == [[union]])
    #expect(tally.emptyBoxes == 3)
  }

  @Test func `adds what only the report says`() throws {
    let graph = ChestImaGenomeGraph(
      boxes: [("spine", [1, 1, 2, 2])],
      sentences: [
        .init("The spine is bent, as before.", ["spine"], Self.finding),
        .init("Wide arch.", ["aortic arch"], Self.finding),
      ])
    var image = try kept(graph)
    image.add(report: [
      "Spine is bent", "WIDE  ARCH", "No fracture.", "___", "No fracture.",
      "There the spine is bent, as before.", "Arch.",
    ])
    let (entries, tally) = image.entries(folder: "")
    #expect(entries.map(\.sentence) == ["The spine is bent, as before.", "No fracture."])
    #expect(entries[1].boxes.isEmpty && entries[1].category == nil)
    #expect(entries[1].source["origin"] == "report")
    #expect(tally.added == 1 && tally.missingReports == 0)
    var other = try kept(graph)
    other.add(report: nil)
    #expect(other.entries(folder: "").1.missingReports == 1)
  }

  @Test func `keeps sentences of the report that say something else`() throws {
    let graph = ChestImaGenomeGraph(
      boxes: [("spine", [1, 1, 2, 2])],
      sentences: [
        .init("Edema.", ["spine"], Self.finding),
        .init("Bent aorta.", ["descending aorta"], Self.finding),
        .init("Straight aorta.", ["descending aorta"], Self.nothing),
      ])
    var image = try kept(graph)
    let said = [
      "Possible edema in the right base with new consolidation.", "No change.",
      "No change in the size of the heart since then.", "Straight aorta.",
    ]
    image.add(report: said + ["Bent aorta.", "Edema again."])
    let added = image.entries(folder: "").0.filter { $0.source["origin"] == "report" }
    // Half of “Edema again.” is no more than half.
    #expect(added.map(\.sentence) == said + ["Edema again."])
    #expect(added.allSatisfy { $0.boxes.isEmpty })
  }

  @Test(arguments: [
    ("PA", true), ("AP", true), ("LATERAL", false), ("LL", false), ("", false),
  ])
  func `keeps frontal views`(view: String, isKept: Bool) throws {
    let verdict = try cleaning().verdict(on: ChestImaGenomeGraph(viewpoint: view).read())
    switch verdict {
    case .kept: #expect(isKept)
    case .otherView: #expect(!isKept)
    default: #expect(Bool(false), "\(verdict)")
    }
  }

  @Test func `leaves out studies that others are tested on, and images by name`() throws {
    let path = "files/p19/p19999999/s59999999/another.jpg"
    let graph = try ChestImaGenomeGraph().read()
    let excluding = try cleaning(excluding: path)
    guard case .excluded = try excluding.verdict(on: graph) else {
      #expect(Bool(false), "the study stays")
      return
    }
    let other = try ChestImaGenomeGraph(study: 5).read()
    guard case .kept = try excluding.verdict(on: other) else {
      #expect(Bool(false), "another study goes")
      return
    }
    guard case .leftOut = try cleaning(leavingOut: [graph.imageID]).verdict(on: graph) else {
      #expect(Bool(false), "the image stays")
      return
    }
  }

  @Test func `leaves out studies in a COCO file, and patients whom others are tested on`() throws {
    let json = try file(
      "ms.json",
      #"{"images":[{"file_name":"b.jpg","path":"files/p19/p19999999/s7/b.jpg"}]}"#)
    let graph = try ChestImaGenomeGraph(study: 7).read()
    #expect(try ExcludedStudies(path: json, takesPatients: false).contains(graph))
    let other = try ChestImaGenomeGraph().read()
    for (rows, isOut) in [("train", false), ("val", true), ("train,validate", true)] {
      let lines = rows.split(separator: ",").enumerated().map {
        "x\($0),files/p19/p19999999/s\($0)/x.jpg,\($1)\n"
      }
      let table = try file("ms.csv", "dicom_id,path,split\n" + lines.joined())
      let excluded = try ExcludedStudies(path: table, takesPatients: true)
      #expect(!excluded.contains(other) && excluded.containsPatient(of: other) == isOut)
      let none = try ExcludedStudies(path: table, takesPatients: false)
      #expect(!none.containsPatient(of: other))
    }
  }

  @Test func `needs the size and the split of an image`() throws {
    let unknown = try ChestImaGenomeGraph(image: "another").read()
    #expect(throws: DatasetError.Problem.unknownSize(image: "another")) {
      try self.cleaning().verdict(on: unknown)
    }
    let table = try file("splits.csv", "dicom_id,split\na,train\nb,validate\nc,test\n")
    let splits = try CurationSplits(path: table)
    #expect(splits["a"] == .train && splits["b"] == .val && splits["c"] == .test)
    let known = try ChestImaGenomeGraph().read()
    #expect(throws: DatasetError.Problem.self) {
      try self.cleaning(splits: splits).verdict(on: known)
    }
  }

  private struct Answer: RegionChooser {
    let names: [String]

    func choose(from regions: [String], for sentence: String) async throws -> [String] { names }
  }

  @Test(
    arguments: [
      (["right lung"], ["right lung"], 0), (["left lung", "right lung"], nil, 0),
      (["spine"], ["left costophrenic angle"], 1), ([], ["left costophrenic angle"], 1),
      (["left lung", "nose"], ["left costophrenic angle"], 1),
    ] as [([String], [String]?, Int)])
  func `takes another's choice when it is one`(
    names: [String], kept: [String]?, refused: Int
  ) async throws {
    let graph = ChestImaGenomeGraph(
      boxes: [
        ("left lung", [1, 1, 2, 2]), ("right lung", [3, 3, 4, 4]),
        ("left costophrenic angle", [5, 5, 6, 6]), ("spine", [7, 7, 8, 8]),
      ],
      sentences: [
        .init("Sure.", ["spine"], Self.finding),
        .init("Clear.", ["spine", "left lung"], Self.nothing),
        .init(
          "Unsure.",
          kept == ["left costophrenic angle"]
            ? ["left lung", "left costophrenic angle"] : ["left lung", "right lung"],
          Self.finding),
      ])
    var image = try self.kept(graph)
    try await image.choose(with: Answer(names: names))
    let (entries, tally) = image.entries(folder: "")
    let sentence = try #require(entries.first { $0.sentence == "Unsure." })
    #expect(sentence.category == (kept ?? ["right lung", "left lung"]).joined(separator: ", "))
    #expect(tally.questions == 1 && tally.refusedAnswers == refused)
    #expect(entries.first?.category == "spine")
  }

  @Test func `counts what can be written down and read back`() throws {
    let graph = ChestImaGenomeGraph(
      boxes: [("spine", [1, 1, 2, 2])], sentences: [.init("A b.", ["spine"], Self.finding)])
    var tally = try kept(graph).entries(folder: "").1
    tally.excludedStudies = ["7", "5"]
    let copy = try #require(CurationTally(json: JSON(parsing: tally.json.text)))
    #expect(copy == tally)
    var sum = tally
    sum.add(copy)
    #expect(sum.words == 4 && sum.boxes == 2 && sum.excludedStudies == ["5", "7"])
    #expect(CurationTally(json: ["graphs": 1]) == nil)
  }
}
