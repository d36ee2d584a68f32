import Foundation
import HostDevice
import Testing

@testable import CUDA
@testable import Tensors

@Suite(.serialized) struct `The kernels` {
  @Test(
    RealLibraries.compile,
    arguments: ["sm_80", "sm_90"], FactorKind.allCases)
  func `compile for a GPU`(architecture: String, factors: FactorKind) throws {
    let compiler = try KernelCompiler(compilerIn: RealLibraries.opener, cacheFolder: nil)
    let image = try compiler.image(
      for: KernelCompiler.Target(
        architecture: architecture, factors: factors, headSizes: Set(PlanRecorder.headSizes)))
    #expect(image.prefix(4) == [0x7f, 0x45, 0x4c, 0x46])  // an ELF file
    let text = String(decoding: image, as: UTF8.self)
    for kernel in Self.names where !kernel.contains("##") {
      #expect(text.contains(".text.\(kernel)"), "\(kernel)")
    }
    for size in PlanRecorder.headSizes {
      #expect(text.contains(".text.attention_floats_\(size)"))
      let onUnits = ["units", "wide", "turned"].filter {
        text.contains(".text.attention_\($0)_\(size)")
      }
      #expect(onUnits.isEmpty == (factors == .f32 || size % 16 != 0), "\(size): \(onUnits)")
      #expect(text.contains(".text.attention_factors_\(size)") == (factors != .f32))
    }
  }

  /// The built-in network's heads, none of which goes to matrix units.
  @Test(RealLibraries.compile)
  func `compile for heads of 24 channels alone`() throws {
    let compiler = try KernelCompiler(compilerIn: RealLibraries.opener, cacheFolder: nil)
    let image = try compiler.image(
      for: KernelCompiler.Target(architecture: "sm_90", factors: .bf16, headSizes: [24]))
    #expect(String(decoding: image, as: UTF8.self).contains(".text.attention_factors_24"))
  }

  /// Of all kernels in the source.
  private static let names = KernelSource.text.split(separator: "KERNEL(").dropFirst()
    .compactMap { $0.split(separator: ")").first.map { String($0) } }
    .filter { !$0.contains(" ") && $0 != "name" }

  @Test(RealLibraries.compile)
  func `name the line that does not compile`() throws {
    let compiler = try KernelCompiler(compilerIn: RealLibraries.opener, cacheFolder: nil)
    let error = #expect(throws: CUDAError.self) {
      try compiler.compile("int x = nothing;", ["--gpu-architecture=sm_90"])
    }
    guard case .compilation(let log) = error else { throw try #require(error) }
    #expect(log.contains("grounded.cu(1)") && log.contains("nothing"))
  }

  @Test func `are compiled once for each target, and kept by what they were made of`() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    hostDeviceReset(1 << 30)
    let compiler = try KernelCompiler(compilerIn: HostMachine.opener, cacheFolder: folder)
    var target = KernelCompiler.Target(
      architecture: "sm_90", factors: .bf16, headSizes: [32, 64])
    let image = try compiler.image(for: target)
    let files = { try FileManager.default.contentsOfDirectory(atPath: folder) }
    let name = try #require(try files().first)
    // What lies there is taken, not made again, if it is whole.
    KeptFiles(folder: folder).write([1, 2, 3], as: name)
    #expect(try compiler.image(for: target) == image)
    let later = try KernelCompiler(compilerIn: HostMachine.opener, cacheFolder: folder)
    #expect(try later.image(for: target) == [1, 2, 3])
    try Data([1, 2, 3]).write(to: URL(filePath: folder + "/" + name))
    let last = try KernelCompiler(compilerIn: HostMachine.opener, cacheFolder: folder)
    #expect(try last.image(for: target) == image)
    target.factors = .f16
    #expect(try compiler.image(for: target) != image)
    #expect(try files().count == 2)
    let careless = try KernelCompiler(compilerIn: HostMachine.opener, cacheFolder: "/proc/nowhere")
    #expect(try careless.image(for: target).count > 3)
    #expect(last.kept.canKeep && !careless.kept.canKeep && !KeptFiles(folder: nil).canKeep)
  }
}
