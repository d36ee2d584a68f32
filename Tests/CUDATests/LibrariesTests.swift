import Foundation
import HostDevice
import Testing

@testable import CUDA
@testable import Tensors

@Suite(.serialized) struct `NVIDIA's libraries` {
  @Test(arguments: [NVIDIALibrary.driver, .products, .compiler])
  func `say which of them is missing and how to get it`(missing: NVIDIALibrary) {
    let error = #expect(throws: CUDAError.self) {
      try CUDALibraries { (library, versions) throws(CUDAError) in
        guard library != missing else { throw .missingLibrary(library, reason: "no such file") }
        return try HostMachine.opener(library, versions)
      }
    }
    #expect(error == .missingLibrary(missing, reason: "no such file"))
    #expect(error?.description.contains(missing == .driver ? "driver" : "pip install") == true)
  }

  @Test(arguments: ["cuGraphLaunch", "cublasLtMatmul", "nvrtcGetCUBIN"])
  func `say which call is missing, and where`(call: String) {
    let error = #expect(throws: CUDAError.self) {
      try CUDALibraries { (library, versions) throws(CUDAError) in
        let whole = try HostMachine.opener(library, versions)
        return OpenLibrary(path: "/somewhere") { $0 == call ? nil : whole.address($0) }
      }
    }
    guard case .missingCall(_, path: "/somewhere", call: call) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func `are needed, but for the one that only says how the card is`() throws {
    hostDeviceReset(1 << 30)
    let libraries = try CUDALibraries { (library, versions) throws(CUDAError) in
      guard library != .monitor else { throw .missingLibrary(library, reason: "none") }
      return try HostMachine.opener(library, versions)
    }
    #expect(libraries.monitor == nil)
    #expect(DeviceMonitor(try CUDADevice(libraries, ordinal: 0)) == nil)
    #expect(libraries.versions == "driver 13.0, cuBLASLt 13.0.0, NVRTC 13.0")
  }

  @Test func `are found in folders of files and of Python's packages`() throws {
    let root = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: root) }
    let folder = root.appending(path: "lib/python3.11/site-packages/nvidia/cu12/lib")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let library = try #require(Self.anyLibrary)
    try FileManager.default.copyItem(
      at: library, to: folder.appending(path: "libnvrtc.so.12"))
    for place in [root, root.appending(path: "lib/python3.11/site-packages"), folder] {
      let search = LibrarySearch(folder: place.path, environment: [:])
      let found = try search.open(.compiler, [99, 12])
      #expect(found.path == folder.appending(path: "libnvrtc.so.12").path)
    }
    let nowhere = LibrarySearch(folder: "/nowhere", environment: [:])
    #expect(throws: CUDAError.self) { try nowhere.open(.compiler, [99]) }
  }

  /// Some library of this machine; what is in it does not matter.
  private static var anyLibrary: URL? {
    ["/lib/x86_64-linux-gnu/libm.so.6", "/lib64/libm.so.6", "/lib/aarch64-linux-gnu/libm.so.6"]
      .map { URL(filePath: $0) }.first { FileManager.default.fileExists(atPath: $0.path) }
  }

  @Test func `say how the card is, as far as it tells`() throws {
    let monitor = try #require(DeviceMonitor(HostMachine.device()))
    var expected = DeviceMonitor.Reading()
    (expected.utilization, expected.usedBytes, expected.celsius) = (0.4, 300, 61)
    #expect(monitor.reading == expected)
  }

  @Test(arguments: [(100, "finds no GPU"), (803, "different versions"), (999, "999")])
  func `say why the driver does not start`(status: Int, words: String) {
    hostDeviceReset(1 << 30)
    hostDeviceFail("cuInit", 1, Int32(status), 1)
    defer { hostDeviceReset(1 << 30) }
    let error = #expect(throws: CUDAError.self) { try CUDALibraries(HostMachine.opener) }
    #expect(error == .driverDoesNotStart(status: status))
    #expect(error?.description.contains(words) == true && error?.mayPass == false)
  }

  @Test func `refuse a device that is not there`() throws {
    hostDeviceReset(1 << 30)
    let libraries = try CUDALibraries(HostMachine.opener)
    let error = #expect(throws: CUDAError.self) { try CUDADevice(libraries, ordinal: 3) }
    #expect(error == .noDevice(ordinal: 3, count: 1))
  }

  /// Where they are installed; NVRTC is fetched for the test beside this one.
  @Test(arguments: NVIDIALibrary.allCases)
  func `that are here have every call`(library: NVIDIALibrary) throws {
    let folder = ProcessInfo.processInfo.environment["GROUNDED_TEST_CUDA"] ?? RealCompiler.folder
    let search = LibrarySearch(
      folder: folder, environment: ProcessInfo.processInfo.environment)
    do throws(CUDAError) {
      let count = try CUDALibraries.check(library, in: search.opener)
      #expect(count == CUDALibraries.names(of: library).count && count > 6)
    } catch {
      guard case .missingLibrary = error else { throw error }
      print("skipped: \(library.title) is not on this machine (GROUNDED_TEST_CUDA names a folder)")
    }
  }
}
