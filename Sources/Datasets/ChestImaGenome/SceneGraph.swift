/// What Chest ImaGenome says of one image: where regions of the chest are, and which sentences of
/// the report speak of them.
public struct SceneGraph: Hashable, Sendable {
  /// A region with its box.
  struct Object: Hashable, Sendable {
    let region: String
    /// Left, top, right, bottom in pixels of the original image, as published: they may lie outside
    /// it, and in any order.
    let corners: SIMD4<Double>
  }

  /// A label `category|yes|name`.
  struct Label: Hashable, Sendable {
    let category: String
    let name: String
  }

  /// A sentence that speaks of a region.
  struct Statement: Hashable, Sendable {
    let region: String
    /// With the line breaks of the report.
    let sentence: String
    /// The labels with `yes`.
    let present: [Label]
  }

  /// The `dicom_id` of MIMIC-CXR.
  public let imageID: String
  /// Digits only.
  public let patientID, studyID: String
  /// `PA`, `AP`, `LATERAL` …
  public let viewpoint: String
  let objects: [Object]
  /// In the order of the file: by region.
  let statements: [Statement]
}
