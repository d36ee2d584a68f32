extension ModelConfiguration {
  /// - Throws: `.badRequest` for what a network of these sizes cannot read.
  func check(_ request: GroundingRequest) throws(ModelError) {
    let area = side * side
    guard request.pixels.count == 3 * area else {
      throw .badRequest(
        reason: "\(request.pixels.count) pixel values; [3, \(side), "
          + "\(side)] are needed")
    }
    if let mask = request.pixelMask, mask.count != area {
      throw .badRequest(reason: "a pixel mask of \(mask.count) values; \(area) are needed")
    }
    for sentence in request.sentences {
      guard (1...ModelConfiguration.tokensMax).contains(sentence.count) else {
        throw .badRequest(
          reason: "a sentence of \(sentence.count) tokens; 1 to "
            + "\(ModelConfiguration.tokensMax) are read")
      }
      guard sentence.allSatisfy({ 0 <= $0 && $0 < vocabulary }) else {
        throw .badRequest(
          reason: "a token outside the vocabulary of \(vocabulary)")
      }
    }
  }
}
