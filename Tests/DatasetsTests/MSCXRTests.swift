import JSON
import Testing

@testable import Datasets

@Suite struct `MS-CXR` {
  private let folder: FolderOfFiles

  init() throws { folder = try FolderOfFiles() }

  private static let header =
    "dicom_id,category_name,label_text,path,x,y,w,h,image_width,image_height,split"

  /// One row; patient 19999998 has the study 5<patient's end>.
  private static func row(
    _ image: String = "aaaa-1", text: String = "Small effusion", patient: String = "19999998",
    box: String = "10,20,30,40", size: String = "100,200", split: String = "val"
  ) -> String {
    "\(image),Pleural Effusion,\"\(text)\",files/p19/p\(patient)/s5\(patient.suffix(3))/\(image).jpg,"
      + "\(box),\(size),\(split)"
  }

  private func read(
    _ rows: [String], header: String = Self.header, _ choices: PublishedChoices = .init()
  ) throws -> PublishedDataset {
    let path = try folder.file("m.csv", ([header] + rows).joined(separator: "\n") + "\n")
    return try MSCXR.read(path: path, choices: choices)
  }

  private func failure(_ rows: [String]) -> DatasetError? {
    return #expect(throws: DatasetError.self) { try read(rows) }
  }

  @Test func `has a phrase for each text of an image, with all its boxes`() throws {
    let dataset = try read([
      Self.row(), Self.row(text: "Large, left"), Self.row(box: "50,60,50.5,140.25"),
      Self.row("bbbb-2", patient: "19999997", split: "test"), Self.row(),
    ])
    let entries = dataset.entries
    #expect(entries.map { $0.id } == ["ms-cxr/aaaa-1/1", "ms-cxr/aaaa-1/2", "ms-cxr/bbbb-2/1"])
    #expect(entries.map { $0.sentence } == ["Small effusion", "Large, left", "Small effusion"])
    #expect(entries.map { $0.split } == [.val, .val, .test])
    let first = try #require(PixelBox(left: 10, top: 20, right: 40, bottom: 60))
    let clipped = try #require(PixelBox(left: 50, top: 60, right: 100, bottom: 200))
    #expect(entries[0].boxes == [first, clipped] && entries[1].boxes == [first])
    #expect(dataset.repeatedBoxes == 1 && dataset.skipped.isEmpty)
    #expect(entries[0].patientID == "19999998" && entries[0].studyID == "5998")
    #expect(entries[0].image == "files/p19/p19999998/s5998/aaaa-1.jpg")
    #expect(entries[0].width == 100 && entries[0].height == 200)
    #expect(entries[0].category == "Pleural Effusion" && entries[0].dataset == "ms-cxr")
  }

  @Test(arguments: [
    "10,20,92,40", "10,20,30,182", "-1.5,20,30,40", "10,-2,30,40", "10,20,0,40", "10,20,30,-5",
    "nan,20,30,40", "10,inf,30,40", "10,20,,40", "10,20,x,40", "1e308,1,1e308,1", "10,20,1e400,40",
  ])
  func `has no box outside its image, reversed or of other values`(box: String) throws {
    #expect(failure([Self.row(), Self.row(text: "b", box: box)])?.line == 3)
    var choices = PublishedChoices()
    choices.skipsUnfit = true
    let rows = [
      Self.row(), Self.row(text: "b"), Self.row(text: "b", box: box),
      Self.row(text: "b", box: "1,1,1,1"), Self.row(text: "c"),
    ]
    let dataset = try read(rows, choices)
    #expect(dataset.entries.map { $0.sentence } == ["Small effusion", "c"])
    #expect(dataset.entries.map { $0.id } == ["ms-cxr/aaaa-1/1", "ms-cxr/aaaa-1/3"])
    #expect(dataset.skipped.map { $0.line } == [4])
  }

  @Test(arguments: [
    row(split: "all"), row(split: ""), row(size: "100,0"), row(size: "100,1.5"), row(text: " "),
    row(size: "100,99999999999"), row(patient: ""), row(patient: "1x"), row() + ",1",
    row().replacing("files/p19", with: "p19").replacing("/s5998", with: ""),
  ])
  func `is refused where a row is wrong, with its line`(row: String) {
    #expect(failure([Self.row(), row])?.line == 3)
  }

