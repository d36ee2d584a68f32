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
        guard library != missing else {
          throw .missingLibrary(library, version: 13, reason: "no such file")
        }
        return try HostMachine.opener(library, versions)
      }
    }
    #expect(error == .missingLibrary(missing, version: 13, reason: "no such file"))
    #expect(error?.description.contains(missing == .driver ? "driver" : "pip install") == true)
    #expect(error?.wantsPerson == true && error?.isForLackOfGPU == (missing == .driver))
  }

  @Test func `are asked for by the packages that fit the driver`() {
    let packages = [(12, "nvidia-cublas-cu12 nvidia-cuda-nvrtc-cu12`"), (13, "nvidia-cublas nv")]
    for (version, words) in packages {
      let error = CUDAError.missingLibrary(.products, version: version, reason: "r")
      #expect(error.description.contains(words), "\(error)")
    }
    let nowhere = LibrarySearch(folder: "/nowhere", environment: [:])
    let error = #expect(throws: CUDAError.self) { try nowhere.open(.products, [98, 99]) }
    guard case .missingLibrary(.products, 99, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func `are at fault for a while, or until somebody does something`() {
    let passing: [CUDAError] = [
      .failed(call: "cuCtxCreate", status: 46, name: "n"), .driverDoesNotStart(status: 802),
      .outOfMemory(bytes: 1), .outOfPinnedMemory(bytes: 1), .noDevice(ordinal: 0, count: 0),
    ]
    let lasting: [CUDAError] = [
      .oldDriver(version: "11.4"), .unsupportedDevice(name: "n", architecture: "7.5"),
      .compilation(log: "l"), .wrongAnswers(distance: 1),
      .missingCall(.driver, version: 13, path: "p", call: "c"),
    ]
    #expect(passing.allSatisfy { !$0.wantsPerson } && lasting.allSatisfy { $0.wantsPerson })
    #expect(passing[0].description.contains("nvidia-smi -c 0"))
    #expect(CUDAError.failed(call: "cuMemcpy", status: 700, name: "n").description.contains("Xid"))
    #expect(lasting[0].description.contains("12.0 is needed"))
    #expect(lasting[1].description.contains("another card's cuda:N"))
    #expect(lasting[2].description.contains("pip install --upgrade nvidia-cuda-nvrtc"))
  }

  @Test(arguments: ["cuGraphLaunch", "cublasLtMatmul", "nvrtcGetCUBIN"])
  func `say which call is missing, and where`(call: String) {
    let error = #expect(throws: CUDAError.self) {
      try CUDALibraries { (library, versions) throws(CUDAError) in
        let whole = try HostMachine.opener(library, versions)
        return OpenLibrary(path: "/somewhere") { $0 == call ? nil : whole.address($0) }
      }
    }
    guard case .missingCall(_, 13, path: "/somewhere", call: call) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func `are needed, but for the one that only says how the card is`() throws {
    hostDeviceReset(1 << 30)
    let libraries = try CUDALibraries { (library, versions) throws(CUDAError) in
      guard library != .monitor else { throw .missingLibrary(library, version: 13, reason: "none") }
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
    // What is configured goes before what is newer elsewhere.
    let elsewhere = root.appending(path: "home/.local/lib/python3.11/site-packages/nvidia/cu13/lib")
    try FileManager.default.createDirectory(at: elsewhere, withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      at: library, to: elsewhere.appending(path: "libnvrtc.so.99"))
    let home = ["HOME": root.appending(path: "home").path]
    let both = LibrarySearch(folder: folder.path, environment: home)
    #expect(try both.open(.compiler, [99, 12]).path.hasPrefix(folder.path))
    #expect(
      try LibrarySearch(folder: nil, environment: home).open(.compiler, [99]).path
        .hasPrefix(elsewhere.path))
    // A file that is there and does not open is what is spoken of.
    try Data("no library".utf8).write(to: folder.appending(path: "libnvrtc.so.98"))
    let error = #expect(throws: CUDAError.self) { try both.open(.compiler, [98, 97]) }
    #expect(error?.description.contains(folder.path) == true, "\(String(describing: error))")
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

  @Test(arguments: [
    (100, "finds no GPU"), (802, "fabricmanager"), (803, "different versions"),
    (804, "cuda-compat"), (999, "999"),
  ])
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

  @Test(arguments: NVIDIALibrary.allCases)
  func `that are here have every call`(library: NVIDIALibrary) throws {
    guard RealLibraries.all.contains(library) else {
      return print("skipped: \(library.title) is not on this machine")
    }
    let count = try CUDALibraries.check(library, in: RealLibraries.opener)
    #expect(count == CUDALibraries.names(of: library).count && count > 6)
  }
}
