import Datasets
import Foundation
import Images
import TestKit
import Testing

@testable import grounded

@Suite final class `The commands for data sets` {
  private let folder: URL

  init() throws { folder = try Place.temporaryFolder() }

  deinit { try? FileManager.default.removeItem(at: folder) }  // nothing depends on its going

  private func file(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
    let file = folder.appending(path: name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
    return file.path
  }

  private func path(_ name: String) -> String { folder.appending(path: name).path }

  private static let png = PNG.encode(
    Picture(width: 40, height: 20, channels: 1, samples: .eight(Array(repeating: 0, count: 800))))

  private static let msCXR = """
    dicom_id,category_name,label_text,path,x,y,w,h,image_width,image_height,split
    a,Edema,mild edema,files/p19/p19999998/s59999998/a.jpg,1,2,3,4,100,100,train
    a,Edema,mild edema,files/p19/p19999998/s59999998/a.jpg,5,6,7,8,100,100,train
    b,Edema,edema,files/p19/p19999997/s59999997/b.jpg,1,2,3,4,100,100,test

    """

  @Test func `write a manifest and count what is in it`() async throws {
    let csv = try file("m.csv", Self.msCXR.utf8)
    let made = await output("dataset", "ms-cxr", csv, "--output", path("m.jsonl"))
    #expect(made.status == .done && made.complaint.isEmpty, "\(made.complaint)")
    let entries = try Manifest.read(path: path("m.jsonl"))
    #expect(entries.map { $0.boxes.count } == [2, 1])
    #expect(entries[0].image == "files/p19/p19999998/s59999998/a.jpg")
    let lines = made.text.split(separator: "\n").map { line in
      line.split(separator: " ").map { String($0) }
    }
    #expect(
      lines.dropFirst(2).map { Array($0) } == [
        ["ms-cxr", "train", "1", "1", "1", "2", "0", "0", "1", "0/0/100", "2.0±0.0"],
        ["ms-cxr", "test", "1", "1", "1", "1", "0", "1", "0", "0/100/0", "1.0±0.0"],
      ])
    let checked = await output("dataset", "check", path("m.jsonl"), "--format", "markdown")
    #expect(checked.status == .done && checked.text.contains("| ms-cxr test | 1 |"))
  }

  @Test func `name images as seen from the manifest`() async throws {
    let csv = try file("m.csv", Self.msCXR.utf8)
    for (folder, prefix) in [(self.folder.path + "/", ""), ("/films/x/../", "/films/")] {
      let made = await output(
        "dataset", "ms-cxr", csv, "--output", path("m.jsonl"), "--images", folder, "--extension",
        ".png")
      #expect(made.status == .done, "\(made.complaint)")
      let image = try Manifest.read(path: path("m.jsonl"))[0].image
      #expect(image == prefix + "files/p19/p19999998/s59999998/a.png")
    }
  }