  @Test func `has no phrase with half of its boxes`() throws {
    var choices = PublishedChoices()
    choices.skipsUnfit = true
    let rows = [
      Self.row(), Self.row(box: "1,2,3,4", size: "abc,200"),
      Self.row("bbbb-2", patient: "19999997"),
    ]
    let dataset = try read(rows, choices)
    #expect(dataset.entries.map { $0.id } == ["ms-cxr/bbbb-2/1"] && dataset.skipped.count == 1)
  }

  @Test func `does not say in errors what stands in a file`() {
    let row = Self.row().replacing("files/p19", with: "p19").replacing("/s5998", with: "")
    let error = failure([row])
    #expect(error?.description.contains("19999998") == false)
    #expect(error?.description.contains("a text of 24 characters") == true)
  }

  @Test func `takes any name of a split`() throws {
    let rows = [
      Self.row(split: "validate"), Self.row("b", split: "validation"),
      Self.row("c", patient: "19999997", split: "train"),
    ]
    #expect(try read(rows).entries.map { $0.split } == [.val, .val, .train])
  }

  @Test func `tells of an image one thing only`() {
    let error = failure([Self.row(), Self.row(text: "b", size: "101,200")])
    #expect(error?.problem == .contradicting(earlier: "line 2"))
    #expect(error?.description.contains("line 3") == true)
  }

  @Test func `has no patient in two splits`() {
    let error = failure([Self.row(), Self.row("b"), Self.row("c", split: "train")])
    #expect(
      error?.problem
        == .split(
          .patient(
            .init(split: .val, place: "line 2"),
            .init(split: .train, place: "line 4"))))
    #expect(error?.description.contains("line 2") == true)
  }

  @Test func `names its split itself, or is told it`() throws {
    var choices = PublishedChoices()
    choices.split = .train
    #expect(throws: DatasetError.self) { try read([Self.row()], choices) }
    let header = Self.header.replacing(",split", with: "")
    let row = Self.row().replacing(",val", with: "")
    #expect(try read([row], header: header, choices).entries[0].split == .train)
    let error = #expect(throws: DatasetError.self) { try read([row], header: header) }
    #expect(error?.problem == .noSplit)
  }

  @Test func `may lie elsewhere, with images of another kind`() throws {
    var choices = PublishedChoices()
    choices.imagePrefix = "/films/"
    choices.imageExtension = "png"
    let entry = try read([Self.row()], choices).entries[0]
    #expect(entry.image == "/films/files/p19/p19999998/s5998/aaaa-1.png")
    #expect(entry.id == "ms-cxr/aaaa-1/1")
  }

  @Test(arguments: ["", "a,b\n1,2\n", header, header + "\n\"", header.replacing("w,h", with: "h")])
  func `is refused when it is another table`(text: String) throws {
    let path = try folder.file("m.csv", text)
    #expect(throws: DatasetError.self) { try MSCXR.read(path: path, choices: .init()) }
  }

  @Test func `gives the same phrases as COCO, but for the split`() throws {
    let image = "files/p19/p19999998/s5998/aaaa-1.jpg"
    let text = """
      {"categories":[{"id":8,"name":"Pleural Effusion"}],
       "images":[{"id":1,"file_name":"aaaa-1.jpg","path":"\(image)","width":100,"height":200}],
       "annotations":[
         {"id":1,"image_id":1,"category_id":8,"bbox":[10,20,30,40],"label_text":"Small effusion"},
         {"id":2,"image_id":1,"category_id":8,"bbox":[1,2,3,4],"label_text":"Small effusion"}]}
      """
    let path = try folder.file("m.json", " \n" + text)
    let error = #expect(throws: DatasetError.self) { try MSCXR.read(path: path, choices: .init()) }
    #expect(error?.problem == .noSplit)
    var choices = PublishedChoices()
    choices.split = .val
    let coco = try MSCXR.read(path: path, choices: choices)
    let table = try read([Self.row(), Self.row(box: "1,2,3,4")])
    #expect(coco.entries == table.entries)
    let bare = try folder.file(
      "b.json", text.replacing(#","label_text":"Small effusion"}]"#, with: "}]"))
    let lacking = #expect(throws: DatasetError.self) {
      try MSCXR.read(path: bare, choices: choices)
    }
    #expect(lacking?.problem == .missing(field: "label_text"))
    let lost = try folder.file("l.json", text.replacing("/p19999998/s5998", with: ""))
    let problem = #expect(throws: DatasetError.self) {
      try MSCXR.read(path: lost, choices: choices)
    }
    #expect(problem?.place == "images[0].path")
  }
}
