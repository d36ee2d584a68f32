internal import FoundationEssentials
internal import JSON

extension GroundedReport {
  /// Reads a message of the outbound topic back.
  ///
  /// Rejects what contradicts itself: a `grounding_id` that position, campaign and grounder do
  /// not give, or a status that its regions do not bear out.
  public static func decode(
    _ message: RawMessage, limits: ReportLimits
  ) throws(Rejection) -> GroundedReport {
    let opened = try Envelope.open(message, type: Envelope.groundedType, limits: limits)
    let fields = try Fields(opened.data, at: opened.path)
    let longest = limits.nameCharactersMax
    let source = try fields.requiredObject("source")
    let report = GroundedReport(
      reportID: try fields.requiredText("report_id", charactersMax: longest),
      study: try fields.study(limits: limits), generator: try fields.generator(limits: limits),
      campaign: try fields.requiredText("campaign", charactersMax: longest),
      grounder: try fields.requiredObject("grounder").grounder(limits: limits),
      source: try source.position(limits: limits),
      sourceEventID: try source.requiredText("event_id", charactersMax: longest),
      images: try fields.elements("images") { image throws(Rejection) in
        try image.groundedImage(limits: limits)
      },
      sentences: try fields.elements("sentences") { sentence throws(Rejection) in
        try sentence.groundedSentence(limits: limits)
      },
      groundedAt: try fields.requiredTime("grounded_at"),
      traceparent: opened.envelope.traceparent)
    let id = try fields.requiredText("grounding_id", charactersMax: longest)
    guard id.lowercased() == report.groundingID.uuidString.lowercased() else {
      throw Rejection(
        .invalidValue, at: .decide,
        "\(fields.place("grounding_id")) does not follow from source, campaign and grounder")
    }
    return report
  }
}

extension Fields {
  fileprivate func elements<Element>(
    _ name: String, _ read: (Fields) throws(Rejection) -> Element
  ) throws(Rejection) -> [Element] {
    guard let objects = try objects(name) else { throw missing(name, expected: "an array") }
    var elements: [Element] = []
    elements.reserveCapacity(objects.count)
    for object in objects { elements.append(try read(object)) }
    return elements
  }

  fileprivate func requiredTime(_ name: String) throws(Rejection) -> Date {
    guard let time = Timestamp.date(try requiredText(name, charactersMax: 64)) else {
      throw Rejection(
        .invalidValue, at: .decide, "\(place(name)) is not a time as RFC 3339 writes it")
    }
    return time
  }

  fileprivate func grounder(limits: ReportLimits) throws(Rejection) -> GrounderIdentity {
    let longest = limits.nameCharactersMax
    guard let weights = try sha256("weights_sha256") else {
      throw missing("weights_sha256", expected: "a string")
    }
    return GrounderIdentity(
      name: try requiredText("name", charactersMax: longest),
      version: try requiredText("version", charactersMax: longest),
      architecture: try text("architecture", charactersMax: longest), weightsSHA256: weights,
      threshold: try requiredNumber("threshold"), fusionIoU: try requiredNumber("fusion_iou"),
      precision: try requiredText("precision", charactersMax: longest),
      device: try requiredText("device", charactersMax: longest))
  }

  fileprivate func position(limits: ReportLimits) throws(Rejection) -> SourcePosition {
    let topic = try requiredText("topic", charactersMax: limits.nameCharactersMax)
    let partition = try requiredInteger("partition")
    let offset = try requiredInteger("offset")
    guard let partition = Int32(exactly: partition), partition >= 0, offset >= 0 else {
      throw Rejection(.invalidValue, at: .decide, "\(path) is no place in a topic")
    }
    return SourcePosition(topic: topic, partition: partition, offset: offset)
  }

  fileprivate func groundedImage(limits: ReportLimits) throws(Rejection) -> GroundedImage {
    let longest = limits.nameCharactersMax
    return GroundedImage(
      imageID: try requiredText("image_id", charactersMax: longest),
      view: try text("view", charactersMax: longest),
      sopInstanceUID: try text("sop_instance_uid", charactersMax: longest),
      sha256: try sha256("sha256"), width: try count("width", from: 1),
      height: try count("height", from: 1))
  }

  fileprivate func groundedSentence(limits: ReportLimits) throws(Rejection) -> GroundedSentence {
    guard
      let status = SentenceStatus(
        rawValue: try requiredText("status", charactersMax: limits.nameCharactersMax))
    else {
      throw Rejection(.invalidValue, at: .decide, "\(place("status")) is not a known status")
    }
    let regions = try elements("regions") { region throws(Rejection) in
      try region.region(limits: limits)
    }
    guard (status == .grounded) == !regions.isEmpty else {
      throw Rejection(
        .invalidValue, at: .decide, "\(place("status")) does not agree with the regions")
    }
    let start = try count("start", from: 0)
    return GroundedSentence(
      text: try requiredText("text", charactersMax: limits.messageBytesMax),
      section: try text("section", charactersMax: limits.nameCharactersMax), start: start,
      end: try count("end", from: start ?? 0), status: status,
      reason: try text("reason", charactersMax: limits.nameCharactersMax),
      highestConfidence: try fraction("highest_confidence"), regions: regions,
      generatorBoxes: try boxes("generator_boxes", max: limits.boxesMax))
  }

  private func fraction(_ name: String) throws(Rejection) -> Float? {
    guard let fraction = try number(name) else { return nil }
    guard (0...1).contains(fraction) else {
      throw Rejection(.invalidValue, at: .decide, "\(place(name)) is outside 0 … 1")
    }
    return fraction
  }

  private func region(limits: ReportLimits) throws(Rejection) -> Region {
    let pixels = try requiredObject("pixels")
    guard let confidence = try fraction("confidence") else {
      throw missing("confidence", expected: "a number")
    }
    return Region(
      imageID: try requiredText("image_id", charactersMax: limits.nameCharactersMax),
      box: try requiredObject("box").box(),
      pixels: PixelBox(
        xMin: try pixels.requiredCount("x_min"), yMin: try pixels.requiredCount("y_min"),
        xMax: try pixels.requiredCount("x_max"), yMax: try pixels.requiredCount("y_max")),
      confidence: confidence,
      fusedQueries: try requiredCount("fused_queries"))
  }

  private func requiredCount(_ name: String) throws(Rejection) -> Int {
    guard let count = try count(name, from: 0) else {
      throw missing(name, expected: "an integer")
    }
    return count
  }
}

extension Fields {
  /// An integer from `least` to 2³¹ − 1; nil when absent.
  func count(_ name: String, from least: Int) throws(Rejection) -> Int? {
    guard let number = try integer(name) else { return nil }
    guard let count = Int32(exactly: number), count >= least else {
      throw Rejection(
        .invalidValue, at: .decide,
        "\(place(name)) is outside \(least) … \(Int32.max)")
    }
    return Int(count)
  }
}
