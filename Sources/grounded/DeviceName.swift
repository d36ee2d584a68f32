/// What computes, as people write it: `cpu`, or `cuda:` and the driver's number of a GPU.
enum DeviceName: Hashable, Sendable {
  case cpu
  case gpu(Int)

  /// Nil for anything else.
  init?(_ text: String) {
    if text == "cpu" {
      self = .cpu
      return
    }
    let digits = text.dropFirst(5)
    guard text.hasPrefix("cuda:"), digits.count <= 2,
      digits.allSatisfy({ $0.isASCII && $0.isNumber }),
      let number = Int(digits)
    else { return nil }
    self = .gpu(number)
  }
}
