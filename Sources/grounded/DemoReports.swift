internal import Images
internal import JSON

/// Sample reports for the demonstration, as generators would publish them.
///
/// Written for this project; every image beside them is drawn by the program.
enum DemoReports {
  /// One report: what it says, and the seed of the radiograph it belongs to.
  struct Sample {
    var id: String
    var generator: String
    var view: String
    var findings: String
    var impression: String
    var seed: UInt64
    var drawn: [SyntheticRadiograph.Finding]

    /// The radiograph that the program draws for it.
    var radiograph: Picture {
      SyntheticRadiograph(
        seed: seed, width: 1_024, height: 1_024, bitDepth: 8, findings: drawn
      ).picture
    }
  }

  static let samples: [Sample] = [
    Sample(
      id: "demo-1", generator: "MAIRA-2", view: "PA",
      findings: """
        The cardiomediastinal silhouette is within normal limits. There is a hazy opacity at the \
        left lung base measuring approx. 3.5 cm. No pneumothorax. No displaced rib fracture.
        """,
      impression: "1. Left basal opacity, likely pneumonia. 2. Follow-up in 6 weeks.", seed: 11,
      drawn: [.leftBasalOpacity]),
    Sample(
      id: "demo-2", generator: "CXRMate-RRG24", view: "AP SUPINE",
      findings: """
        Endotracheal tube tip 4 cm above the carina. Bilateral pleural effusions, right larger \
        than left. Heart size is enlarged. Pulmonary vessels are congested.
        """,
      impression: "Findings of heart failure.", seed: 22,
      drawn: [.rightEffusion, .leftEffusion, .cardiomegaly]),
    Sample(
      id: "demo-3", generator: "MAIRA-2", view: "PA",
      findings: """
        A rounded nodule projects over the right mid zone. The left lung is clear. \
        Costophrenic angles are sharp.
        """,
      impression: "Solitary nodule; CT is advised.", seed: 33,
      drawn: [.nodule]),
    Sample(
      id: "demo-4", generator: "CXRMate-RRG24", view: "PA",
      findings: "Lungs are clear. No effusion or pneumothorax. Heart size normal.",
      impression: "No acute cardiopulmonary abnormality.", seed: 44, drawn: []),
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
          "image_id": "frontal", "uri": .string(imageURI), "view": .string(sample.view),
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
