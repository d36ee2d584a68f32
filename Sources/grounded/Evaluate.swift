internal import Evaluation
internal import JSON

/// `grounded evaluate`: boxes against truth.
struct Evaluate: Command {
  static let name = "evaluate"
  static let summary = "measures predicted boxes against annotated ones"
  static let description = [
    """
    Reads two files of JSON lines, one line a phrase. Truth: {"id", "boxes": [[x1, y1, x2, y2], …], \
    "category"?}; predictions: {"id", "boxes", "scores": […]}. Coordinates are fractions of the \
    image, x1 < x2, y1 < y2. Each phrase of the truth needs one line of predictions, with empty \
    lists where nothing was found. `-` is standard input.
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
    Predictions are taken as final unless --confidence-threshold or --fusion-iou is given. The \
    first keeps boxes of at least that score and then fuses at IoU 0.1, as the daemon does; \
    --fusion-iou names another IoU, --no-fusion leaves the boxes as they are. --fusion-iou alone \
    keeps all scores.
    """,
    """
    --bootstrap gives intervals of 95 % by resampling phrases. --against compares with other \
    predictions for the same phrases: the interval of the difference is from a paired bootstrap, \
    its p-value from a two-sided paired permutation test (each phrase's results are swapped with \
    probability ½), for each metric by itself. --sweep tries thresholds from 0.05 to 0.95, with and \
    without fusion, on the boxes of the file, names the point with the best CH-F1, and says how \
    well scores are calibrated.
    """,
  ]
  static let options: [Option] = [
    .value("truth", "FILE", isRequired: true, "The annotated boxes."),
    .value("predictions", "FILE", isRequired: true, "The predicted boxes."),
    .value("against", "FILE", "Compares with these predictions."),
    .value("confidence-threshold", "P", "Drops boxes with a lower score, 0…1; then fuses."),
    .value("fusion-iou", "IOU", "Fuses boxes that overlap more, 0…1 (0.1 with a threshold)."),
    .flag("no-fusion", "Fuses nothing."),
    .value("write-fused", "FILE", "Where the final boxes are written, as predictions."),
    .value("bootstrap", "N", "Draws for intervals, 1…100000 (1000 with --against)."),
    .value("seed", "N", "Of the random draws (default 1)."),
    .flag("sweep", "Tries thresholds and fusion."),
    .value("report", "FILE", "Where a page with tables and curves is written, with the sweep."),
    .value("format", "F", "table (default), markdown, latex or json."), .json,
  ]
  static let examples = [
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
    let result = try EvaluationResult(choices)
    if let file = choices.fused { try file.write(result.fusedLines) }
    if let file = choices.report { try file.write(result.page.utf8) }
    if let format = choices.format {
      console.write(result.tables.map { $0.text(format) }.joined(separator: "\n"))
    } else {
      console.line(result.json.text)
    }
    return .done
  }
}
