public import Boxes
public import GroundingModel
public import Reports

/// Which sentences the network is asked about, and what its answers mean.
///
/// A heading states nothing, and a sentence of too many tokens is not read: both are skipped.
public struct SentencePlan: Sendable {
  public let sentences: [ReportSentence]
  /// Token ids of each sentence.
  public let tokens: [[Int32]]
  /// Indices of the sentences that the network is asked about, rising.
  public let asked: [Int]

  /// Tokens of the longest sentence that is read, unless told otherwise.
  public static let tokensMax = ModelConfiguration.sentenceTokensMax

  public init(_ sentences: [ReportSentence], tokenizer: Tokenizer, tokensMax: Int = tokensMax) {
    self.sentences = sentences
    let tokens = sentences.map { tokenizer.encode($0.text).ids }
    self.tokens = tokens
    asked = sentences.indices.filter {
      !sentences[$0].isHeading && tokens[$0].count <= tokensMax
    }
  }

  /// - Parameters:
  ///   - outputs: of each sentence, for each image; those of skipped sentences are not looked at.
  ///   - images: in the order of the outputs, with how each lies in the network's square.
  public func grounded(
    _ outputs: [[QueryOutputs]], on images: [(imageID: String, letterbox: Letterbox)],
    threshold: Float, fusionIoU: Float
  ) -> [GroundedSentence] {
    precondition(
      outputs.count == sentences.count, "\(outputs.count) outputs, \(sentences.count) sentences")
    let isAsked = Set(asked)
    return sentences.indices.map { index in
      let sentence = sentences[index]
      guard isAsked.contains(index) else {
        let reason =
          sentence.isHeading ? GroundedSentence.heading : GroundedSentence.tooManyTokens
        return GroundedSentence(sentence, status: .skipped, reason: reason)
      }
      return GroundedSentence(
        sentence, outputs: zip(images, outputs[index]).map { ($0.imageID, $0.letterbox, $1) },
        threshold: threshold, fusionIoU: fusionIoU)
    }
  }
}
