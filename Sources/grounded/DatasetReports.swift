internal import Datasets
internal import FoundationEssentials

/// `grounded dataset ms-cxr`.
struct DatasetMSCXR: DatasetImport {
  static let name = "dataset ms-cxr"
  static let summary = "makes a manifest of MS-CXR"
  static let description = [
    """
    Reads MS-CXR 1.1.0 as PhysioNet ships it: the CSV file, which names splits, or the COCO file, \
    which needs --split; told apart by content. A phrase is what an image has under one category \
    with one text, with a box for each annotation of it. Patient and study are the digits in the \
    image's path (p19999999/s59999999).
    """,
    DatasetOptions.checks,
  ]
  static let options: [Option] =
    DatasetOptions.common + [
      .value("split", "SPLIT", "For the COCO file: what all phrases are for: train, val or test.")
    ]
  static let examples = [
    Example(
      "grounded dataset ms-cxr MS_CXR.csv --output mimic-cxr-jpg/ms-cxr.jsonl",
      "Beside the images, whose published paths then hold:")
  ]

  static func read(
    _ path: String, _ arguments: Arguments, _ choices: PublishedChoices
  ) throws -> PublishedDataset {
    try MSCXR.read(path: path, choices: choices)
  }
}

/// `grounded dataset padchest-gr`.
struct DatasetPadChestGR: DatasetImport {
  static let name = "dataset padchest-gr"
  static let summary = "makes a manifest of PadChest-GR"
  static let description = [
    """
    Reads the grounded reports of PadChest-GR as BIMCV ships them, and the master table for \
    patients and splits. A phrase is a finding: its English sentence with the boxes of the first \
    reader. The second reader's boxes, the Spanish sentence, labels, locations and progression \
    stay in the manifest's source; a finding's label is its category where it has exactly one. \
    Boxes are published as fractions, so that --sizes or --images is needed.
    """,
    DatasetOptions.checks,
  ]
  static let options: [Option] =
    DatasetOptions.common + [
      .value("table", "CSV", isRequired: true, "The master table."), DatasetOptions.sizes,
    ]
  static let examples = [
    Example(
      """
      grounded dataset padchest-gr reports.json --table table.csv --images png \
      --output gr.jsonl
      """,
      "With the images' sizes from their headers:")
  ]

  static func read(
    _ path: String, _ arguments: Arguments, _ choices: PublishedChoices
  ) throws -> PublishedDataset {
    try PadChestGR.read(path: path, table: arguments.required("table"), choices: choices)
  }
}

/// `grounded dataset coco`.
struct DatasetCOCO: DatasetImport {
  static let name = "dataset coco"
  static let summary = "makes a manifest of boxes in COCO's format"
  static let description = [
    """
    Reads images, categories and annotations. A phrase is a category on one image: its sentence and \
    its category are the category's name. An annotation's label_text is the sentence where there is \
    one. An image is a patient and a study of its own unless it has a patient_id or a study_id; \
    images without an annotation are left out.
    """,
    DatasetOptions.checks,
  ]
  static let options: [Option] =
    DatasetOptions.common + [
      DatasetOptions.split,
      .value("name", "NAME", "What the data set is called (default: the file's name)."),
    ]
  static let examples = [
    Example(
      "grounded dataset coco lung_boxes_coco.json --split train --output lungs.jsonl",
      "Lungs by their names:")
  ]

  static func read(
    _ path: String, _ arguments: Arguments, _ choices: PublishedChoices
  ) throws -> PublishedDataset {
    let stem = URL(filePath: path).deletingPathExtension().lastPathComponent
    return try COCO.read(path: path, dataset: arguments.value("name") ?? stem, choices: choices)
  }
}

extension DatasetOptions {
  /// The paragraph about what all of them check.
  static let checks = """
    Boxes become corners in pixels of the original image. One that leaves its image by at most a \
    pixel is clipped; one that leaves it farther, has no area or is no box at all is an error, as \
    are ids that stand twice and a patient in two splits. A box that its phrase has twice is taken \
    once. The manifest is written whole or not at \
    all; standard output gets a table of what is in it.
    """
}
