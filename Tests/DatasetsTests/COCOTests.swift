import JSON
import Testing

@testable import Datasets

@Suite struct `Boxes in COCO's format` {
  private let folder: FolderOfFiles
  private var choices = PublishedChoices()

  init() throws {
    folder = try FolderOfFiles()
    choices.split = .train
  }

  private static let categories = #"[{"id":1,"name":"Right Lung"},{"id":2,"name":"Left Lung"}]"#
  private static let images = """
    [{"id":40,"file_name":"a.jpg","width":100,"height":80,"patient_id":7},
     {"id":41,"file_name":"b.png","width":50,"height":50}]
    """

  private func read(
    _ annotations: String, categories: String = Self.categories, images: String = Self.images,
    skipping: Bool = false
  ) throws -> PublishedDataset {
    let path = try folder.file(
      "c.json",
      #"{"categories":\#(categories),"images":\#(images),"annotations":\#(annotations)}"#)
    var choices = choices
    choices.skipsUnfit = skipping
    return try COCO.read(path: path, dataset: "lungs", choices: choices)
  }

  private static func annotation(
    image: String = "40", category: String = "1", box: String = "[1,2,3,4]"
  ) -> String { #"{"image_id":\#(image),"category_id":\#(category),"bbox":\#(box)}"# }

  @Test func `are phrases called like their categories`() throws {
    let dataset = try read(
      """
      [\(Self.annotation()),\(Self.annotation(category: "2")),\(Self.annotation(box: "[0,0,100,81]")),
       \(Self.annotation(image: "41"))]
      """)
    let entries = dataset.entries
    #expect(entries.map { $0.sentence } == ["Right Lung", "Left Lung", "Right Lung"])
    #expect(entries.map { $0.category } == ["Right Lung", "Left Lung", "Right Lung"])
    #expect(entries.map { $0.boxes.count } == [2, 1, 1])
    #expect(entries[0].boxes[1] == PixelBox(left: 0, top: 0, right: 100, bottom: 80))
    #expect(entries.map { $0.patientID } == ["7", "7", "b.png"])
    #expect(entries.map { $0.studyID } == ["a.jpg", "a.jpg", "b.png"])
    #expect(entries.map { $0.image } == ["a.jpg", "a.jpg", "b.png"])
    #expect(Set(entries.map { $0.id }).count == 3 && entries.allSatisfy { $0.dataset == "lungs" })
  }

  @Test(arguments: [
    (annotation(image: "42"), "[1].image_id"), (annotation(category: "3"), "[1].category_id"),
    (annotation(category: "null"), "[1].category_id"), (annotation(image: "1.5"), "[1].image_id"),
    (annotation(box: "[1,2,3]"), "[1].bbox"), (annotation(box: "[1,2,3,\"4\"]"), "[1].bbox"),
    (annotation(box: "[1,2,3,4,5]"), "[1].bbox"), (annotation(box: "[1,2,0,4]"), "[1]"),
    (annotation(box: "[99,2,3,4]"), "[1]"), (annotation(box: "[-3,2,3,4]"), "[1]"),
    (annotation(box: "[1,2,-1,4]"), "[1]"), ("7", "[1]"), ("{}", "[1]"),
    (#"{"image_id":40,"bbox":[1,2,3,4]}"#, "[1]"),
    (annotation(category: "1,\"label_text\":5"), "[1].label_text"),
  ])
  func `are refused where an annotation is wrong`(annotation: String, place: String) throws {
    let annotations = "[\(Self.annotation(image: "41")),\(annotation)]"
    let error = #expect(throws: DatasetError.self) { try read(annotations) }
    #expect(error?.place == "annotations\(place)")
    let dataset = try read(annotations, skipping: true)
    #expect(dataset.entries.map { $0.image } == ["b.png"])
    #expect(dataset.skipped.count == 1 && dataset.skipped.first == error)
  }

  @Test(arguments: [
    #"[{"id":1,"name":"a"},{"id":1,"name":"b"}]"#, #"[{"id":1,"name":""}]"#, #"[{"id":1}]"#, "{}",
    "null", #"[{"name":"a"}]"#,
  ])
  func `are refused where categories are wrong`(categories: String) {
    #expect(throws: DatasetError.self) {
      try read("[\(Self.annotation())]", categories: categories, skipping: true)
    }
  }

  @Test(arguments: [
    #"{"id":41,"file_name":"c","width":1,"height":1}"#,
    #"{"id":43,"file_name":"a.jpg","width":1,"height":1}"#,
    #"{"id":43,"file_name":"c","width":0,"height":1}"#,
    #"{"id":43,"file_name":"c","width":1,"height":-1}"#,
    #"{"id":43,"file_name":"c","width":1,"height":1.5}"#,
    #"{"id":43,"file_name":"c","width":1,"height":99999999999999999999}"#,
    #"{"id":43,"file_name":"c","width":1}"#, #"{"id":43,"width":1,"height":1}"#, "3",
    #"{"id":43,"file_name":"c","width":1,"height":1,"patient_id":[]}"#,
  ])
  func `are refused where an image is wrong`(image: String) {
    let images = Self.images.dropLast() + ",\(image)]"
    #expect(throws: DatasetError.self) {
      try read("[\(Self.annotation())]", images: String(images), skipping: true)
    }
  }

  @Test func `are refused without a split, and without a phrase`() {
    #expect(throws: DatasetError.self) { try read("[]") }
    let error = #expect(throws: DatasetError.self) { try read("[1]", skipping: true) }
    #expect(error?.place == "annotations[0]")
  }

  @Test func `may have whole sizes with a fraction`() throws {
    let images = #"[{"id":40,"file_name":"a","width":100.0,"height":8e1}]"#
    let entries = try read("[\(Self.annotation())]", images: images).entries
    #expect(entries[0].width == 100 && entries[0].height == 80)
  }

  @Test func `lose an image's phrases to an annotation that does not tell which it is of`() throws {
    let lost = #"{"image_id":40,"bbox":[5,6,7,8]}"#
    let dataset = try read(
      "[\(Self.annotation()),\(lost),\(Self.annotation(image: "41"))]", skipping: true)
    #expect(dataset.entries.map { $0.image } == ["b.png"] && dataset.skipped.count == 1)
  }

  @Test(arguments: ["", "[]", "{\"images\":[]", "{}", String(repeating: "{\"a\":", count: 5_000)])
  func `are refused when they are something else`(text: String) throws {
    let path = try folder.file("c.json", text)
    #expect(throws: DatasetError.self) {
      try COCO.read(path: path, dataset: "d", choices: choices)
    }
  }
}
