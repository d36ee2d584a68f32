/// What a batch is given.
public struct PlanInput: Sendable {
  /// Of each image, [3, side, side]; at most as many as the plan's size says.
  public var pixels: [[Float]]
  /// Token ids of each sentence.
  public var sentences: [[Int32]]
  /// The image that each sentence speaks of.
  public var images: [Int32]

  public init(pixels: [[Float]], sentences: [[Int32]], images: [Int32]) {
    self.pixels = pixels
    self.sentences = sentences
    self.images = images
  }
}

/// What a batch answers, with the room that its size has for more images and sentences.
public struct PlanOutput: Sendable {
  /// [sentences · queries, 4]
  public var boxes: [Float]
  /// [sentences · queries]
  public var logits: [Float]
  /// Of each image.
  public var isSound: [Bool]
}
