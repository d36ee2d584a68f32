import Foundation
import Testing

@testable import Tensors

/// Backends that owe the same numbers. The reference itself is held against definitions.
enum Backends {
  static func make(threads: Int) throws -> any Backend { try CPU(threads: threads) }
}

@Suite struct `Every backend` {
  @Test(arguments: [(1, 3, 5), (31, 64, 16), (33, 20, 129), (70, 7, 1)], [1, 2])
  func `multiplies by the transposed weight and adds the bias`(
    sizes: (rows: Int, inputs: Int, outputs: Int), threads: Int
  ) throws {
    let backend = try Backends.make(threads: threads)
    let x = numbers(sizes.rows * sizes.inputs)
    let w = numbers(sizes.outputs * sizes.inputs, seed: 2)
    let b = numbers(sizes.outputs, seed: 3)
    let weight = Parameter(w, shape: [sizes.outputs, sizes.inputs])
    let bias = Parameter(b, shape: [sizes.outputs])
    let input = try backend.tensor(x, columns: sizes.inputs)
    let expected = product(x, w, b, inputs: sizes.inputs)
    let linear = try backend.linear(weight, bias: bias, activation: .none, feedsProducts: false)
    expectClose(try backend.values(of: linear(input)), expected)
    let relu = try backend.linear(weight, bias: bias, activation: .relu, feedsProducts: false)
    expectClose(try backend.values(of: relu(input)), expected.map { max(0, $0) })
    let gelu = try backend.linear(weight, bias: nil, activation: .gelu, feedsProducts: false)
    let zeros = [Float](repeating: 0, count: sizes.outputs)
    expectClose(
      try backend.values(of: gelu(input)),
      product(x, w, zeros, inputs: sizes.inputs).map {
        Float(Double($0) * (1 + erf(Double($0) / 2.0.squareRoot())) / 2)
      })
    let other = numbers(expected.count, seed: 4)
    let sum = try backend.tensor(other, columns: sizes.outputs)
    let gated = try backend.values(of: linear.product(input, times: sum))
    expectClose(gated, zip(expected, other).map { $0 * $1 })
    try linear.add(input, to: sum)
    expectClose(try backend.values(of: sum), zip(expected, other).map { $0 + $1 })
  }

  @Test func `leaves the rows beside a view alone`() throws {
    let backend = try Backends.make(threads: 2)
    let weight = Parameter(numbers(16), shape: [4, 4])
    let linear = try backend.linear(weight, bias: nil, activation: .none, feedsProducts: false)
    let whole = try backend.tensor([Float](repeating: 1, count: 400), columns: 4)
    let input = try backend.tensor(numbers(12), columns: 4)
    try linear.add(input, to: whole.rows(5..<8))
    let values = try backend.values(of: whole)
    let outside = values[..<20] + values[32...]
    #expect(outside.allSatisfy { $0 == 1 })
    #expect(values[20..<32].contains { $0 != 1 })
  }

  @Test func `normalises rows`() throws {
    let backend = try Backends.make(threads: 2)
    let (rows, columns) = (37, 24)
    let x = numbers(rows * columns)
    let (gain, bias) = (numbers(columns, seed: 2), numbers(columns, seed: 3))
    let norm = try backend.norm(
      weight: Parameter(gain, shape: [columns]), bias: Parameter(bias, shape: [columns]),
      epsilon: 1e-5)
    var expected: [Float] = []
    for row in 0..<rows {
      let part = x[row * columns..<(row + 1) * columns].map { Double($0) }
      let mean = part.reduce(0, +) / Double(columns)
      let variance = part.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(columns)
      expected += part.indices.map {
        Float((part[$0] - mean) / (variance + 1e-5).squareRoot() * Double(gain[$0]))
          + bias[$0]
      }
    }
    let input = try backend.tensor(x, columns: columns)
    expectClose(try backend.values(of: norm(input)), expected)
    #expect(try backend.values(of: input) == x)
    let places = numbers(rows * columns, seed: 4)
    let factors = try norm.normalize(input, placing: backend.tensor(places, columns: columns))
    expectClose(try backend.values(of: input), expected)
    expectClose(try backend.values(of: factors.values), expected)
    expectClose(
      try backend.values(of: factors.placed), zip(expected, places).map { $0 + $1 })
  }

  @Test func `gathers, joins, sums, clears and squashes`() throws {
    let backend = try Backends.make(threads: 2)
    let table = Parameter(numbers(30), shape: [10, 3])
    let rows = try backend.gather(table, [9, 0, 9])
    let values = table.values
    let (first, last) = (Array(values[..<3]), Array(values[27...]))
    expectClose(try backend.values(of: rows), last + first + last)
    let sum = try backend.sum(rows, rows)
    expectClose(try backend.values(of: sum), (last + first + last).map { 2 * $0 })
    let joined = try backend.joined([sum.rows(1..<2), rows.rows(0..<0), rows.rows(0..<2)])
    expectClose(try backend.values(of: joined), first.map { 2 * $0 } + last + first)
    try backend.clear(sum.rows(0..<1))
    #expect(try backend.values(of: sum.rows(0..<1)) == [0, 0, 0])
    try backend.sigmoid(rows)
    let squashed = first.map { (value: Float) -> Float in 1 / (1 + exp(-value)) }
    expectClose(try backend.values(of: rows.rows(1..<2)), squashed)
  }

  @Test func `turns heads by their position in the sentence`() throws {
    let backend = try Backends.make(threads: 2)
    let (heads, size, theta) = (2, 6, Float(100))
    let x = numbers(5 * heads * size)
    let tensor = try backend.tensor(x, columns: heads * size)
    try backend.rotate(tensor, heads: heads, theta: theta, segments: [0..<2, 2..<5])
    var expected = x
    for (row, position) in [0, 1, 0, 1, 2].enumerated() {
      for head in 0..<heads {
        for pair in 0..<size / 2 {
          let first = row * heads * size + head * size + pair
          let second = first + size / 2
          let angle = Float(position) / pow(theta, Float(2 * pair) / Float(size))
          expected[first] = x[first] * cos(angle) - x[second] * sin(angle)
          expected[second] = x[second] * cos(angle) + x[first] * sin(angle)
        }
      }
    }
    expectClose(try backend.values(of: tensor), expected)
  }
}
