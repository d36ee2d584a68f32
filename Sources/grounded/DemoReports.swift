internal import Images
internal import JSON
internal import Phantoms

/// Sample reports for the demonstration, as generators would publish them.
///
/// Written for this project; every image beside them is drawn by the program.
enum DemoReports {
  /// One report: what it says, and the radiograph that is drawn for it, with just that on it.
  struct Sample {
    var id: String
    var generator: String
    var projection: Projection
    var findings: String
    var impression: String
    var seed: UInt64
    var drawn: [Finding]

    /// The radiograph that the program draws for it.
    var radiograph: Picture { film.picture }

    /// The radiograph, and where its findings are.
    var film: PhantomFilm {
      PhantomFilm(
        seed: seed, width: 1_024, height: 1_024, bitDepth: 8, projection: projection,
        findings: drawn)
    }
  }

  static let samples: [Sample] = [
    Sample(
      id: "demo-1", generator: "MAIRA-2", projection: .pa,
      findings: """
        The cardiomediastinal silhouette is within normal limits. There is a patchy consolidation \
        in the left lower lobe. The right lung is clear. No pneumothorax. No rib fracture.
        """,
      impression: """
        1. Left basal consolidation, consistent with pneumonia. 2. No pleural effusion.
        """,
      seed: 11, drawn: [Finding(.consolidation, [.left], .lower, size: 0.6)]),
    Sample(
      id: "demo-2", generator: "CXRMate-RRG24", projection: .supine,
      findings: """
        The endotracheal tube is in good position. There are bilateral pleural effusions. The heart \
        is enlarged. No pneumothorax. The bones are intact.
        """,
      impression: "Cardiomegaly with bilateral pleural effusions.", seed: 22,
      drawn: [
        Finding(.effusion, [.right, .left], size: 0.45), Finding(.cardiomegaly, size: 0.4),
        Finding(.trachealTube),
      ]),
    Sample(
      id: "demo-3", generator: "MAIRA-2", projection: .pa,
      findings: """
        A large round mass is seen in the right mid zone. The left lung is clear. The costophrenic \
        angles are sharp. Heart size is normal.
        """,
      impression: "Right mid zone mass. CT is recommended.", seed: 33,
      drawn: [Finding(.mass, [.right], .middle)]),
    Sample(
      id: "demo-4", generator: "CXRMate-RRG24", projection: .pa,
      findings: "The lungs are clear. No pleural effusion or pneumothorax. Heart size normal.",
      impression: "No acute cardiopulmonary disease.", seed: 44, drawn: []),
  ]

  /// Messages that no daemon can ground, so that the demonstration shows where they go.
  static let broken: [(key: String, value: String)] = [
    ("demo-bad-1", "{\"report_id\": \"demo-bad-1\", \"images\": []"),
    (
      "demo-bad-2",
      """
      {"report_id":"demo-bad-2","images":[{"uri":"file:/etc/hostname"}],\
      "sections":[{"name":"findings","text":"No pneumothorax."}]}
      """
    ),
  ]

  /// A report of the contract `report.generated.v1`.
  static func message(_ sample: Sample, imageURI: String, sha256: String) -> JSON {
    [
      "report_id": .string(sample.id),
      "study": ["accession_number": .string("A-" + sample.id)],
      "generator": ["name": .string(sample.generator), "version": "demo", "mode": "findings"],
      "images": [
        [
          "image_id": "frontal", "uri": .string(imageURI),
          "view": .string(sample.projection.rawValue),
          "sha256": .string(sha256),
        ]
      ],
      "sections": [
        ["name": "findings", "text": .string(sample.findings)],
        ["name": "impression", "text": .string(sample.impression)],
      ],
    ]
  }
}
