import Boxes
import Datasets
import Foundation
import Testing

@testable import Phantoms

@Suite struct `Films with drawn lungs` {
  private static let film = Film(
    file: "a.jpg", width: 1_000, height: 800, patientID: "7", view: "PA",
    rightLung: box(0.1, 0.2, 0.4, 0.8), leftLung: box(0.55, 0.1, 0.9, 0.7))

  private static func box(
    _ left: Float, _ top: Float, _ right: Float, _ bottom: Float
  ) -> BoundingBox {
    BoundingBox(clipping: left, top, right, bottom)!
  }

  @Test func `have zones that are thirds of a lung, on the patient's side`() {
    let zones = [Zone.upper, .middle, .lower].map { Self.film.box(of: Place(.right, $0)) }
    #expect(zones.allSatisfy { $0.left == 0.1 && $0.right == 0.4 })
    #expect(zones.map { ($0.height * 1_000).rounded() } == [200, 200, 200])
    #expect(zones[0].top == 0.2 && zones[2].bottom == 0.8 && zones[0].bottom == zones[1].top)
    #expect(Self.film.box(of: Place(.left, .lung)) == Self.film.leftLung)
    let (right, left) = (
      Self.film.box(of: Place(.right, .angle)), Self.film.box(of: Place(.left, .angle))
    )
    #expect(right.left == 0.1 && left.right == 0.9)
    #expect(abs(right.bottom - 0.8) < 1e-6 && right.width < 0.2)
  }

  @Test func `have a heart between the lungs, more of it on the left`() {
    let heart = Self.film.heart
    #expect(heart.left < 0.4 && heart.right > 0.55)
    #expect(heart.right - 0.475 > 0.475 - heart.left)
  }

  private static func manifest(seed: UInt64 = 1, sentences: Int = 2_000) -> [ManifestEntry] {
    var options = FilmManifest.Options()
    (options.seed, options.sentences) = (seed, sentences)
    options.imageFolder = "/films"
    return FilmManifest([film], options: options).entries
  }

  @Test func `have boxes on the side that the sentence names`() {
    let entries = Self.manifest()
    for entry in entries where entry.category == "opacity" {
      // “…, nothing on the right” names a side that it does not speak of.
      let words = entry.sentence.lowercased().split(separator: ", no")[0]
      let isShort = ["rul", "rml", "rll", "lul", "lll"].contains(where: words.contains)
      let isRight = words.contains("right")
      guard !isShort else { continue }
      guard isRight != words.contains("left"), entry.boxes.count == 1 else { continue }
      #expect((entry.boxes[0].right <= 400) == isRight, "\(entry.sentence)")
    }
    #expect(Set(entries.map { $0.id }).count == entries.count)
    #expect(entries[0].image == "/films/a.jpg" && entries[0].split == .train)
  }

  @Test func `have sentences without, with one and with several boxes`() {
    let counts = Self.manifest().map { $0.boxes.count }
    func share(_ isOne: (Int) -> Bool) -> Double {
      Double(counts.filter(isOne).count) / Double(counts.count)
    }
    #expect(0.35...0.5 ~= share { $0 == 0 })
    #expect(0.35...0.5 ~= share { $0 == 1 })
    #expect(0.1...0.2 ~= share { $0 > 1 })
    #expect(Set(Self.manifest().map { $0.sentence }).count > 1_400)
  }

  @Test func `give the same manifest for a seed`() {
    #expect(Self.manifest(sentences: 50) == Self.manifest(sentences: 50))
    #expect(Self.manifest(sentences: 50) != Self.manifest(seed: 2, sentences: 50))
  }

  @Test(arguments: [("x", "[0,0,1,1]"), ("0", "[0,0,1,1]"), ("9", "[0,0,1]"), ("9", "[1,0,0,1]")])
  func `are refused with their line where a number is wrong`(width: String, lung: String) throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).csv")
    defer { try? FileManager.default.removeItem(at: file) }  // nothing depends on its going
    let text = """
      file,width,height,view,patient,right_lung,left_lung
      a,9,9,PA,1,"[0,0,1,1]","[0,0,1,1]"
      a,\(width),9,PA,1,"\(lung)","[0,0,1,1]"
      """
    try Data(text.utf8).write(to: file)
    let error = #expect(throws: DatasetError.self) { try Film.read(csv: file.path) }
    #expect(error?.line == 3)
  }
}
