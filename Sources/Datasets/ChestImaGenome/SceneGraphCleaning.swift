/// Decides what of a scene graph becomes material to learn from: the cleaning of Chest ImaGenome
/// (arXiv 2512.01085), as far as it can be had by rules.
///
/// Its steps: of nested regions only the innermost stays, or what a `RegionChooser` says; sentences
/// without a finding lose their boxes; sentences that only the report has come in without one;
/// studies that networks are tested on go. A sentence keeps the regions that have a box on its
/// image. One with a finding of which no region has a box is left out: it would teach that there is
/// nothing to see.
public struct SceneGraphCleaning: Sendable {
  /// What becomes of an image.
  public enum Verdict: Sendable {
    case otherView
    case excluded
    case excludedPatient
    case leftOut
    case kept(CuratedImage)
  }

  private let anatomy: Anatomy
  private let sizes: MIMICSizes
  private let splits: CurationSplits
  private let excluded: ExcludedStudies
  private let leftOut: Set<String>

  /// - Parameter leftOut: the names of images.
  public init(
    anatomy: Anatomy, sizes: MIMICSizes, splits: CurationSplits, excluded: ExcludedStudies,
    leftOut: Set<String>
  ) {
    self.anatomy = anatomy
    self.sizes = sizes
    self.splits = splits
    self.excluded = excluded
    self.leftOut = leftOut
  }

  /// - Throws: where a kept image has no size or no split.
  public func verdict(on graph: SceneGraph) throws(DatasetError.Problem) -> Verdict {
    guard ["PA", "AP"].contains(graph.viewpoint.uppercased()) else { return .otherView }
    if excluded.contains(graph) { return .excluded }
    if excluded.containsPatient(of: graph) { return .excludedPatient }
    if leftOut.contains(graph.imageID) { return .leftOut }
    guard let size = sizes[graph.imageID] else {
      throw .unknownSize(image: graph.imageID)
    }
    guard let split = splits[graph.imageID] else {
      throw .missing(field: "split of \(graph.imageID) in the table of splits")
    }
    var image = CuratedImage(graph, size, split, anatomy)
    image.placeBoxes(of: graph)
    image.readStatements(of: graph)
    return .kept(image)
  }
}
