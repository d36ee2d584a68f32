import Foundation
import HostDevice
import TestKit
import Testing

@testable import CUDA
@testable import Tensors

/// Algorithms of products from one start to the next, on a device whose library proposes a slow one first.
@Suite(.serialized) final class `Choices of algorithms` {
  private let folder: URL

  init() throws { folder = try Place.temporaryFolder() }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// Starts a network that has one product, and runs it.
  ///
  /// - Returns: how often the slow algorithm was tried.
  private func start(trusting: Bool = true) throws -> Int32 {
    let network = try HostMachine.network(.f32, folder: folder.path, trusts: trusting)
    let recorder = PlanRecorder(factors: .f32)
    let size = PlanSize(images: 1, sentences: 1, tokens: 1)
    try recorder.begin(size)
    let weight = Parameter((0..<64).map { Float($0) }, shape: [8, 8])
    let layer = try recorder.linear(weight, bias: nil, activation: .none, feedsProducts: true)
    let result = try layer(recorder.tensor([Float](repeating: 1, count: 8), columns: 8))
    try network.load(recorder.finish([(.boxes, result)]), weights: recorder.weights)
    try network.submit(
      PlanInput(pixels: [], sentences: [], images: []), size: size, lane: 0)
    let answer = try network.collect(lane: 0)
    #expect(answer.boxes.first == 28)
    return hostDeviceCalls("slow product")
  }

  private func kept() throws -> URL {
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    let name = try #require(files.first { $0.hasSuffix(".products") })
    return folder.appending(path: name)
  }

  @Test func `are kept for the next start`() throws {
    #expect(try start() > 0)
    #expect(try start() == 0)
    #expect(hostDeviceCalls("cublasLtMatmulAlgoCheck") == 1)
  }

  @Test func `are made again when the file is cut`() throws {
    _ = try start()
    let file = try kept()
    try Data(contentsOf: file).dropLast(3).write(to: file)
    #expect(try start() > 0)
    #expect(try start() == 0)
  }

  @Test func `are made again when the library refuses them`() throws {
    _ = try start()
    let file = try kept()
    let lines = try String(contentsOf: file, encoding: .utf8)
      .replacing("0d60", with: "0d61").split(separator: "\n")
    let text = lines.dropLast().map { $0 + "\n" }.joined()
    KeptFiles(folder: folder.path).write(Array(text.utf8), as: file.lastPathComponent)
    #expect(try start() > 0)
  }

  /// After a fault the library's first proposal is taken, which here is slow; nothing of it is kept.
  @Test func `are not believed after a fault, and made again at the next start`() throws {
    _ = try start()
    let slow = try start(trusting: false)
    #expect(slow > 0 && hostDeviceCalls("fast product") == 0)
    #expect(try start() > 0)
    #expect(hostDeviceCalls("fast product") > 0)
    #expect(try start() == 0)
  }
}
