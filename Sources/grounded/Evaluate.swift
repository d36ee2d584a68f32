internal import Evaluation
internal import JSON

/// `grounded evaluate`: boxes against truth.
struct Evaluate: Command {
  static let name = "evaluate"
  static let summary = "measures predicted boxes, or a network, against annotated boxes"
  static let description = [
    """
    With --data a network, the built-in one or that of --model, grounds the sentences of a manifest \
    (JSON lines as `grounded phantom` writes them; images are seen from its folder) as the daemon would: at \
    threshold 0.8, fused at IoU 0.1. --cache keeps its raw outputs from run to run; a run that was \
    killed goes on from there. --changes-against says for what share of the sentences another \
    precision finds other regions: one more, one less, or one that moved to an IoU below 0.9; \
    with --bootstrap the metrics of both are compared as with --against.
    """,
    """
    Without --data, --truth and --predictions are read: JSON lines, one line a phrase. Truth: \
    {"id", "boxes": [[x1, y1, x2, y2], …], "category"?}; predictions: {"id", "boxes", "scores": \
    […]}. Coordinates are fractions of the image, x1 < x2, y1 < y2. Each phrase of the truth needs \
    one line of predictions, with empty lists where nothing was found. `-` is standard input.
    """,
    """
    Shows in percent, for phrases with no, a single or multiple annotated boxes and overall: N-Acc, \
    phrases without a box for which none is predicted; P@F1, phrases of which each box is matched \
    at IoU ≥ 0.5; CH-F1, centre-hit F1 by region: precision counts predictions whose centre is in an \
    annotated box, recall annotated boxes that hold such a centre; mIoU and Acc, mean IoU of the \
    masks and share of those ≥ 0.5, where the truth has a box. For each category also the number of \
    boxes, their mean area and spatial dispersion (SDS).
    """,
    """
    Predictions of a file are taken as final unless --confidence-threshold or --fusion-iou is given. The \
    first keeps boxes of at least that score and then fuses at IoU 0.1, as the daemon does; \
    --fusion-iou names another IoU, --no-fusion leaves the boxes as they are. --fusion-iou alone \
    keeps all scores.
    """,
    """
    --bootstrap gives intervals of 95 % by resampling phrases. --against compares with other \
    predictions for the same phrases: the interval of the difference is from a paired bootstrap, \
    its p-value from a two-sided paired permutation test (each phrase's results are swapped with \
    probability ½), for each metric by itself. --sweep tries thresholds from 0.05 to 0.95, with and \
    without fusion, on the boxes of the file or the network's raw outputs, names the point with the best CH-F1, and says how \
    well scores are calibrated.
    """,
  ]
  static let options: [Option] = [
    .value("model", "FILE", "A checkpoint that is to ground --data (default: the built-in one)."),
    .value(
      "tokenizer", "FILE", "Its tokenizer.json (default: the one that the checkpoint carries)."),
    .value("data", "FILE", "The manifest of a data set."),
    .value("split", "SPLIT", "Takes only that split: train, val or test."),
    .value(
      "leave-out", "NAME", repeats: true,
      "Takes no sentences of that data set or category. May be repeated."),
    .value("cache", "FILE", "Where raw outputs are kept; made if absent."),
    .value("precision", "P", "f32, bf16, int8 or auto (default f32)."),
    .value("changes-against", "P", "Grounds in this precision too, and compares the regions."),
    .value("threads", "N", "Threads for the arithmetic (default: one for each core)."),
    .value("write-truth", "FILE", "Where the manifest's boxes are written, as truth."),
    .value(
      "write-predictions", "FILE",
      "Where every query's box is written, as predictions, without threshold and fusion."),
    .value("truth", "FILE", "The annotated boxes."),
    .value("predictions", "FILE", "The predicted boxes."),
    .value("against", "FILE", "Compares with these predictions."),
    .value("confidence-threshold", "P", "Drops boxes with a lower score, 0…1; then fuses."),
    .value("fusion-iou", "IOU", "Fuses boxes that overlap more, 0…1 (0.1 with a threshold)."),
    .flag("no-fusion", "Fuses nothing."),
    .value("write-fused", "FILE", "Where the final boxes are written, as predictions."),
    .value("bootstrap", "N", "Draws for intervals, 1…100000 (1000 with --against)."),
    .value("seed", "N", "Of the random draws (default 1)."),
    .flag("sweep", "Tries thresholds and fusion."),
    .value(
      "report", "FILE",
      "Where a page with tables and curves is written, with the sweep; of --model also cases on films."
    ),
    .value("format", "F", "table (default), markdown, latex or json."), .json,
  ]
  static let examples = [
    Example(
      "grounded evaluate --model w.safetensors --tokenizer t.json --data test.jsonl --cache c",
      "A network on a data set:"),
    Example(
      "grounded evaluate --truth truth.jsonl --predictions final.jsonl", "Final boxes:"),
    Example(
      "grounded evaluate --truth truth.jsonl --predictions raw.jsonl --report out.html",
      "What a network says, at every threshold:"),
    Example(
      "grounded evaluate --truth truth.jsonl --predictions new.jsonl --against old.jsonl --json",
      "Two models on the same phrases:"),
  ]

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    let choices = try EvaluationChoices(arguments)
    let material = try EvaluationMaterial(choices, showingOn: console)
    for warning in material.model?.warnings ?? [] { console.complain(warning) }
    if case .model(let model) = choices.source {
      try model.truthFile?.write(material.model?.sample.truthLines ?? [])
      try model.predictionsFile?.write(
        PhraseFiles.lines(material.truth, material.phrases(PostProcessing())))
    }
    let result = try EvaluationResult(choices, material)
    if let file = choices.fused {
      try file.write(PhraseFiles.lines(material.truth, result.phrases))
    }
    if let file = choices.report {
      let gallery = try result.model.map { try EvaluationGallery(of: result, on: $0.sample) }
      try file.write(result.page(showing: gallery).utf8)
    }
    if let format = choices.format {
      console.write(result.tables.map { $0.text(format) }.joined(separator: "\n"))
    } else {
      console.line(result.json.text)
    }
    return .done
  }
}
