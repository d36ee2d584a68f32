import Datasets
import Foundation
import JSON
import TestKit
import Testing

@testable import grounded

@Suite final class `Curation`: CurateMaterial {
  @Test func `makes a manifest of files and of lines`() async throws {
    try file("in/b/\(image(1))_SceneGraph.json", graph(1))
    try file("in/a/\(image(0))_SceneGraph.json", graph(0, view: "AP"))
    try file("in/notes.json", "no scene graph")
    let lateral = try file("more.jsonl", "\n\(graph(2, view: "LATERAL"))\n\(graph(3))")
    let result = await output(
      "curate", path("in"), lateral, "--sizes", try sizes(4), "--output", path("out.jsonl"),
      "--json", "--images", "/data")
    #expect(result.status == .done, "\(result.complaint)")
    #expect(result.complaint.contains("without --exclude"))
    let entries = try Manifest.read(path: path("out.jsonl"))
    #expect(entries.count == 9)
    #expect(
      entries.prefix(3).map(\.sentence) == [
        "Opacity 0 is seen.", "No pneumothorax.", "Left base.",
      ])
    #expect(entries.prefix(3).map(\.boxes.count) == [2, 0, 1])
    #expect(entries.map(\.studyID).last == "50000001")
    #expect(entries[0].image == "/data/files/p10/p10000000/s50000000/\(image(0)).jpg")
    #expect(entries[0].width == 90 && entries[0].height == 100)
    let json = try JSON(parsing: result.text)
    #expect(json["graphs"]?.integer == 4 && json["other_views"]?.integer == 1)
    #expect(json["sentences"]?.integer == 9 && json["boxes"]?.integer == 9)
    #expect(json["boxes_before"]?.integer == 12)
    #expect(json["boxes_reduction_percent"]?.number == 25)
    #expect(json["words_mean"]?.number == 8.0 / 3)
    #expect(!exists("out.jsonl.partial") && !exists("out.jsonl.journal"))
  }

  @Test func `shows a table`() async throws {
    let result = await output(
      "curate", try lines(0..<2), "--sizes", try sizes(2), "--output", path("out.jsonl"))
    #expect(result.text.hasPrefix("Chest ImaGenome, cleaned; regions by hierarchy\n"))
    #expect(result.text.contains("2.7 ± 0.9"), "\(result.text)")
    #expect(result.text.contains("75.0"))
  }

  @Test func `gives the same with any number of threads`() async throws {
    let (graphs, sizes) = (try lines(0..<300), try sizes(300))
    for threads in ["1", "2", "7"] {
      let result = await output(
        "curate", graphs, "--sizes", sizes, "--output", path("out\(threads)"), "--threads",
        threads)
      #expect(result.status == .done, "\(result.complaint)")
    }
    #expect(try bytes("out1") == bytes("out2") && bytes("out1") == bytes("out7"))
    #expect(try Manifest.read(path: path("out7")).last?.id == "\(image(299))-3")
  }

  @Test func `leaves out what others are tested on, and keeps the published split`() async throws {
    let table = "dicom_id,path\nx,files/p10/p10000000/s50000000/x.jpg\n"
    let rows = (0..<8).map { "\(image($0)),\($0 < 4 ? "train" : "validate")\n" }
    let result = await output(
      "curate", try lines(0..<8), "--sizes", try sizes(8), "--output", path("out"), "--exclude",
      try file("ms.csv", table), "--gold", try file("gold.txt", "\(image(7))\r\n\n"), "--json",
      "--splits", try file("splits.csv", "dicom_id,split\n" + rows.joined()))
    #expect(result.status == .done && result.complaint.isEmpty, "\(result.complaint)")
    let entries = try Manifest.read(path: path("out"))
    #expect(Set(entries.map(\.studyID)) == ["50000001", "50000002", "50000003"])
    #expect(!entries.contains { $0.id.hasPrefix(image(7)) })
    #expect(entries.allSatisfy { ($0.split == .train) == ($0.studyID == "50000001") })
    let json = try JSON(parsing: result.text)
    #expect(json["excluded_studies"]?.array == ["50000000"])
    #expect(json["excluded_images"]?.integer == 2 && json["left_out_images"]?.integer == 1)
  }

  @Test func `takes findings and impression of reports`() async throws {
    let report = """
      INDICATION: Fever. FINDINGS: Opacity 0 is seen. Ribs are intact.

      COMPARISON: None. IMPRESSION: No fracture.
      """
    try file("mimic/files/p10/p10000000/s50000000.txt", report)
    let result = await output(
      "curate", try lines(0..<3), "--sizes", try sizes(3), "--output", path("out"), "--reports",
      path("mimic"), "--json")
    #expect(result.status == .done, "\(result.complaint)")
    let added = try Manifest.read(path: path("out")).filter { $0.source["origin"] == "report" }
    #expect(
      added.map(\.sentence) == [
        "Ribs are intact.", "No fracture.", "Opacity 0 is seen.", "Ribs are intact.",
        "No fracture.",
      ])
    let json = try JSON(parsing: result.text)
    #expect(json["added"]?.integer == 5 && json["missing_reports"]?.integer == 1)
  }

  @Test func `names the scene graph that it cannot use, or leaves it out`() async throws {
    let good = (0..<40).map { graph($0) }
    let bad = good[7].replacing("\"original_x1\":5,", with: "\"original_x1\":[],")
    let text = (good[..<7] + [bad] + good[8...] + ["{\"image_id\":", good[3]]).joined(
      separator: "\n")
    let graphs = try file("graphs.jsonl", text)
    let words = ["curate", graphs, "--sizes", try sizes(40), "--output", path("out"), "--json"]
    let refused = await output(words)
    #expect(refused.status == .failed && !exists("out"))
    #expect(refused.complaint.contains("graphs.jsonl:8: “objects[1].original_x1”"))
    let result = await output(words + ["--skip-bad"])
    #expect(result.status == .done, "\(result.complaint)")
    #expect(result.complaint.contains("going on behind 7 scene graphs"))
    #expect(result.complaint.contains("left out: ") && result.complaint.contains(":8: "))
    #expect(result.complaint.contains("graphs.jsonl:41: is not JSON"))
    #expect(result.complaint.contains("graphs.jsonl:42: the id “\(image(3))”"))
    #expect(try JSON(parsing: result.text)["bad"]?.integer == 3)
    #expect(try Manifest.read(path: path("out")).count == 3 * 39)
  }

  @Test func `refuses a file that is not named after its image, and one without a size`()
    async throws
  {
    let sizes = try sizes(2)
    let wrong = try file("in/other_SceneGraph.json", graph(0))
    let named = await output("curate", wrong, "--sizes", sizes, "--output", path("out"))
    #expect(named.status == .failed && named.complaint.contains("“image_id”"))
    let unknown = await output(
      "curate", try lines(5..<6), "--sizes", sizes, "--output", path("out"))
    #expect(unknown.status == .failed && unknown.complaint.contains("--sizes"))
  }

  @Test func `goes on where it was killed`() async throws {
    let count = 1_600
    let (graphs, sizes) = (try lines(0..<count), try sizes(count))
    let words = ["curate", graphs, "--sizes", sizes, "--json", "--threads", "2", "--output"]
    let process = try Executable(words + [path("out")], in: folder)
    let deadline = ContinuousClock.now + .seconds(120)
    while !exists("out.journal"), process.isRunning, ContinuousClock.now < deadline {
      try await Task.sleep(for: .milliseconds(1))
    }
    await process.killed()
    try #require(exists("out.partial"), "it was done before it could be killed")
    let resumed = await output(words + [path("out")])
    #expect(resumed.status == .done && resumed.complaint.contains("going on behind"))
    let whole = await output(words + [path("whole")])
    #expect(!whole.complaint.contains("going on behind"))
    #expect(try bytes("out") == bytes("whole"))
    #expect(resumed.text == whole.text)
  }

  @Test(arguments: ["nothing", "options", "journal", "partial", "input"])
  func `begins anew where nothing fits`(what: String) async throws {
    let sizes = try sizes(40)
    let text = (0..<9).map { graph($0) + "\n" }.joined() + "{\n"
    let graphs = try file("graphs.jsonl", text)
    let words = ["curate", graphs, "--sizes", sizes, "--output", path("out"), "--split"]
    #expect(await output(words + ["test"]).status == .failed)
    try #require(exists("out.journal"))
    switch what {
    case "journal": try file("out.journal", "{\"bytes\":-1")
    case "partial": try file("out.partial", "")
    case "input": try file("graphs.jsonl", text.replacing("Left base.", with: "Left apex.  "))
    default: break
    }
    let split = what == "options" ? "val" : "test"
    let result = await output(words + [split, "--skip-bad"])
    #expect(result.status == .done, "\(result.complaint)")
    #expect(result.complaint.contains("going on") == (what == "nothing"))
    #expect(
      result.complaint.contains("of other inputs") == !["nothing", "partial"].contains(what))
    let entries = try Manifest.read(path: path("out"))
    #expect(entries.count == 27 && entries.allSatisfy { $0.split.rawValue == split })
    #expect(entries.contains { $0.sentence == "Left base." } == (what != "input"))
  }

  @Test func `cuts off what a full disk has taken half of`() throws {
    let output = try CurateOutput(path("out"), fingerprint: "f")
    func add(_ text: String) throws {
      try output.add(lines: Array(text.utf8), [], tally: CurationTally(), at: "here")
      try output.save()
    }
    try add("one\n")
    let partial = try FileHandle(forWritingTo: URL(filePath: path("out.partial")))
    try partial.seekToEnd()
    try partial.write(contentsOf: Data("tw".utf8))
    try partial.close()
    try add("two\n")
    #expect(try bytes("out.partial") == Array("one\ntwo\n".utf8))
  }

  @Test func `passes over a line that is too long`() async throws {
    let long = String(repeating: "x", count: SceneGraph.bytesMax + 1 << 19)
    let graphs = try file("graphs.jsonl", [graph(0), long, graph(1)].joined(separator: "\n"))
    let words = ["curate", graphs, "--sizes", try sizes(2), "--output", path("out"), "--json"]
    let refused = await output(words)
    #expect(refused.status == .failed && refused.complaint.contains("graphs.jsonl:2: has more"))
    let result = await output(words + ["--skip-bad"])
    #expect(result.status == .done, "\(result.complaint)")
    #expect(try JSON(parsing: result.text)["bad"]?.integer == 1)
    #expect(try Manifest.read(path: path("out")).count == 6)
  }

  @Test func `keeps patients of MS-CXR's tests out, so that both can be used`() async throws {
    let path = "files/p10/p10000000/s5000000"
    let table = try file(
      "ms.csv",
      """
      dicom_id,category_name,label_text,path,x,y,w,h,image_width,image_height,split
      x,Edema,edema,\(path)9/x.jpg,1,2,3,4,100,100,test

      """)
    let manifest = self.path("ms.jsonl")
    #expect(await output("dataset", "ms-cxr", table, "--output", manifest).status == .done)
    let words = [
      "curate", try lines(0..<8), "--sizes", try sizes(8), "--exclude", table, "--json", "--output",
      self.path("out"),
    ]
    #expect(await output(words).status == .done)
    let leak = await output("dataset", "check", self.path("out"), manifest)
    #expect(leak.status == .failed && leak.complaint.contains("--exclude-patients"))
    let result = await output(words + ["--exclude-patients"])
    #expect(result.status == .done, "\(result.complaint)")
    #expect(try JSON(parsing: result.text)["excluded_patient_images"]?.integer == 4)
    #expect(await output("dataset", "check", self.path("out"), manifest).status == .done)
  }

  @Test func `refuses a patient in two splits, and counts by split`() async throws {
    let words = ["curate", try lines(0..<8), "--sizes", try sizes(8), "--output", path("out")]
    func table(_ tests: Range<Int>) throws -> String {
      let rows = (0..<8).map { "\(image($0)),\(tests.contains($0) ? "test" : "train")\n" }
      return try file("splits.csv", "dicom_id,split\n" + rows.joined())
    }
    let leak = await output(words + ["--splits", try table(2..<8)])
    #expect(leak.status == .failed && leak.complaint.contains("graphs.jsonl:3"))
    #expect(!exists("out"))
    let result = await output(words + ["--splits", try table(4..<8)])
    #expect(result.status == .done, "\(result.complaint)")
    #expect(result.text.contains("chest-imagenome test"))
    let json = await output(words + ["--splits", try table(4..<8), "--json"])
    let part = try #require(JSON(parsing: json.text)["splits"]?["test"])
    #expect(part["images"]?.integer == 4 && part["patients"]?.integer == 1)
    #expect(part["phrases"]?.integer == 12 && part["boxes"]?.integer == 12)
  }

  @Test func `says what is wrong with its options`() async throws {
    let (graphs, sizes) = (try lines(0..<1), try sizes(1))
    let words = ["curate", graphs, "--sizes", sizes, "--output", path("out")]
    for wrong in [
      ["curate"], ["curate", graphs, "--output", path("out")],
      words + ["--split", "dev"], words + ["--split", "val", "--splits", "x"],
      words + ["--threads", "0"], words + ["--judge", "http://localhost"],
      words + ["--judge-model", "m"], words + ["--choices", path("c")],
      words + ["--exclude-patients"],
    ] {
      let result = await output(wrong)
      #expect(result.status == .wrongUsage && !result.complaint.isEmpty)
    }
    try file("empty/notes.txt", "")
    for wrong in [
      words + ["--reports", path("none")], words + [path("none.jsonl")], words + [path("empty")],
      words + ["--exclude", graphs], words + ["--splits", sizes], words + ["--gold", path("none")],
      ["curate", graphs, "--sizes", sizes, "--output", "/dev/null"],
      words + ["--exclude", try file("none.csv", "dicom_id,path\n")],
      words + ["--gold", try file("gold.csv", "subject_id,study_id\n1,2\n")],
      ["curate", graphs, "--sizes", sizes, "--output", sizes],
      ["curate", try file("blank.jsonl", "\n"), "--sizes", sizes, "--output", path("out")],
    ] {
      let result = await output(wrong)
      #expect(result.status == .failed && !result.complaint.isEmpty, "\(wrong)")
      #expect(!exists("out"))
    }
  }
}
