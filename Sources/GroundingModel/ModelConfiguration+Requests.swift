internal import Tensors

extension ModelConfiguration {
  /// - Throws: `.badRequest` for what a network of these sizes cannot read.
  func check(_ request: GroundingRequest) throws(ModelError) {
    let area = side * side
    switch request.pixels {
    case .normalised(let values):
      guard values.count == 3 * area else {
        throw .badRequest(
          reason: "\(values.count) pixel values; [3, \(side), \(side)] are needed")
      }
    case .samples(let samples, let planes):
      guard planes == 1 || planes == 3, samples.count == planes * area else {
        throw .badRequest(
          reason: "\(samples.count) samples in \(planes) planes; [1 or 3, \(side), \(side)] are "
            + "needed")
      }
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
