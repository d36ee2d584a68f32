/// An image of a report, and where to fetch it.
public struct ImageReference: Hashable, Sendable {
  /// Unique in its report. An image without one is called by its place: `1`, `2` …
  public let imageID: String
  public let uri: String
  /// DICOM's ViewPosition, or whatever the generator calls it.
  public let view: String?
  public let sopInstanceUID: String?
  /// Of the image's bytes: 64 hexadecimal digits in lower case.
  public let sha256: String?

  public init(
    imageID: String, uri: String, view: String? = nil, sopInstanceUID: String? = nil,
    sha256: String? = nil
  ) {
    self.imageID = imageID
    self.uri = uri
    self.view = view
    self.sopInstanceUID = sopInstanceUID
    self.sha256 = sha256
  }

  /// True for the views that sentences are grounded on: PA, AP, and those not said or not known.
  ///
  /// Lateral views are not, nor oblique ones, nor a decubitus that is not called AP or PA.
  public var isFrontal: Bool { view.map(Self.isFrontal) ?? true }

  /// Reads a view such as `AP SUPINE`, `LATERAL`, `ap_horizontal`, `Lat.`.
  static func isFrontal(_ view: String) -> Bool {
    let words = Set(
      view.uppercased().split { !$0.isLetter && !$0.isNumber }.map(String.init))
    let isDecubitus = !words.isDisjoint(with: decubitusWords)
    if !words.isDisjoint(with: lateralWords), !isDecubitus { return false }
    if !words.isDisjoint(with: frontalWords) { return true }
    return words.isDisjoint(with: lateralWords) && words.isDisjoint(with: obliqueWords)
      && !isDecubitus && words.isDisjoint(with: ["L", "R"])
  }

  private static let frontalWords: Set = [
    "PA", "AP", "FRONTAL", "POSTEROANTERIOR", "ANTEROPOSTERIOR",
  ]
  private static let lateralWords: Set = [
    "LL", "RL", "LAT", "LATERAL", "LLAT", "RLAT", "XTABLE", "SWIMMERS",
  ]
  private static let obliqueWords: Set = [
    "LAO", "RAO", "LPO", "RPO", "LLO", "RLO", "OBLIQUE", "OBL",
  ]
  private static let decubitusWords: Set = ["DECUBITUS", "DECUB", "LLD", "RLD"]
}
