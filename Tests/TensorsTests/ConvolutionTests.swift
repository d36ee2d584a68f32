import Foundation
import Testing

@testable import Tensors

@Suite struct `A convolution` {
  /// By the definition: [outputs, height, width].
  private func convolve(
    _ x: [Float], _ w: [Float], _ shape: ConvolutionShape, _ height: Int, _ width: Int
  ) -> [Float] {
    var y: [Float] = []
    for output in 0..<shape.outputs {
      for row in 0..<shape.output(of: height) {
        for column in 0..<shape.output(of: width) {
          var sum = 0.0
          for input in 0..<shape.inputs {
            for down in 0..<shape.kernel {
              for right in 0..<shape.kernel {
                let (r, c) = (
                  row * shape.stride + down - shape.padding,
                  column * shape.stride + right - shape.padding
                )
                guard 0 <= r, r < height, 0 <= c, c < width else { continue }
                let weight =
                  ((output * shape.inputs + input) * shape.kernel + down) * shape.kernel + right
                sum += Double(x[(input * height + r) * width + c]) * Double(w[weight])
              }
            }
          }
          y.append(Float(sum))
        }
      }
    }
    return y
  }

  @Test(arguments: [
    ConvolutionShape(inputs: 3, outputs: 16, kernel: 7, stride: 2, padding: 3),
    ConvolutionShape(inputs: 16, outputs: 5, kernel: 1, stride: 1, padding: 0),
    ConvolutionShape(inputs: 20, outputs: 24, kernel: 3, stride: 1, padding: 1),
    ConvolutionShape(inputs: 16, outputs: 32, kernel: 3, stride: 2, padding: 1),
    ConvolutionShape(inputs: 16, outputs: 32, kernel: 1, stride: 2, padding: 0),
  ])
  func `scales, shifts, adds and cuts at zero`(shape: ConvolutionShape) throws {
    let backend = try Backends.make(threads: 2)
    let (height, width) = (11, 14)
    let x = numbers(shape.inputs * height * width)
    let w = numbers(shape.outputs * shape.inputs * shape.kernel * shape.kernel, seed: 2)
    let weight = Parameter(
      w, shape: [shape.outputs, shape.inputs, shape.kernel, shape.kernel])
    let (scale, shift) = (numbers(shape.outputs, seed: 3), numbers(shape.outputs, seed: 4))
    let plan = try backend.featurePlan(channels: shape.inputs, height: height, width: width)
    let image = try backend.featureMap(
      x, channels: shape.inputs, height: height, width: width)
    let first = try backend.convolution(
      weight, scale: scale, shift: shift, shape: shape, relu: false, adding: nil, range: nil,
      after: plan)
    let second = try backend.convolution(
      weight, scale: scale, shift: shift, shape: shape, relu: true, adding: first.output,
      range: nil,
      after: plan)
    let area = first.output.height * first.output.width
    let plain = convolve(x, w, shape, height, width).enumerated().map { index, value in
      value * scale[index / area] + shift[index / area]
    }
    let map = try first(image, adding: nil)
    expectClose(try backend.values(of: map), plain, within: 1e-4)
    expectClose(
      try backend.values(of: second(image, adding: map)), plain.map { max(0, 2 * $0) },
      within: 1e-4)
  }

