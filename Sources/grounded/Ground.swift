internal import Boxes
internal import FoundationEssentials
internal import GroundingModel
internal import GroundingService
internal import Images
internal import JSON
internal import Journal
internal import Reports

/// `grounded ground`: one image and one text, without Kafka and without a database.
struct Ground: Command {
  static let name = "ground"
  static let summary = "grounds one text on one image, without Kafka or a database"
  static let description = [
    """
    Splits the text into sentences, runs the network on each, and shows the regions that it finds. \
    The text comes from --text, or from --report: a file of plain text, or a generated report as \
    JSON, of which sections or sentences are taken and the images are not.
    """,
    """
    With --json one JSON value is written: the image's size, the grounder, and for each sentence its \
    text, section, character range, status, highest confidence and regions, as in a grounded report. \
    --overlay writes the image with the boxes drawn on it, numbered by sentence.
    """,
  ]
  static let options =
    Option.configuration + [
      .value("image", "FILE", isRequired: true, "A PNG or JPEG file."),
      .value("text", "TEXT", "What a report says."),
      .value("report", "FILE", "A file with it; `-` for standard input."),
      .value("overlay", "FILE", "Where a PNG with the boxes drawn in is written."),
      .json,
    ]
  static let examples = [
    Example(
      "grounded ground --image film.png --text 'Left basal opacity. No pneumothorax.'",
      "Two sentences on a film:"),
    Example(
      "grounded ground --image film.png --report report.txt --overlay out.png --json",
      "A whole report, with a picture:"),
  ]

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    let configuration = try arguments.configuration(environment: console.environment)
    let file = try arguments.required("image")
    let overlay = try arguments.value("overlay").map(OutputFile.init)
    let setup = GrounderSetup(configuration)
    let sentences = try sentences(arguments, limits: ServiceSetup(configuration).reportLimits())
    let picture = try picture(file, configuration)
    let checkpoint = try setup.checkpoint()
    let log = Log.standardError(level: .warning, environment: console.environment)
    let network: any RequestGrounder =
      if let device = try setup.deviceGrounder(
        of: checkpoint, metrics: ServiceMetrics(), log: log)
      {
        device
      } else {
        try MedGrounder(
          checkpoint, threads: setup.threads, precision: setup.precision(for: checkpoint))
      }
    let input = NetworkInput(
      picture, options: PreparationOptions(side: network.configuration.side))
    let tokenizer = try setup.tokenizer(for: checkpoint)
    let plan = SentencePlan(sentences, tokenizer: tokenizer)
    let answers = try network.ground([
      GroundingRequest(input, sentences: plan.asked.map { plan.tokens[$0] })
    ])
    var outputs: [[QueryOutputs]] = Array(repeating: [], count: sentences.count)
    for (index, answer) in zip(plan.asked, answers.first ?? []) { outputs[index] = [answer] }
    let identity = try setup.identity(of: checkpoint, sha256: checkpoint.sha256(), on: network)
    let grounded = plan.grounded(
      outputs, on: [("image", input.letterbox)], threshold: identity.threshold,
      fusionIoU: identity.fusionIoU)
    if let overlay {
      try overlay.write(PNG.encode(drawing(grounded, by: identity, on: picture)))
    }
    show(grounded, identity, picture, isJSON: arguments.has("json"), console)
    return .done
  }

  /// The picture of a file, as far as the configuration lets it be read.
  static func picture(_ file: String, _ configuration: Configuration) throws -> Picture {
    var reader = try LineReader(path: file, lineBytesMax: configuration.size("images.bytes_max"))
    var limits = ImageLimits()
    limits.pixelsMax = configuration.integer("images.pixels_max")
    return try Picture.decode(try reader.rest(), limits: limits)
  }

  private static func sentences(
    _ arguments: Arguments, limits: ReportLimits
  ) throws -> [ReportSentence] {
    if let text = arguments.value("text") {
      guard arguments.value("report") == nil else {
        throw UsageError.contradicting("text", "report")
      }
      return ReportText(text).sentences
    }
    guard let file = arguments.value("report") else { throw UsageError.missingOption("text") }
    var reader = try LineReader(path: file)
    return try ReportText(reading: reader.rest(), limits: limits).sentences
  }

  private static func drawing(
    _ sentences: [GroundedSentence], by grounder: GrounderIdentity, on picture: Picture
  ) -> Picture {
    var overlay = Overlay(notice: grounder.isUntrained ? "UNTRAINED: BOXES MEAN NOTHING" : nil)
    for (index, sentence) in sentences.enumerated() {
      let colour = Colour.distinct[index % Colour.distinct.count]
      for region in sentence.regions {
        overlay.items.append(
          Overlay.Item(box: region.box, label: "\(index + 1)", colour: colour))
      }
    }
    return overlay.drawn(on: picture)
  }

  private static func show(
    _ sentences: [GroundedSentence], _ grounder: GrounderIdentity, _ picture: Picture,
    isJSON: Bool, _ console: Console
  ) {
    if grounder.isUntrained {
      console.complain("The network is untrained: its boxes mean nothing.")
    }
    guard !isJSON else {
      let report = GroundedReport(
        reportID: "", study: Study(), generator: Generator(), campaign: "", grounder: grounder,
        source: SourcePosition(topic: "", partition: 0, offset: 0), sourceEventID: "",
        images: [
          GroundedImage(imageID: "image", width: picture.width, height: picture.height)
        ], sentences: sentences, groundedAt: Date(timeIntervalSince1970: 0))
      // The contract's own encoder, less what only a message has.
      let wanted = ["grounder", "images", "sentences"]
      let members = (try? JSON(parsing: report.encoded().value ?? []))?.members ?? []
      console.line(JSON.object(members.filter { wanted.contains($0.name) }).text)
      return
    }
    for (index, sentence) in sentences.enumerated() {
      let best = sentence.highestConfidence.map { " (best \(percent($0)))" } ?? ""
      console.line("\(index + 1). \(sentence.text)")
      let reason = sentence.reason.map { ": \($0)" } ?? ""
      if sentence.regions.isEmpty {
        console.line("   \(sentence.status.rawValue)\(reason)\(best)")
      }
      for region in sentence.regions {
        let pixels = region.pixels
        console.line(
          "   \(percent(region.confidence)): x \(pixels.xMin)…\(pixels.xMax), "
            + "y \(pixels.yMin)…\(pixels.yMax)")
      }
    }
  }

  private static func percent(_ confidence: Float) -> String {
    "\(Int((confidence * 100).rounded())) %"
  }
}
