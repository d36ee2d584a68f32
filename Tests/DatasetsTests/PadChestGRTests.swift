import JSON
import Testing

@testable import Datasets

@Suite struct `PadChest-GR` {
  private let folder: FolderOfFiles
  private var choices = PublishedChoices()

  init() throws {
    folder = try FolderOfFiles()
    choices.size = { name, _ in name.hasPrefix("1") ? ImageSize(width: 200, height: 100) : nil }
  }

  private static let table = """
    StudyID,ImageID,PatientID,label,split
    1,1_a.png,31,pleural effusion,validation
    1,1_a.png,31,"nodule, small",validation
    2,2_b.png,32,Normal,test

    """
  private static let effusion = """
    {"sentence_en":"Small effusion.","sentence_es":"Derrame.","abnormal":true,
     "boxes":[[0.25,0.5,0.5,1.0000001],[0,0,1,1]],"extra_boxes":[[0,0,0.5,0.5]],
     "labels":["pleural effusion"],"locations":["left"],"progression":null}
    """

  private static func study(_ findings: String, image: String = "\"1_a.png\"") -> String {
    #"{"StudyID":"1","ImageID":\#(image),"findings":[\#(findings)]}"#
  }

  private func read(
    _ text: String, table: String = Self.table, skipping: Bool = false
  ) throws -> PublishedDataset {
    var choices = choices
    choices.skipsUnfit = skipping
    return try PadChestGR.read(
      path: folder.file("g.json", text), table: folder.file("t.csv", table), choices: choices)
  }

  @Test func `has a phrase for each finding, in pixels`() throws {
    let normal = #"{"sentence_en":"No nodule.","labels":["Normal","other"]}"#
    let bare = #"{"sentence_en":"No nodule.","boxes":null}"#
    let entries = try read("[\(Self.study("\(Self.effusion),\(normal),\(bare)"))]").entries
    #expect(entries.map { $0.sentence } == ["Small effusion.", "No nodule.", "No nodule."])
    #expect(
      entries[0].boxes == [
        PixelBox(left: 50, top: 50, right: 100, bottom: 100),
        PixelBox(left: 0, top: 0, right: 200, bottom: 100),
      ])
    #expect(entries[1].boxes.isEmpty && entries[2].boxes.isEmpty)
    #expect(entries.map { $0.category } == ["pleural effusion", nil, nil])
    #expect(
      entries.map { $0.id } == ["padchest-gr/1_a/1", "padchest-gr/1_a/2", "padchest-gr/1_a/3"])
    #expect(entries[0].split == .val && entries[0].patientID == "31" && entries[0].studyID == "1")
    #expect(entries[0].width == 200 && entries[0].height == 100 && entries[0].image == "1_a.png")
    #expect(entries[0].source["sentence_es"] == "Derrame.")
    #expect(entries[0].source["extra_boxes"]?.array?.count == 1 && entries[2].source == [:])
  }

  @Test(arguments: [
    (#"{"boxes":[]}"#, ""), (#"{"sentence_en":null}"#, ".sentence_en"), ("3", ""),
    (#"{"sentence_en":"a","boxes":[[0,0,1]]}"#, ".boxes[0]"),
    (#"{"sentence_en":"a","boxes":[[0,0,1,1],[0.5,0,0.25,1]]}"#, ".boxes[1]"),
    (#"{"sentence_en":"a","boxes":[[0,0,1.1,1]]}"#, ".boxes[0]"),
    (#"{"sentence_en":"a","boxes":[[10,10,150,50]]}"#, ".boxes[0]"),
    (#"{"sentence_en":"a","boxes":[[0,0,0,1]]}"#, ".boxes[0]"),
    (#"{"sentence_en":"a","boxes":{}}"#, ".boxes"), (#"{"sentence_en":"a","labels":3}"#, ".labels"),
    (#"{"sentence_en":"a","labels":[3]}"#, ".labels[0]"),
  ])
  func `is refused where a finding is wrong, with its place`(finding: String, place: String) throws
  {
    let text = "[\(Self.study("\(Self.effusion),\(finding)"))]"
    let error = try #require(#expect(throws: DatasetError.self) { try read(text) })
    #expect(error.place == "[0].findings[1]\(place)")
    let dataset = try read(text, skipping: true)
    #expect(dataset.entries.map { $0.sentence } == ["Small effusion."])
    #expect(dataset.skipped == [error])
  }

  @Test(arguments: [
    "", "{}", "[3]", "[{}]", "[\(study(effusion))", "[\(study(effusion, image: "\"9\""))]",
    "[\(study(effusion, image: "null"))]", "[\(study(effusion)),\(study(effusion))]", "[]",
    "[\(study(""))]", String(repeating: "[", count: 100_000),
  ])
  func `is refused when it is something else`(text: String) {
    #expect(throws: DatasetError.self) { try read(text, skipping: true) }
  }

  @Test(arguments: [
    "", "ImageID,split\n", "ImageID,PatientID,split\n1_a.png,1,dev\n",
    "ImageID,PatientID,split\n1_a.png,,test\n",
    "ImageID,PatientID,split\n1_a.png,1,test\n1_a.png,2,test\n",
    "ImageID,PatientID,split\n1_a.png,1,test\n1_a.png,1,train\n",
  ])
  func `needs a table of its patients`(table: String) {
    let text = "[\(Self.study(Self.effusion))]"
    let error = #expect(throws: DatasetError.self) { try read(text, table: table) }
    #expect(error?.file.hasSuffix("t.csv") == true)
  }

  @Test func `needs sizes, splits of its own and patients in one split`() throws {
    let unknown = "[\(Self.study(Self.effusion, image: "\"2_b.png\""))]"
    let error = #expect(throws: DatasetError.self) { try read(unknown, skipping: true) }
    #expect(error?.problem == .unknownSize(image: "2_b.png"))
    #expect(error?.description.contains("--sizes") == true)
    var choices = choices
    choices.split = .test
    let (path, table) = (
      try folder.file("g.json", "[\(Self.study(Self.effusion))]"),
      try folder.file("t.csv", Self.table)
    )
    #expect(throws: DatasetError.self) {
      try PadChestGR.read(path: path, table: table, choices: choices)
    }
    let two = """
      [\(Self.study(Self.effusion)),\(Self.study(Self.effusion, image: "\"1_c.png\""))]
      """
    let leak = #expect(throws: DatasetError.self) {
      try read(two, table: Self.table + "1,1_c.png,31,Normal,train\n", skipping: true)
    }
    #expect(
      leak?.problem
        == .split(
          .patient(
            .init(split: .val, place: "[0].findings[0]"),
            .init(split: .train, place: "[1].findings[0]"))))
    #expect(leak?.description.contains("“31”") == false)
  }
}