  @Test func `read sizes from a table or from the images`() async throws {
    let header = "image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max\n"
    let csv = try file("v.csv", Array("\(header)f,Mass,3,R1,1,2,3,4\nf,Mass,3,R2,1,2,40,20\n".utf8))
    let words = ["dataset", "vindr", csv, "--split", "train", "--output", path("v.jsonl")]
    let none = await output(words)
    #expect(none.status == .failed && none.complaint.contains("f.dicom"), "\(none.complaint)")
    #expect(
      none.complaint.contains("--sizes") && !FileManager.default.fileExists(atPath: path("v.jsonl"))
    )
    let sizes = try file("s.csv", "image,width,height\nf,50,60\n".utf8)
    #expect(await output(words + ["--sizes", sizes]).status == .done)
    #expect(try Manifest.read(path: path("v.jsonl"))[0].height == 60)
    _ = try file("png/f.png", Self.png)
    let images = ["--images", path("png"), "--extension", "png"]
    let read = await output(words + images + ["--reader", "R2"])
    #expect(read.status == .done, "\(read.complaint)")
    let entries = try Manifest.read(path: path("v.jsonl"))
    #expect(entries.count == 1 && entries[0].width == 40 && entries[0].height == 20)
    #expect(try Picture.decode(Place.bytes(URL(filePath: entries[0].image))).width == 40)
    for bytes in [Array(Self.png.prefix(20)), Array("DICM".utf8), []] {
      _ = try file("png/f.png", bytes)
      let broken = await output(words + images + ["--skip-bad"])
      #expect(broken.status == .failed && broken.complaint.contains("f.png"), "\(broken.complaint)")
    }
  }

  @Test func `read the other publishers' files`() async throws {
    let coco = try file(
      "lungs.json",
      """
      {"categories":[{"id":1,"name":"Right Lung"}],
       "images":[{"id":1,"file_name":"a.jpg","width":9,"height":9}],
       "annotations":[{"image_id":1,"category_id":1,"bbox":[1,1,2,2]}]}
      """.utf8)
    let nih = try file(
      "nih.csv", "Image Index,Finding Label,Bbox [x,y,w,h],,,\n1_0.png,Mass,1,2,3,4\n".utf8)
    let rsna = try file("rsna.csv", "patientId,x,y,width,height,Target\na,,,,,0\n".utf8)
    for (name, path) in [("coco", coco), ("nih", nih), ("rsna", rsna)] {
      let words = ["dataset", name, path, "--output", self.path("\(name).jsonl")]
      let made = await output(words + ["--split", "test"])
      #expect(made.status == .done, "\(made.complaint)")
      #expect(try Manifest.read(path: self.path("\(name).jsonl")).map { $0.split } == [.test])
      let lacking = await output(words)
      #expect(lacking.status == .wrongUsage && lacking.complaint.contains("--split"))
    }
    #expect(try Manifest.read(path: path("coco.jsonl"))[0].dataset == "lungs")
    let table = try file("t.csv", "ImageID,PatientID,split\n1.png,7,val\n".utf8)
    let reports = try file(
      "g.json",
      #"[{"StudyID":"1","ImageID":"1.png","findings":[{"sentence_en":"a","boxes":[[0,0,1,1]]}]}]"#
        .utf8)
    _ = try file("1.png", Self.png)
    let made = await output(
      "dataset", "padchest-gr", reports, "--table", table, "--output", path("p.jsonl"), "--images",
      folder.path)
    #expect(made.status == .done, "\(made.complaint)")
    let entry = try Manifest.read(path: path("p.jsonl"))[0]
    #expect(entry.image == "1.png" && entry.boxes[0].right == 40 && entry.split == .val)
    let all = ["coco", "nih", "rsna", "p"].map { path("\($0).jsonl") }
    #expect(await output(["dataset", "check"] + all).status == .done)
  }

  @Test func `do not write over what they read`() async throws {
    let csv = try file("m.csv", Self.msCXR.utf8)
    let made = await output("dataset", "ms-cxr", csv, "--output", csv)
    #expect(made.status == .failed && made.complaint.contains("would be overwritten"))
    #expect(try Place.bytes(URL(filePath: csv)) == Array(Self.msCXR.utf8))
  }

  @Test func `leave out what is wrong only when told to`() async throws {
    let bad = (0..<22).map {
      "a,Edema,bad \($0),files/p19/p19999998/s59999998/a.jpg,1,2,0,4,100,100,train\n"
    }
    let csv = try file("m.csv", (Self.msCXR + bad.joined()).utf8)
    let words = ["dataset", "ms-cxr", csv, "--output", path("m.jsonl")]
    let refused = await output(words)
    #expect(refused.status == .failed && refused.text.isEmpty)
    #expect(refused.complaint.contains("m.csv:5: ") && refused.complaint.contains("100×100"))
    #expect(!FileManager.default.fileExists(atPath: path("m.jsonl")))
    let made = await output(words + ["--skip-bad"])
    #expect(made.status == .done && made.complaint.contains("m.csv:5: "))
    #expect(made.complaint.contains("22 annotations in all"))
    #expect(made.complaint.split(separator: "\n").count == 21)
    #expect(try Manifest.read(path: path("m.jsonl")).count == 2)
  }

  @Test func `find a patient in two files' splits`() async throws {
    let entry = ManifestEntry(
      id: "1", dataset: "d", split: .train, image: "a.png", width: 9, height: 9, patientID: "p7",
      studyID: "s", sentence: "a", boxes: [])
    let first = try file("a.jsonl", Manifest.bytes([entry]))
    let second = try file(
      "b.jsonl",
      String(decoding: Manifest.bytes([entry]), as: UTF8.self)
        .replacing("train", with: "test").utf8)
    let checked = await output("dataset", "check", first, second)
    #expect(checked.status == .failed && checked.text.contains("d test"))
    #expect(!checked.complaint.contains("p7") && checked.complaint.contains("\(first):1"))
    #expect(checked.complaint.contains("\(second):1"))
    #expect(checked.complaint.contains("\(second):1: the id “1”"))
    let twice = await output("dataset", "check", first, first)
    #expect(twice.status == .failed && twice.complaint.contains("the id “1”"))
    let empty = try file("c.jsonl", [])
    #expect(await output("dataset", "check", empty).status == .failed)
    #expect(await output("dataset", "check", path("no.jsonl")).status == .failed)
  }

  @Test(arguments: [
    ["dataset"], ["dataset", "check"], ["dataset", "ms-cxr", "x"], ["dataset", "nih", "x"],
    ["dataset", "ms-cxr", "x", "--output", "/tmp/x", "--split", "all"],
    ["dataset", "rsna", "x", "--output", "/tmp/x", "--split", "test", "--sizes", "s"],
    ["dataset", "padchest-gr", "x", "--output", "/tmp/x"],
    ["dataset", "check", "x", "--format", "json"], ["dataset", "coco", "--split", "test"],
  ])
  func `say what is wrong with their options`(words: [String]) async {
    let result = await output(words)
    #expect(result.status == .wrongUsage && !result.complaint.isEmpty)
  }
}
