/// Sixteen numbers at a time: loops that compilers leave alone because pointers might overlap.
///
/// Blocks of a pool are aligned and have room for whole vectors behind their last number.
extension UnsafeMutablePointer where Pointee == Float {
  @inline(__always)
  func vector(_ place: Int) -> SIMD16<Float> {
    UnsafeRawPointer(self + place).loadUnaligned(as: SIMD16<Float>.self)
  }

  @inline(__always)
  func setVector(_ place: Int, _ value: SIMD16<Float>) {
    UnsafeMutableRawPointer(self + place).storeBytes(of: value, as: SIMD16<Float>.self)
  }
}

/// Visits the first place of every vector of a range that begins at a multiple of 16; the last vector may
/// reach beyond its end.
@inline(__always)
func forEachVector(of range: Range<Int>, _ body: (Int) -> Void) {
  for place in stride(from: range.lowerBound, to: range.upperBound, by: 16) { body(place) }
}
