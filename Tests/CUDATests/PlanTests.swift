import HostDevice
import Testing

@testable import CUDA
@testable import Tensors

@Suite(.serialized) struct `A plan` {
  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func `never lets two activations share bytes that are alive`(seed: UInt64) {
    let random = numbers(3 * 120, seed: seed)
    var buffers = (0..<120).map { index in
      let start = Int((random[3 * index] + 1) * 100)
      var buffer = PlanBuffer(bytes: 1 + Int((random[3 * index + 1] + 1) * 5000))
      buffer.life = start..<start + 1 + Int((random[3 * index + 2] + 1) * 10)
      return buffer
    }
    let bytes = buffers.place()
    for (index, one) in buffers.enumerated() {
      #expect(one.offset % 256 == 0 && one.offset + one.bytes <= bytes)
      for other in buffers.dropFirst(index + 1) where one.life.overlaps(other.life) {
        #expect(
          one.offset + one.bytes <= other.offset || other.offset + other.bytes <= one.offset)
      }
    }
    // What is alive at a time needs room; the plan needs little more.
    func need(at step: Int) -> Int {
      var sum = 0
      for buffer in buffers where buffer.life.contains(step) {
        sum += (buffer.bytes + 255) / 256 * 256
      }
      return sum
    }
    let most = (0..<230).map { need(at: $0) }.max() ?? 0
    #expect(bytes >= most && bytes <= most * 5 / 4)
  }

  @Test func `keeps apart what its two tracks know`() throws {
    let recorder = PlanRecorder(factors: .f32)
    try recorder.begin(PlanSize(images: 1, sentences: 1, tokens: 1))
    func chain() throws -> Tensor {
      var x = try recorder.tensor(numbers(64), columns: 8)
      for _ in 0..<4 { x = try recorder.sum(x, x) }
      return x
    }
    let text = try recorder.aside { try chain() }
    let image = try chain()
    recorder.meet()
    let plan = recorder.finish([(.boxes, try recorder.sum(text, image))])
    #expect(plan.steps.prefix(plan.meeting).contains { $0.track == .aside })
    for one in plan.buffers where one.track == .aside {
      for other in plan.buffers where other.track == .main {
        #expect(
          one.offset + one.bytes <= other.offset || other.offset + other.bytes <= one.offset)
      }
    }
    // Within a track memory is used again: a chain of five needs three of 256 bytes.
    #expect(plan.arenaBytes <= (3 + 3 + 2) * 256)
  }

  private func loaded(_ network: DeviceNetwork) throws -> PlanSize {
    let recorder = PlanRecorder(factors: .f32)
    let size = PlanSize(images: 1, sentences: 1, tokens: 1)
    let weight = Parameter(numbers(64), shape: [8, 8])
    let layer = try recorder.linear(weight, bias: nil, activation: .none, feedsProducts: false)
    try recorder.begin(size)
    let answer = try layer(recorder.tensor(numbers(16), columns: 8))
    try network.load(recorder.finish([(.logits, answer)]), weights: recorder.weights)
    return size
  }

  private let input = PlanInput(pixels: [], sentences: [[1]], images: [0])

  @Test func `is captured once for each lane and launched every time`() throws {
    let network = try HostMachine.network(.f32)
    let size = try loaded(network)
    var answers: [[Float]] = []
    for run in 0..<6 {
      try network.submit(input, size: size, lane: run % 2)
      answers.append(try network.collect(lane: run % 2).logits)
    }
    #expect(Set(answers).count == 1)
    // The library proposes two algorithms: each is a graph of four that runs three times.
    #expect(hostDeviceCalls("cuGraphInstantiateWithFlags") == 2 + 2)
    #expect(hostDeviceCalls("cuGraphLaunch") == 6 + 2 * 3)
    // The first of them is slow: it was tried, and never taken. Each lane does all once before.
    #expect(hostDeviceCalls("slow product") == 1 + 4)
    #expect(hostDeviceCalls("fast product") == 1 + 4 + 2 * 2)
  }

  @Test func `gives back all of the device's memory`() throws {
    do {
      let network = try HostMachine.network(.f32)
      let size = try loaded(network)
      try network.submit(input, size: size, lane: 0)
      _ = try network.collect(lane: 0)
      #expect(hostDeviceBytes() == network.bytes)
    }
    #expect(hostDeviceBytes() == 0)
  }

  @Test func `says how much memory it did not get`() throws {
    let error = #expect(throws: CUDAError.self) {
      try HostMachine.network(.f32, bytes: 40 << 20)
    }
    #expect(error == .outOfMemory(bytes: 32 << 20))
    #expect(error?.mayPass == false)
  }

  @Test func `names the call that failed and the driver's word for it`() throws {
    let network = try HostMachine.network(.f32)
    let size = try loaded(network)
    hostDeviceFail("cuGraphLaunch", 1, 700, 0)
    let error = #expect(throws: CUDAError.self) {
      try network.submit(input, size: size, lane: 0)
    }
    #expect(
      error == .failed(call: "cuGraphLaunch", status: 700, name: "CUDA_ERROR_ILLEGAL_ADDRESS"))
    #expect(error?.mayPass == true)
  }
}
