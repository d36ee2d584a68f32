internal import CCUDA
internal import Tensors

/// What an algorithm is chosen for.
struct ProductKind: Hashable {
  let rows, inputs, outputs, stride: Int
  let isRectified, isWide, hasBias, hasSum: Bool
  /// Of the weight, x, the sum and the result, in bytes.
  let alignments: [Int]

  init(_ product: PlanProduct, _ addresses: DeviceProducts.Addresses) {
    (rows, inputs, outputs) = (product.rows, product.inputs, product.outputs)
    stride = product.stride
    (isRectified, isWide) = (product.isRectified, product.isWide)
    (hasBias, hasSum) = (addresses.bias != 0, addresses.sum != 0)
    alignments = addresses.alignments
  }

  /// On one line, without “=”.
  var title: String {
    let sizes = [rows, inputs, outputs, stride] + alignments
    let flags = [isRectified, isWide, hasBias, hasSum].map { $0 ? "+" : "-" }.joined()
    return sizes.map { "\($0)" }.joined(separator: " ") + " " + flags
  }
}

/// Algorithms that were the fastest on a device, kept on disk for the next start: trying them takes seconds.
struct ProductChoices {
  private var algorithms: [String: CUDAProductAlgorithm] = [:]
  private var isChanged = false
  private let kept: KeptFiles
  private let name: String
  private let trusts: Bool

  /// - ingredients: all that decides which algorithm is the fastest, beside the product: device, library, factors.
  /// - trusts: whether what is kept counts; after a fault it may be the reason.
  init(_ kept: KeptFiles, ingredients: [String], trusts: Bool) {
    self.kept = kept
    name =
      ContentDigest.sha256(of: Array(ingredients.joined(separator: "\n").utf8)) + ".products"
    self.trusts = trusts
    if trusts { algorithms = keptAlgorithms }
  }

  private var keptAlgorithms: [String: CUDAProductAlgorithm] {
    var found: [String: CUDAProductAlgorithm] = [:]
    let text = String(decoding: kept.read(name) ?? [], as: UTF8.self)
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: "=")
      if parts.count == 2, let algorithm = Self.algorithm(of: parts[1]) {
        found[String(parts[0])] = algorithm
      }
    }
    return found
  }

  subscript(kind: ProductKind) -> CUDAProductAlgorithm? {
    get { algorithms[kind.title] }
    set {
      algorithms[kind.title] = newValue
      isChanged = true
    }
  }

  /// Keeps what is new, beside what another network has kept meanwhile; what was not to be trusted is forgotten, so
  /// that the next start finds out anew.
  mutating func save() {
    guard isChanged else { return }
    isChanged = false
    guard trusts else { return kept.write([], as: name) }
    let all = algorithms.merging(keptAlgorithms) { mine, _ in mine }
    var lines = ""
    for (title, algorithm) in all.sorted(by: { $0.key < $1.key }) {
      lines += "\(title)=\(Self.text(of: algorithm))\n"
    }
    kept.write(Array(lines.utf8), as: name)
  }

  private static func text(of algorithm: CUDAProductAlgorithm) -> String {
    withUnsafeBytes(of: algorithm) { bytes in
      bytes.map { byte in
        let digits = String(byte, radix: 16)
        return byte < 16 ? "0" + digits : digits
      }.joined()
    }
  }

  private static func algorithm(of text: Substring) -> CUDAProductAlgorithm? {
    let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
    var algorithm = CUDAProductAlgorithm()
    let isWhole = withUnsafeMutableBytes(of: &algorithm) { bytes in
      guard digits.count == 2 * bytes.count, digits.count == text.utf8.count else { return false }
      for index in bytes.indices {
        bytes[index] = UInt8(16 * digits[2 * index] + digits[2 * index + 1])
      }
      return true
    }
    return isWhole ? algorithm : nil
  }
}
