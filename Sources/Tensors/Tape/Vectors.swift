/// Loops over sixteen numbers at a time: compilers leave the plain ones alone, because pointers might overlap.
///
/// Ranges begin at a multiple of 16; the last vector may reach beyond the end, for which blocks of a pool have
/// room.

/// y += x
func addVectors(
  _ x: UnsafeMutablePointer<Float>, to y: UnsafeMutablePointer<Float>, _ range: Range<Int>
) {
  var place = range.lowerBound
  while place < range.upperBound {
    y.setVector(place, y.vector(place) + x.vector(place))
    place += 16
  }
}

/// y = max(0, y + x)
func addAndRectify(
  _ x: UnsafeMutablePointer<Float>, to y: UnsafeMutablePointer<Float>, _ range: Range<Int>
) {
  var place = range.lowerBound
  while place < range.upperBound {
    var sum = y.vector(place) + x.vector(place)
    sum.replace(with: SIMD16<Float>.zero, where: sum .< SIMD16<Float>.zero)
    y.setVector(place, sum)
    place += 16
  }
}

/// ∂y = 0 where y ≤ 0
func rectifyBack(
  _ dy: UnsafeMutablePointer<Float>, where y: UnsafeMutablePointer<Float>, _ range: Range<Int>
) {
  var place = range.lowerBound
  while place < range.upperBound {
    var slope = dy.vector(place)
    slope.replace(with: SIMD16<Float>.zero, where: y.vector(place) .<= SIMD16<Float>.zero)
    dy.setVector(place, slope)
    place += 16
  }
}

extension UnsafeMutablePointer where Pointee == Float {
  @inline(__always)
  fileprivate func vector(_ place: Int) -> SIMD16<Float> {
    UnsafeRawPointer(self + place).loadUnaligned(as: SIMD16<Float>.self)
  }

  @inline(__always)
  fileprivate func setVector(_ place: Int, _ value: SIMD16<Float>) {
    UnsafeMutableRawPointer(self + place).storeBytes(of: value, as: SIMD16<Float>.self)
  }
}
