internal import Datasets
internal import JSON

/// `grounded curate`: Chest ImaGenome as material to learn from.
struct Curate: Command {
  static let name = "curate"
  static let summary = "cleans Chest ImaGenome into sentences with boxes of the regions they mean"
  static let description = [
    """
    Reads scene graphs of Chest ImaGenome: files NAME_SceneGraph.json, folders that hold them at \
    any depth, and files of JSON lines with a scene graph on each. Writes a manifest (JSON lines, \
    as `grounded train` and `grounded evaluate` read it) with one line for each sentence of an \
    image; its boxes are those of the regions that the sentence speaks of.
    """,
    """
    Images of views other than PA and AP are left out, and so are those of the studies in MS-CXR \
    (--exclude), on which networks are tested; with --exclude-patients also those of the patients \
    in its splits val and test, whom `grounded dataset check` wants in one split. Boxes are clipped to their image and dropped where \
    nothing is left of them; two boxes of a region become the smallest one around both. Of the 36 \
    names of regions 29 are kept; the others count as if they were not there.
    """,
    """
    1. A sentence that was mapped to regions within each other keeps the innermost: of “left \
    lung” and “left costophrenic angle” the latter. Regions without a box on the image are no \
    choice. With --judge a language model decides instead, on every sentence with a finding and \
    several regions; an answer that is no part of them is not taken, and a question that the \
    endpoint refuses (HTTP 400, 413, 422) is left to the hierarchy. Its answers are kept in \
    --choices: with them a run repeats another without asking.
    """,
    """
    2. A sentence without a finding loses its boxes. A finding is a label with “yes” of the \
    categories anatomicalfinding, disease, tubesandlines or devices, or “nlp|yes|abnormal”. A \
    sentence with a finding of which no region has a box is left out.
    """,
    """
    3. With --reports, sentences of the report's findings and impression that were mapped to no \
    region come in without boxes. One that is a part of a mapped sentence is the same, and so is \
    one of which a mapped sentence is more than half. A sentence with a finding that was mapped \
    only to names that are not kept stays out too.
    """,
    """
    The manifest grows in FILE.partial, and FILE.journal says how far. Called again with the same \
    inputs and options, a run that was killed or has failed goes on from there; scene graphs that \
    are done are not read again. Inputs are the same where path, size and time of change are; \
    reports are not looked at. The result is the same as without the interruption, with any \
    number of threads. Shows what was seen and kept: sentences and boxes before and after, and in \
    percent, how many sentences have no box, one or several, and how many words; then what each \
    split has. A patient in two splits is an error.
    """,
  ]
  static let options: [Option] =
    [
      .value("output", "FILE", isRequired: true, "Where the manifest is written."),
      .value(
        "sizes", "FILE", isRequired: true,
        "The images' sizes, which scene graphs do not tell: mimic-cxr-2.0.0-metadata.csv "
          + "(dicom_id, Rows, Columns), or a table with image, width and height."),
      .value(
        "splits", "FILE",
        "MIMIC-CXR's own split, mimic-cxr-2.0.0-split.csv (dicom_id, split). Every kept image "
          + "needs a line."),
      .value("split", "SPLIT", "The split of all images: train, val or test (default train)."),
      .value(
        "exclude", "FILE",
        "MS-CXR's table (dicom_id, path, split) or COCO file: all its studies are left out."),
      .flag(
        "exclude-patients",
        "Leaves out the patients in --exclude too, but for those in its split train."),
      .value(
        "gold", "FILE",
        "Leaves these images out: Chest ImaGenome's images_to_avoid.csv or another table with "
          + "dicom_id, or a dicom_id on each line."),
      .value(
        "reports", "FOLDER",
        "MIMIC-CXR's reports, files/p19/p19999999/s59999999.txt, for sentences without a region."),
      .value(
        "images", "FOLDER",
        "Where the folder `files` of MIMIC-CXR-JPG is, as the manifest is to name it (default: "
          + "beside the manifest)."),
      .flag("skip-bad", "Leaves out scene graphs that cannot be used, with a warning."),
      .value("threads", "N", "Scene graphs read at a time (default: one for each core)."), .json,
    ] + CurateChooser.options
  static let operands = Operands.several("PATH")
  static let examples = [
    Example(
      "grounded curate scene_graph --sizes metadata.csv --exclude ms_cxr.csv --output 1.jsonl",
      "Material for the first stage of training:"),
    Example(
      "grounded curate g.jsonl --sizes s.csv --splits p.csv --reports mimic --output 1.jsonl",
      "With MIMIC-CXR's split, and all sentences of its reports:"),
  ]

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    let choices = try CurateChoices(arguments, on: console)
    if choices.exclusions == nil {
      console.complain("without --exclude the studies of MS-CXR stay in: do not test on it")
    }
    let result = try await CurateRun(choices, on: console).result()
    let statistics = CurateStatistics(
      tally: result.tally, counts: result.counts, chooser: choices.chooser?.name)
    let tables = [statistics.table, result.counts.table(titled: "Phrases of \(choices.output)")]
    console.write(
      choices.isJSON
        ? statistics.json.text + "\n" : tables.map { $0.text(.table) }.joined(separator: "\n"))
    return .done
  }
}
