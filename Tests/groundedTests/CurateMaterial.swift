import Foundation
import TestKit

/// Invented scene graphs in a folder of their own, which goes with this.
class CurateMaterial {
  let folder: URL

  init() throws { folder = try Place.temporaryFolder() }

  deinit { try? FileManager.default.removeItem(at: folder) }  // nothing depends on its going

  func path(_ name: String) -> String { folder.appending(path: name).path }

  @discardableResult
  func file(_ name: String, _ text: String) throws -> String {
    let file = folder.appending(path: name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
    return file.path
  }

  func bytes(_ name: String) throws -> [UInt8] {
    try Place.bytes(folder.appending(path: name))
  }

  func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: path(name))
  }

  /// An invented scene graph: two sentences with boxes, one of them in two regions, and one without.
  func graph(_ number: Int, view: String = "PA") -> String {
    func object(_ region: String, _ left: Int) -> String {
      """
      {"bbox_name":"\(region)","original_x1":\(left),"original_y1":10,\
      "original_x2":\(left + 20),"original_y2":\(50 + number % 40),"name":"…"}
      """
    }
    func attribute(_ region: String, _ phrases: String, _ labels: String) -> String {
      #"{"bbox_name":"\#(region)","phrases":[\#(phrases)],"attributes":[\#(labels)]}"#
    }
    let opacity = #""Opacity \#(number % 7) is seen.""#
    let attributes = [
      attribute(
        "left lung", opacity + #","No pneumothorax.""#,
        #"["anatomicalfinding|yes|lung opacity"],["anatomicalfinding|no|pneumothorax"]"#),
      attribute("right lung", opacity, #"["anatomicalfinding|yes|lung opacity"]"#),
      attribute("left lower lung zone", #""Left base.""#, #"["nlp|yes|abnormal"]"#),
    ]
    let objects = [
      object("left lung", 60), object("right lung", 5), object("left lower lung zone", 62),
    ]
    return """
      {"image_id":"\(image(number))","viewpoint":"\(view)","patient_id":\(10_000_000 + number / 4),\
      "study_id":\(50_000_000 + number / 2),"objects":[\(objects.joined(separator: ","))],\
      "attributes":[\(attributes.joined(separator: ","))],"relationships":[]}
      """
  }

  func image(_ number: Int) -> String { "aaaaaaaa-\(10_000 + number)" }

  /// Their sizes as a table.
  func sizes(_ count: Int) throws -> String {
    let rows = (0..<count).map { "\(image($0)),100,90\n" }
    return try file("sizes.csv", "dicom_id,Rows,Columns\n" + rows.joined())
  }

  func lines(_ numbers: Range<Int>, name: String = "graphs.jsonl") throws -> String {
    try file(name, numbers.map { graph($0) + "\n" }.joined())
  }
}
