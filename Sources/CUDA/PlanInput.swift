public import Tensors

/// What a batch is given.
public struct PlanInput: Sendable {
  /// Of each image, in the kind and the planes that the plan's size says; at most as many as it says.
  public var pixels: [ImagePixels]
  /// Token ids of each sentence.
  public var sentences: [[Int32]]
  /// The image that each sentence speaks of.
  public var images: [Int32]

  public init(pixels: [ImagePixels], sentences: [[Int32]], images: [Int32]) {
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
  /// That the device had it, from the first copy to the last.
  public var milliseconds: Double
}
