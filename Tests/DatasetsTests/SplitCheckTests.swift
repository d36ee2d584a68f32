import Testing

@testable import Datasets

@Suite struct `Data sets together` {
  private let folder: FolderOfFiles

  init() throws { folder = try FolderOfFiles() }

  private static func entry(
    _ dataset: String, _ split: ManifestEntry.Split, patient: String, study: String = "s",
    boxes: Int = 0, sentence: String = "a b", image: String = "i"
  ) -> ManifestEntry {
    let box = PixelBox(left: 1, top: 1, right: 2, bottom: 2)
    return ManifestEntry(
      id: "x", dataset: dataset, split: split, image: image, width: 9, height: 9,
      patientID: patient, studyID: study, sentence: sentence,
      boxes: (0..<boxes).compactMap { _ in box })
  }

  private func problem(_ entries: [ManifestEntry]) -> SplitProblem? {
    var check = SplitCheck()
    do throws(SplitProblem) {
      for (index, entry) in entries.enumerated() { try check.add(entry, at: "f:\(index + 1)") }
      return nil
    } catch { return error }
  }

  @Test func `have each patient in one split`() {
    let entries = [
      Self.entry("d", .train, patient: "1"), Self.entry("d", .train, patient: "1"),
      Self.entry("d", .test, patient: "2"), Self.entry("e", .test, patient: "1"),
    ]
    #expect(problem(entries) == nil)
    let error = problem(entries + [Self.entry("d", .val, patient: "1")])
    #expect(
      error
        == .patient(
          .init(split: .train, place: "f:1"), .init(split: .val, place: "f:5")))
    #expect(error?.description.contains("train at f:1, val at f:5") == true)
  }

  @Test func `share MIMIC-CXR's patients and none of its studies`() {
    let first = Self.entry("ms-cxr", .test, patient: "1", study: "8")
    #expect(problem([first, first]) == nil)
    let other = Self.entry("chest-imagenome", .test, patient: "1", study: "9")
    #expect(problem([first, other]) == nil)
    let leak = Self.entry("chest-imagenome", .train, patient: "1", study: "9")
    #expect(
      problem([first, leak])
        == .patient(.init(split: .test, place: "f:1"), .init(split: .train, place: "f:2")))
    let shared = Self.entry("chest-imagenome", .test, patient: "1", study: "8")
    #expect(problem([first, shared]) == .study("f:1", "f:2"))
  }

  @Test func `are counted by data set and split`() {
    let counts = DatasetCounts([
      Self.entry("d", .train, patient: "1", boxes: 2, sentence: "a  b c", image: "i"),
      Self.entry("d", .train, patient: "1", boxes: 1, sentence: "a", image: "j"),
      Self.entry("d", .train, patient: "2", sentence: "a b", image: "j"),
      Self.entry("d", .test, patient: "3"), Self.entry("e", .test, patient: "3"),
    ])
    #expect(counts.parts.map { $0.dataset } == ["d", "d", "e"])
    #expect(counts.parts.map { $0.split } == [.train, .test, .test])
    let part = counts.parts[0]
    #expect((part.images, part.patients, part.phrases, part.boxes) == (2, 2, 3, 3))
    #expect((part.none, part.one, part.several) == (1, 1, 1))
    #expect(part.wordsMean == 2)
    #expect(abs(part.wordsDeviation - (2.0 / 3).squareRoot()) < 1e-12)
    #expect(counts.parts[1].wordsDeviation == 0)
  }

  @Test func `may have a table of their images' sizes`() throws {
    let path = try folder.file("s.csv", "image,width,height\na.png,3,4\nb.c,5,6.0\nd,7,8\n")
    let sizes = try ImageSizes(path: path)
    #expect(sizes["a.png"] == ImageSize(width: 3, height: 4))
    #expect(sizes["b.c.png"] == ImageSize(width: 5, height: 6))
    #expect(sizes["d.dicom"] == ImageSize(width: 7, height: 8))
    #expect(sizes["a"] == nil && sizes["a.jpg"] == nil)
  }

  @Test(arguments: [
    "image,width\na,1\n", "image,width,height\na,0,1\n", "image,width,height\na,1,x\n",
    "image,width,height\na,1,2\na,1,2\n", "image,width,height\n,1,2\n", "",
    "image,width,height\na,1,1e10\n",
  ])
  func `have no wrong sizes`(text: String) throws {
    let path = try folder.file("s.csv", text)
    #expect(throws: DatasetError.self) { try ImageSizes(path: path) }
  }
}
