import Foundation
import JSON

@testable import Datasets

/// An invented scene graph, as Chest ImaGenome would write it.
struct ChestImaGenomeGraph {
  /// A sentence, the regions that it was mapped to, and its labels.
  struct Sentence {
    let text: String
    let regions: [String]
    let labels: [String]

    init(_ text: String, _ regions: [String], _ labels: [String]) {
      self.text = text
      self.regions = regions
      self.labels = labels
    }
  }

  var image = "00000000-11111111"
  var viewpoint = "PA"
  var study = 59_999_999
  /// Left, top, right, bottom in pixels.
  var boxes: [(region: String, corners: [Double])] = []
  var sentences: [Sentence] = []

  var json: JSON {
    let objects = boxes.map { region, corners -> JSON in
      [
        "object_id": .string("\(image)_\(region)"), "x1": 1, "y1": 2, "x2": 3, "y2": 4,
        "bbox_name": .string(region), "original_x1": .number(corners[0]),
        "original_y1": .number(corners[1]), "original_x2": .number(corners[2]),
        "original_y2": .number(corners[3]),
      ]
    }
    var regions: [String] = []
    for region in sentences.flatMap(\.regions) where !regions.contains(region) {
      regions.append(region)
    }
    let attributes = regions.map { region -> JSON in
      let mine = sentences.filter { $0.regions.contains(region) }
      return [
        "bbox_name": .string(region), "phrases": .array(mine.map { .string($0.text) }),
        "attributes": .array(mine.map { .array($0.labels.map { .string($0) }) }),
        "severity_cues": .array(mine.map { _ in [] }), "synsets": ["C0000000"],
      ]
    }
    return [
      "image_id": .string(image), "viewpoint": .string(viewpoint), "patient_id": 19_999_999,
      "study_id": .integer(Int64(study)), "gender": .null, "objects": .array(objects),
      "attributes": .array(attributes), "relationships": [],
    ]
  }

  /// The graph as it would be read.
  func read() throws -> SceneGraph { try SceneGraph(parsing: json.bytes) }
}