  /// Deep layers on many cells take another algorithm than narrow ones.
  @Test func `of many channels is the sum of those of a half each`() throws {
    let backend = try Backends.make(threads: 2)
    let (channels, outputs, side) = (256, 32, 33)
    let x = numbers(channels * side * side)
    let w = numbers(outputs * channels * 9, seed: 2)
    let none = [Float](repeating: 0, count: outputs)
    let one = [Float](repeating: 1, count: outputs)
    func layer(_ range: Range<Int>, adding sum: FeaturePlan?) throws -> any FeatureLayer {
      var weight: [Float] = []
      for output in 0..<outputs {
        let start = output * channels
        weight += w[(start + range.lowerBound) * 9..<(start + range.upperBound) * 9]
      }
      return try backend.convolution(
        Parameter(weight, shape: [outputs, range.count, 3, 3]), scale: one, shift: none,
        shape: ConvolutionShape(
          inputs: range.count, outputs: outputs, kernel: 3, stride: 1, padding: 1), relu: false,
        adding: sum, range: nil,
        after: backend.featurePlan(channels: range.count, height: side, width: side))
    }
    func map(_ range: Range<Int>) throws -> FeatureMap {
      try backend.featureMap(
        Array(x[range.lowerBound * side * side..<range.upperBound * side * side]),
        channels: range.count, height: side, width: side)
    }
    let whole = try layer(0..<channels, adding: nil)
    let first = try layer(0..<channels / 2, adding: nil)
    let second = try layer(channels / 2..<channels, adding: first.output)
    let half = try first(map(0..<channels / 2), adding: nil)
    let sum = try second(map(channels / 2..<channels), adding: half)
    let all = try whole(map(0..<channels), adding: nil)
    expectClose(try backend.values(of: all), try backend.values(of: sum), within: 1e-3)
  }

  /// The library would keep the memory that it works in with the thread that made a layer.
  @Test func `may be made on one thread and computed on another`() throws {
    let backend = try CPU(threads: 2)
    let (channels, side) = (256, 33)
    let plan = try backend.featurePlan(channels: channels, height: side, width: side)
    let layer = try backend.convolution(
      Parameter(numbers(channels * channels * 9), shape: [channels, channels, 3, 3]),
      scale: [Float](repeating: 1, count: channels),
      shift: [Float](repeating: 0, count: channels),
      shape: ConvolutionShape(
        inputs: channels, outputs: channels, kernel: 3, stride: 1, padding: 1), relu: false,
      adding: nil, range: nil, after: plan)
    let x = try backend.featureMap(
      numbers(channels * side * side, seed: 2), channels: channels, height: side, width: side)
    // The other thread has all of it until it is done, and this one waits.
    nonisolated(unsafe) let (place, shared, image) = (backend, layer, x)
    nonisolated(unsafe) var elsewhere: Result<[Float], any Error>?
    let done = DispatchSemaphore(value: 0)
    Thread {
      place.enter()
      elsewhere = Result { try place.values(of: shared(image, adding: nil)) }
      done.signal()
    }.start()
    done.wait()
    let here = try backend.values(of: layer(x, adding: nil))
    expectClose(try #require(elsewhere).get(), here, within: 0)
  }

  @Test(arguments: [(8, 8), (7, 10), (1, 1)])
  func `is followed by a pooling of 3 × 3`(size: (height: Int, width: Int)) throws {
    let backend = try Backends.make(threads: 2)
    let x = numbers(16 * size.height * size.width)
    let plan = try backend.featurePlan(channels: 16, height: size.height, width: size.width)
    let pool = try backend.maxPool(range: nil, after: plan)
    let map = try pool(
      backend.featureMap(x, channels: 16, height: size.height, width: size.width), adding: nil)
    var expected: [Float] = []
    for channel in 0..<16 {
      for row in 0..<(size.height + 1) / 2 {
        for column in 0..<(size.width + 1) / 2 {
          var highest = -Float.infinity
          for r in max(0, 2 * row - 1)...min(size.height - 1, 2 * row + 1) {
            for c in max(0, 2 * column - 1)...min(size.width - 1, 2 * column + 1) {
              highest = max(highest, x[(channel * size.height + r) * size.width + c])
            }
          }
          expected.append(highest)
        }
      }
    }
    expectClose(try backend.values(of: map), expected, within: 0)
    let tokens = try backend.values(of: backend.tokens(of: map))
    let area = map.plan.height * map.plan.width
    expectClose(
      tokens, (0..<16 * area).map { expected[$0 % 16 * area + $0 / 16] }, within: 0)
  }
}
