import Foundation
import JSON
import PostgresClient
import Testing

@testable import grounded

/// The daemon on a GPU that fails: the executable opens a device that is the processor in NVIDIA's libraries' place.
@Suite struct `A daemon whose GPU fails` {
  private func daemon(_ servers: Servers, device word: String = "cuda:0") throws -> Executable {
    let folder = servers.folder
    try servers.writeFilm()
    try SmallModel.write(seed: 1, to: folder.appending(path: "w.safetensors"))
    try SmallModel.writeTokenizer(to: folder.appending(path: "tokenizer.json"))
    let libraries = folder.appending(path: "cuda")
    try? FileManager.default.createDirectory(at: libraries, withIntermediateDirectories: false)
    let device = try #require(Bundle.main.executableURL).deletingLastPathComponent()
      .appending(path: "libHostDevice.so")
    for name in ["libcuda.so.1", "libcublasLt.so.13", "libnvrtc.so.13", "libnvidia-ml.so.1"] {
      try? FileManager.default.createSymbolicLink(
        at: libraries.appending(path: name), withDestinationURL: device)
    }
    let settings = [
      "grounder.device=\(word)", "grounder.cuda_folder=\(libraries.path)",
      "grounder.weights=\(folder.path)/w.safetensors",
      "grounder.tokenizer=\(folder.path)/tokenizer.json", "grounder.precision=f32",
      "images.allow=file:\(folder.path)",
    ]
    return try Executable(
      ["serve"] + servers.settings + settings.flatMap { ["--set", $0] }, in: folder,
      environment: ["HOST_DEVICE_FAULT": fault(servers).path])
  }

  private func fault(_ servers: Servers) -> URL { servers.folder.appending(path: "fault") }

  /// The device finds it whole or not at all.
  private func fail(_ words: String, _ servers: Servers) throws {
    try Data(words.utf8).write(to: fault(servers), options: .atomic)
  }

  /// Groundings in the ledger, and reports among them.
  private func made(_ servers: Servers) async throws -> [Int64?] {
    let rows = try await servers.database.rows(
      "SELECT count(*), count(DISTINCT report_id) FROM grounded.latest_grounding")
    return [rows.integer(0, 0), rows.integer(0, 1)]
  }

  /// A fault that passes: the batch is done again in a fresh context. One that lasts: the daemon ends, and the next
  /// one begins where it was.
  @Test(.timeLimit(.minutes(8))) func `loses and doubles no report`() async throws {
    try await Servers.with { servers in
      let served = try daemon(servers)
      try servers.sendFilm(0..<5, saying: "Left basal opacity.")
      try await servers.wait(for: 5, from: served)
      #expect(served.complaint.contains("a GPU computes"))
      try fail("cuGraphLaunch 700", servers)
      try servers.sendFilm(5..<10, saying: "Left basal opacity.")
      try await servers.wait(for: 10, from: served)
      #expect(!FileManager.default.fileExists(atPath: fault(servers).path))
      try fail("cuGraphLaunch 700 lasts", servers)
      try servers.sendFilm(10..<15, saying: "Left basal opacity.")
      #expect(await served.status() == 1)
      #expect(served.complaint.contains("CUDA_ERROR_ILLEGAL_ADDRESS"), "\(served.complaint)")
      #expect(try await made(servers) == [10, 10])
      let next = try daemon(servers)
      try await servers.wait(for: 15, from: next)
      #expect(await next.stopped() == 0, "\(next.complaint)")
      #expect(try await made(servers) == [15, 15])
    }
  }

  /// Whoever starts it again finds a card that has come back; a wrong configuration would not be tried again.
  @Test(.timeLimit(.minutes(4)), arguments: ["cuInit 802", "cuMemAlloc_v2 2"])
  func `at the start ends with a status that it is started again for`(fault: String) async throws {
    try await Servers.with { servers in
      try fail(fault + " lasts", servers)
      let first = try daemon(servers)
      #expect(await first.status() == 1, "\(first.complaint)")
      try servers.sendFilm(0..<2, saying: "Left basal opacity.")
      let next = try daemon(servers)
      try await servers.wait(for: 2, from: next)
      #expect(await next.stopped() == 0, "\(next.complaint)")
    }
  }

  /// Not even `auto` takes live work from a GPU to the CPU.
  @Test(.timeLimit(.minutes(4)))
  func `works on when the next network cannot be put on it`() async throws {
    try await Servers.with { servers in
      let served = try daemon(servers, device: "auto")
      try servers.sendFilm(0..<2, saying: "Left basal opacity.")
      try await servers.wait(for: 2, from: served)
      try fail("cuCtxCreate_v2 2 lasts", servers)
      let (next, weights) = ("next.safetensors", "w.safetensors")
      try SmallModel.write(seed: 2, to: servers.folder.appending(path: next))
      #expect(
        rename(
          servers.folder.appending(path: next).path, servers.folder.appending(path: weights).path)
          == 0)
      served.reload()
      try await served.says("the present grounder works on, as the other cannot")
      #expect(!served.complaint.contains("the CPU computes"), "\(served.complaint)")
      #expect(await served.stopped() == 0, "\(served.complaint)")
    }
  }
}
