internal import Datasets

/// `grounded dataset nih`.
struct DatasetNIH: DatasetImport {
  static let name = "dataset nih"
  static let summary = "makes a manifest of the NIH's boxes"
  static let description = [
    """
    Reads BBox_List_2017.csv as the NIH ships it; its images have 1024×1024 pixels. A phrase is a \
    label on one image, and the label is its sentence. The patient is the part of a file's name \
    before the underscore.
    """,
    DatasetOptions.checks,
  ]
  static let options: [Option] = DatasetOptions.common + [DatasetOptions.split]
  static let examples = [
    Example(
      "grounded dataset nih BBox_List_2017.csv --split test --images nih/images --output nih.jsonl",
      "To test on:")
  ]

  static func read(
    _ path: String, _ arguments: Arguments, _ choices: PublishedChoices
  ) throws -> PublishedDataset {
    try NIHBoxes.read(path: path, choices: choices)
  }
}

/// `grounded dataset vindr`.
struct DatasetVinDr: DatasetImport {
  static let name = "dataset vindr"
  static let summary = "makes a manifest of VinDr-CXR"
  static let description = [
    """
    Reads Kaggle's train.csv or PhysioNet's annotations of VinDr-CXR. A phrase is what one \
    radiologist found of one class on one image; the class's name is its sentence, and source names \
    the radiologist. Boxes of several radiologists are never mixed: an image that three have read \
    has up to three phrases for a class, and --reader takes one radiologist's alone. “No finding” is \
    a phrase without a box.
    """,
    """
    Sizes are not published, so that --sizes or --images is needed; images are DICOM files, which \
    are not read here: convert them, and say --extension png. Patients are not published either: \
    each image counts as one.
    """,
    DatasetOptions.checks,
  ]
  static let options: [Option] =
    DatasetOptions.common + [
      DatasetOptions.split, DatasetOptions.sizes,
      .value("reader", "ID", "Takes only that radiologist's annotations (rad_id), such as R9."),
    ]
  static let examples = [
    Example(
      """
      grounded dataset vindr train.csv --split train --extension png --images png \
      --output v.jsonl
      """, "With images that were converted to PNG:")
  ]

  static func read(
    _ path: String, _ arguments: Arguments, _ choices: PublishedChoices
  ) throws -> PublishedDataset {
    try VinDr.read(path: path, reader: arguments.value("reader"), choices: choices)
  }
}

/// `grounded dataset rsna`.
struct DatasetRSNA: DatasetImport {
  static let name = "dataset rsna"
  static let summary = "makes a manifest of the RSNA's pneumonia challenge"
  static let description = [
    """
    Reads stage_2_train_labels.csv as Kaggle ships it; its images have 1024×1024 pixels. An image \
    with target 1 has the phrase “Lung opacity” with its boxes, one with target 0 “No lung opacity” \
    without a box. Each image is of a patient of its own.
    """,
    DatasetOptions.checks,
  ]
  static let options: [Option] = DatasetOptions.common + [DatasetOptions.split]
  static let examples = [
    Example(
      """
      grounded dataset rsna labels.csv --split train --extension png --images png \
      --output r.jsonl
      """, "With images that were converted to PNG:")
  ]

  static func read(
    _ path: String, _ arguments: Arguments, _ choices: PublishedChoices
  ) throws -> PublishedDataset {
    try RSNAPneumonia.read(path: path, choices: choices)
  }
}
