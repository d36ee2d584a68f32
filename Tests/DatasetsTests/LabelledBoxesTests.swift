import JSON
import Testing

@testable import Datasets

@Suite struct `Labelled boxes` {
  private let folder: FolderOfFiles
  private var choices = PublishedChoices()

  init() throws {
    folder = try FolderOfFiles()
    choices.split = .train
  }

  private func skipping() -> PublishedChoices {
    var choices = choices
    choices.skipsUnfit = true
    return choices
  }

  // The NIH's.

  private static let nihHeader = "Image Index,Finding Label,Bbox [x,y,w,h],,,\n"

  private func nih(_ text: String, _ choices: PublishedChoices? = nil) throws -> PublishedDataset {
    try NIHBoxes.read(path: folder.file("n.csv", text), choices: choices ?? self.choices)
  }

  @Test func `of the NIH come under an odd header`() throws {
    let text =
      Self.nihHeader + """
        00000001_000.png,Mass,1.5,2,3,4
        00000001_000.png,Mass,10,20,30,40,,,
        00000001_001.png,Nodule,0,0,1024,1024
        """
    for header in ["", "\u{FEFF}"] {
      let entries = try nih(header + text).entries
      #expect(entries.map { $0.sentence } == ["Mass", "Nodule"])
      #expect(
        entries[0].boxes == [
          PixelBox(left: 1.5, top: 2, right: 4.5, bottom: 6),
          PixelBox(left: 10, top: 20, right: 40, bottom: 60),
        ])
      #expect(entries.map { $0.patientID } == ["00000001", "00000001"])
      #expect(entries.map { $0.id } == ["nih/00000001_000/1", "nih/00000001_001/1"])
      #expect(entries.allSatisfy { $0.width == 1_024 && $0.height == 1_024 && $0.split == .train })
    }
  }

  @Test(arguments: [
    "1_0.png,Mass,1,2,3", "1_0.png,Mass,1,2,3,4,5", "1_0.png,,1,2,3,4", "1.png,Mass,1,2,3,4",
    "_1.png,Mass,1,2,3,4", "1_0.png,Mass,1000,2,26,4", "1_0.png,Mass,nan,2,26,4",
    "1_0.png,Mass,1,2,-3,4",
  ])
  func `of the NIH are refused with their line`(row: String) {
    let text = Self.nihHeader + "00000001_000.png,Mass,1,2,3,4\n\(row)\n"
    let error = #expect(throws: DatasetError.self) { try nih(text) }
    #expect(error?.line == 3)
  }

  @Test(arguments: ["", "Image Index,Finding Label,x,y,w,h\n1_0.png,Mass,1,2,3,4\n", nihHeader])
  func `of the NIH are refused when they are something else`(text: String) {
    #expect(throws: DatasetError.self) { try nih(text, skipping()) }
  }

  @Test func `are refused without a split`() throws {
    let error = #expect(throws: DatasetError.self) {
      try nih(Self.nihHeader + "00000001_000.png,Mass,1,2,3,4\n", PublishedChoices())
    }
    #expect(error?.problem == .noSplit)
  }

  // VinDr's.

  private static let kaggleHeader = "image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max\n"

  private func vinDr(
    _ text: String, reader: String? = nil, _ choices: PublishedChoices? = nil
  ) throws -> PublishedDataset {
    var choices = choices ?? self.choices
    choices.size = { name, _ in name.hasPrefix("f") ? ImageSize(width: 100, height: 50) : nil }
    return try VinDr.read(path: folder.file("v.csv", text), reader: reader, choices: choices)
  }

  @Test func `of VinDr are phrases of one reader each`() throws {
    let text =
      Self.kaggleHeader + """
        f1,No finding,14,R1,,,,
        f1,No finding,14,R2,,,,
        f2,Mass,3,R1,1,2,3.5,4
        f2,Mass,3,R2,1,2,3,4
        f2,Mass,3,R1,10,20,30,40
        """
    let entries = try vinDr(text).entries
    #expect(entries.map { $0.sentence } == ["No finding", "No finding", "Mass", "Mass"])
    #expect(entries.map { $0.source["reader"]?.string } == ["R1", "R2", "R1", "R2"])
    #expect(entries.map { $0.boxes.count } == [0, 0, 2, 1])
    #expect(entries[2].boxes[0] == PixelBox(left: 1, top: 2, right: 3.5, bottom: 4))
    #expect(entries.map { $0.image } == ["f1.dicom", "f1.dicom", "f2.dicom", "f2.dicom"])
    #expect(entries[2].patientID == "f2" && Set(entries.map { $0.id }).count == 4)
    #expect(try vinDr(text, reader: "R2").entries.map { $0.boxes.count } == [0, 1])
    let error = #expect(throws: DatasetError.self) { try vinDr(text, reader: "R3") }
    #expect(error?.problem == .unknownReader("R3"))
  }

  @Test func `of VinDr may come from PhysioNet, with readers or without`() throws {
    let header = "image_id,rad_id,class_name,x_min,y_min,x_max,y_max\n"
    #expect(try vinDr(header + "f1,R1,Mass,1,2,3,4\n").entries[0].boxes.count == 1)
    let consensus = "image_id,class_name,x_min,y_min,x_max,y_max\nf1,Mass,1,2,3,4\n"
    #expect(try vinDr(consensus).entries[0].source == [:])
    let error = #expect(throws: DatasetError.self) { try vinDr(consensus, reader: "R1") }
    #expect(error?.problem == .missing(field: "rad_id"))
  }

  @Test(arguments: [
    "f1,Mass,3,R1,,,,", "f1,No finding,14,R1,1,2,3,4", "f1,Mass,3,R1,3,2,1,4",
    "f1,Mass,3,R1,1,2,102,4", "f1,Mass,3,R1,1,2,NaN,4", "f1,Mass,3,,1,2,3,4", "f1,,3,R1,1,2,3,4",
    "f1,Mass,3,R1,1,2,3", "f1,No finding,14,R1,,,,3", "f0,No finding,14,R1,,,,",
  ])
  func `of VinDr are refused with their line`(row: String) {
    let error = #expect(throws: DatasetError.self) {
      try vinDr(Self.kaggleHeader + "f0,Mass,3,R1,1,2,3,4\n\(row)\n")
    }
    #expect(error?.line == 3)
  }

  @Test func `of VinDr are left out where one reader sees something and nothing`() throws {
    let text =
      Self.kaggleHeader + """
        f1,No finding,14,R1,,,,
        f1,Mass,3,R1,1,2,3,4
        f2,Mass,3,R1,1,2,3,4
        f2,No finding,14,R2,,,,
        """
    #expect(try vinDr(text, skipping()).entries.map { $0.image } == ["f2.dicom", "f2.dicom"])
  }

  @Test func `of VinDr have the sizes of images that were converted`() throws {
    let path = try folder.file("v.csv", Self.kaggleHeader + "g,Mass,3,R1,1,2,3,4\n")
    let sizes = try ImageSizes(
      path: folder.file("s.csv", "image,width,height\ng.dicom,70,80\n"))
    var choices = choices
    choices.imageExtension = "png"
    choices.size = { name, published in sizes[name] ?? sizes[published] }
    let entry = try VinDr.read(path: path, choices: choices).entries[0]
    #expect(entry.image == "g.png" && entry.width == 70)
  }

  @Test func `of VinDr need sizes`() {
    let error = #expect(throws: DatasetError.self) {
      try vinDr(Self.kaggleHeader + "g,Mass,3,R1,1,2,3,4\n", skipping())
    }
    #expect(error?.problem == .unknownSize(image: "g.dicom"))
  }

  // The RSNA's.

  private static let rsnaHeader = "patientId,x,y,width,height,Target\n"

  private func rsna(_ text: String, _ choices: PublishedChoices? = nil) throws -> PublishedDataset {
    try RSNAPneumonia.read(path: folder.file("r.csv", text), choices: choices ?? self.choices)
  }

  @Test func `of the RSNA are one phrase an image`() throws {
    let text = Self.rsnaHeader + "a,,,,,0\nb,250.0,160.0,210.0,370.0,1\nb,1,2,3,4,1\n"
    var choices = choices
    choices.imageExtension = "png"
    let entries = try rsna(text, choices).entries
    #expect(entries.map { $0.sentence } == ["No lung opacity", "Lung opacity"])
    #expect(entries.map { $0.boxes.count } == [0, 2])
    #expect(entries[1].boxes[0] == PixelBox(left: 250, top: 160, right: 460, bottom: 530))
    #expect(entries.map { $0.image } == ["a.png", "b.png"])
    #expect(entries.map { $0.patientID } == ["a", "b"])
  }

  @Test(arguments: [
    "a,1,2,3,4,0", "a,,,,,1", "a,,,,,2", "a,1,2,3,4,", "b,,,,,0", ",1,2,3,4,1", "a,1,2,3,1024,1",
    "a,1,2,3,4,1,5", "a,1,2,3,0,1", "a,inf,2,3,4,1",
  ])
  func `of the RSNA are refused with their line`(row: String) throws {
    let text = Self.rsnaHeader + "b,1,2,3,4,1\n\(row)\nc,,,,,0\n"
    let error = #expect(throws: DatasetError.self) { try rsna(text) }
    #expect(error?.line == 3)
    guard !row.hasSuffix("5") else { return }
    let dataset = try rsna(text, skipping())
    let kept = row.hasPrefix("b") ? ["c"] : ["b", "c"]
    #expect(dataset.entries.map { $0.patientID } == kept && dataset.skipped.count == 1)
  }

  @Test func `of the RSNA are left out where rows say both`() throws {
    let text = Self.rsnaHeader + "a,,,,,0\na,1,1,10,10,1\nb,1,2,3,4,1\n"
    #expect(try rsna(text, skipping()).entries.map { $0.patientID } == ["b"])
    let error = #expect(throws: DatasetError.self) {
      try rsna(Self.rsnaHeader + "a,,,,,0\na,1,1,10,10,1\n", skipping())
    }
    #expect(error?.line == 3, "the reason, not only that nothing is left")
  }
}
