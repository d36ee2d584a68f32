/// What another data set is made of, and must not be learnt from.
public struct ExcludedStudies: Sendable {
  private var studies: Set<String> = []
  private var images: Set<String> = []
  /// Of whom a film is there to choose a network by, or to test it on.
  private var patients: Set<String> = []

  /// None.
  public init() {}

  /// Reads the studies of MS-CXR, of all its splits: `dicom_id` and `path` of its table, or the
  /// images of its COCO file.
  ///
  /// - Parameter takesPatients: true to exclude patients too, save those whose rows name the split
  ///   train.
  /// - Throws: where the file has no study, too.
  public init(path: String, takesPatients: Bool) throws(DatasetError) {
    let bytes = try PublishedFile.bytes(path: path)
    if PublishedFile.isJSON(bytes) {
      for image in try PlacedJSON(bytes, file: path).member("images").elements() {
        let names = try COCO.Naming(ofMSCXR: image)
        studies.insert(names.studyID)
        images.insert(names.id)
        if takesPatients { patients.insert(names.patientID) }
      }
    } else {
      let table = try CSVTable(text: PublishedFile.text(bytes, file: path), file: path)
      try table.require(["dicom_id", "path"])
      let namesSplits = table.names.contains("split")
      for row in table.rows {
        let published = try row["path"]
        guard let path = MIMICPath(published) else {
          throw row.error(.ill("path", text: published, wanted: MIMICPath.pattern))
        }
        studies.insert(path.studyID)
        images.insert(try row.text("dicom_id"))
        guard takesPatients else { continue }
        if namesSplits, try row.publishedSplit() == .train { continue }
        patients.insert(path.patientID)
      }
    }
    guard !studies.isEmpty else { throw DatasetError(file: path, .nothing) }
  }

  func contains(_ graph: SceneGraph) -> Bool {
    studies.contains(graph.studyID) || images.contains(graph.imageID)
  }

  func containsPatient(of graph: SceneGraph) -> Bool { patients.contains(graph.patientID) }
}
