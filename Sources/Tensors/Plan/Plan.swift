/// What the products of a plan multiply; what is added up is 32 bits wide in any case.
public enum FactorKind: Int, CaseIterable, Sendable {
  /// 32-bit floats, none of them cut for matrix units.
  case f32 = 0
  /// bfloat16
  case bf16 = 1
  /// IEEE's half floats
  case f16 = 2

  /// Of a factor.
  public var bytes: Int { self == .f32 ? 4 : 2 }
}

/// Where a step of a plan finds a number, or puts it.
public enum PlanPlace: Hashable, Sendable {
  /// In an activation, so many bytes from its start.
  case activation(buffer: Int, bytes: Int)
  /// A weight of the recorder's, by its number.
  case weight(Int)
  /// A constant of the plan, by its number.
  case constant(Int)
  /// Where a kernel does without.
  case nothing
}

/// Blocks of a launch along each axis.
public struct PlanGrid: Hashable, Sendable {
  public var x: Int
  public var y = 1
  public var z = 1

  /// The most that a device has along y, and along z.
  public static let deepest = 65_535
}

/// A kernel with its operands, whose meaning stands above the kernel.
public struct PlanLaunch: Sendable {
  public var kernel: String
  public var places: [PlanPlace]
  public var integers: [Int]
  public var floats: [Float]
  public var grid: PlanGrid
  /// Of each block.
  public var threads: Int
}

/// y = activation(x · Wᵀ + bias + sum), row after row.
public struct PlanProduct: Sendable {
  /// [rows, inputs], factors
  public var x: PlanPlace
  /// [outputs, inputs], factors
  public var weight: PlanPlace
  /// [outputs], of the result's kind; or nothing
  public var bias: PlanPlace
  /// [rows, outputs], of the result's kind; or nothing
  public var sum: PlanPlace
  /// [rows, outputs], overwritten
  public var y: PlanPlace
  public var rows: Int
  public var inputs: Int
  public var outputs: Int
  /// Between rows of x, in numbers.
  public var stride: Int
  public var isRectified: Bool
  /// Whether the result is floats, and not factors.
  public var isWide: Bool
}

/// Two rows of steps that a device may do at the same time, until they meet.
public enum PlanTrack: Hashable, Sendable { case main, aside }

/// One thing that the device does.
public struct PlanStep: Sendable {
  /// A kernel of ours, or a product by a library.
  public enum Work: Sendable {
    case launch(PlanLaunch)
    case product(PlanProduct)
  }

  public var work: Work
  public var track = PlanTrack.main

  /// The kernel, or the sizes of the product, e.g. “product 400×256→2048”.
  public var title: String {
    switch work {
    case .launch(let launch): launch.kernel
    case .product(let product):
      "product \(product.rows)×\(product.inputs)→\(product.outputs)"
    }
  }

  /// What it reads or writes.
  var places: [PlanPlace] {
    switch work {
    case .launch(let launch): launch.places
    case .product(let product):
      [product.x, product.weight, product.bias, product.sum, product.y]
    }
  }
}

/// What is given to a plan when it runs, and what it answers.
public enum PlanSlot: String, CaseIterable, Sendable {
  /// [images, 3, side, side], floats; or [images, planes, side, side], samples of 8 bits
  case pixels
  /// [rows], token ids of all sentences, one after the other; those beyond the last are 0.
  case ids
  /// [rows], the place of each token in its sentence
  case positions
  /// [sentences], the tokens that each has
  case lengths
  /// [sentences + 1], the row where each sentence begins; after them, how many rows there are
  case starts
  /// [sentences], the image that each speaks of
  case images
  /// [sentences · queries, 4], floats
  case boxes
  /// [sentences · queries, 1], floats
  case logits
  /// [images], not 0 where the arithmetic failed
  case unsound

  /// Whether it is what is answered.
  public var isResult: Bool { [.boxes, .logits, .unsound].contains(self) }
}

/// An activation's place in the memory that all share.
public struct PlanBuffer: Hashable, Sendable {
  public var bytes: Int
  /// From the start of that memory; of 256 bytes.
  public var offset = 0
  /// The first and the last step that know it.
  public var life = 0..<0
  /// Which of the tracks knows it before they meet; nil when neither does, or both do.
  public var track: PlanTrack?
}

/// How many images and sentences run together, and what there is room for.
public struct PlanSize: Hashable, Sendable {
  public var images: Int
  public var sentences: Int
  /// Of each sentence, at most.
  public var tokens: Int
  /// Of tokens of all sentences, one after the other.
  public var rows: Int
  /// Planes of samples that an image comes in, 1 or 3; 0 where it comes as floats.
  public var samplePlanes: Int

  /// - rows: nil has room for as many tokens as all sentences can have.
  public init(
    images: Int, sentences: Int, tokens: Int, rows: Int? = nil, samplePlanes: Int = 0
  ) {
    precondition([0, 1, 3].contains(samplePlanes), "\(samplePlanes) planes")
    self.images = images
    self.sentences = sentences
    self.tokens = tokens
    self.rows = rows ?? sentences * tokens
    self.samplePlanes = samplePlanes
  }
}

/// Everything that a network does for one combination of sizes, in order, with all memory planned ahead.
public struct Plan: Sendable {
  public let size: PlanSize
  public let factors: FactorKind
  /// In an order in which they could also be done one by one: what is aside stands first.
  public let steps: [PlanStep]
  /// The first step that needs what both tracks have done.
  public let meeting: Int
  public let buffers: [PlanBuffer]
  /// The buffer of each slot.
  public let slots: [PlanSlot: Int]
  public let constants: [[UInt8]]
  /// Of the memory that all activations share.
  public let arenaBytes: Int

  /// Multiplications and additions of all products.
  public var operations: Double {
    steps.reduce(0) { sum, step in
      guard case .product(let product) = step.work else { return sum }
      return sum + 2 * Double(product.rows) * Double(product.inputs) * Double(product.outputs)
    }
  }

  /// Bytes that all products read and write, if nothing of it stays near the arithmetic.
  public var productBytes: Double {
    steps.reduce(0) { sum, step in
      guard case .product(let product) = step.work else { return sum }
      let (rows, columns) = (Double(product.rows), Double(product.outputs))
      let read = (rows + columns) * Double(product.inputs) * Double(factors.bytes)
      let result = rows * columns * Double(product.isWide ? 4 : factors.bytes)
      return sum + read + (product.sum == .nothing ? 1 : 2) * result
    }
  }
}
