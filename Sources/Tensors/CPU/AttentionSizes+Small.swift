internal import COpenBLAS
internal import Glibc

/// Attention within a sentence, by OpenBLAS: it needs no kernel made for every length that a sentence
/// may have. Alone it takes 6 µs where oneDNN's two products take 8 (12 heads of 64 channels, 16
/// tokens), 10 against 12 at 24 tokens; from some 100 rows on oneDNN wins. In the whole network the
/// two cannot be told apart.
extension AttentionSizes {
  /// True where OpenBLAS is the faster one.
  var isSmall: Bool { queries <= 64 && keys <= 64 && !isHalf }

  /// scores[head] = q · kᵀ / √size
  func multiplyScores(
    _ q: UnsafePointer<Float>, _ k: UnsafePointer<Float>,
    to scores: UnsafeMutablePointer<Float>
  ) {
    for head in 0..<heads {
      cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasTrans, Int32(queries), Int32(keys), Int32(size),
        1 / Float(size).squareRoot(), q + head * size, Int32(queryStride), k + head * size,
        Int32(keyStride), 0, scores + head * queries * keys, Int32(keys))
    }
  }

  /// Each row becomes exp(row − max) / Σ; a key at −∞ gets nothing.
  func softmax(_ scores: UnsafeMutablePointer<Float>) {
    for row in 0..<heads * queries {
      let values = scores + row * keys
      var most = values[0]
      for key in 1..<max(1, keys) { most = max(most, values[key]) }
      var sum: Float = 0
      for key in 0..<keys {
        values[key] = exp(values[key] - most)
        sum += values[key]
      }
      for key in 0..<keys { values[key] /= sum }
    }
  }

  /// y[head] = scores[head] · v
  func multiplyMix(
    _ scores: UnsafePointer<Float>, _ v: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>
  ) {
    for head in 0..<heads {
      cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(queries), Int32(size), Int32(keys), 1,
        scores + head * queries * keys, Int32(keys), v + head * size, Int32(valueStride), 0,
        y + head * size, Int32(resultStride))
    }
  }
}
