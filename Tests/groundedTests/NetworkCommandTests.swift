import Foundation
import Images
import JSON
import Tensors
import TestKit
import Testing

@testable import grounded

@Suite final class `The commands around the network` {
  private let folder: URL

  init() throws { folder = try Place.temporaryFolder() }

  deinit { try? FileManager.default.removeItem(at: folder) }  // nothing depends on its going

  private func film() throws -> String {
    let file = folder.appending(path: "film.png")
    try Data(PNG.encode(DemoReports.samples[0].radiograph)).write(to: file)
    return file.path
  }

  @Test func `measure images one by one`() async throws {
    let image = try film()
    let result = await output("bench", "images", image, image, "--json", "--repetitions", "1")
    #expect(result.status == .done && result.complaint.isEmpty)
    let images = try #require(JSON(parsing: Array(result.text.utf8))["images"]?.array)
    #expect(images.count == 2)
    let film = DemoReports.samples[0].radiograph
    for one in images {
      #expect(one["file"]?.string == image && one["bits"]?.integer == Int64(film.bitDepth))
      #expect(
        (one["bytes"]?.integer).map { Int($0) }
          == (try Data(contentsOf: URL(filePath: image))).count)
    }
  }

  @Test func `measure a stream of reports whose sentences repeat`() async throws {
    let (weights, table) = (
      folder.appending(path: "w.safetensors").path, folder.appending(path: "texts.csv").path
    )
    let tokenizer = folder.appending(path: "tokenizer.json")
    let work = folder.appending(path: "work.json")
    try SmallModel.write(seed: 3, to: URL(filePath: weights))
    try SmallModel.writeTokenizer(to: tokenizer)
    try Data(
      "id,findings,impression\na,FINDINGS: Clear lungs. No effusion.,\"Normal chest, stable.\"\nb,,\n"
        .utf8
    ).write(to: URL(filePath: table))
    let result = await output(
      "bench", "stream", "--weights", weights, "--tokenizer", tokenizer.path, "--texts", table,
      "--reports", "5", "--wait", "0", "--write-work", work.path, "--json")
    #expect(result.status == .done, "\(result.complaint)")
    let answer = try JSON(parsing: Array(result.text.utf8))
    #expect(answer["sentences"]?.integer == 15 && answer["repeated"]?.integer == 12)
    #expect(answer["reports_per_second"]?.number ?? 0 > 0)
    let latency = try #require(answer["latency"]?.array)
    #expect(latency.map { $0["load"]?.number } == [0.5, 0.8])
    #expect(
      latency.allSatisfy { 0 < $0["median_ms"]?.number ?? 0 && $0["wait_ms"]?.integer == 0 })
    let reports = try #require(Place.json(work)["reports"]?.array)
    // Every byte is a token: “Clear lungs.” between two marks.
    #expect(reports.count == 5 && reports[0].array?.first?.array?.count == 14)
  }

  @Test(arguments: ["-1", "x", "99999"]) func `refuse a bound that is none`(
    wait: String
  ) async throws {
    let result = await output("bench", "stream", "--reports", "1", "--wait", wait)
    #expect(result.status == .wrongUsage && result.complaint.contains("--wait"))
  }

  @Test func `name the precision that they computed in`() async throws {
    let image = try film()
    // The built-in weights have proved int8.
    let fastest = CPU.supports(.int8) ? "int8" : "f32"
    for (setting, precision) in [("auto", fastest), ("f32", "f32"), ("bf16", "bf16")] {
      let result = await output(
        "ground", "--image", image, "--text", "Left basal opacity.", "--json", "--set",
        "grounder.precision=\(setting)")
      guard CPU.supports(.bf16) || precision != "bf16" else {
        #expect(result.status != .done && result.complaint.contains("does not compute in bf16"))
        continue
      }
      #expect(result.status == .done, "\(result.complaint)")
      let report = try JSON(parsing: Array(result.text.utf8))
      #expect(report["grounder"]?["precision"]?.string == precision)
    }
  }

  /// This machine's driver, if there is one, has no ninety-ninth device.
  @Test func `say what is missing for a GPU that is asked for`() async throws {
    let image = try film()
    let refused = await output(
      "ground", "--image", image, "--text", "Left basal opacity.", "--set",
      "grounder.device=cuda:99")
    #expect(refused.status != .done && refused.complaint.contains("grounder.device"))
    #expect(refused.complaint.contains("driver") || refused.complaint.contains("pip install"))
    let bench = await output("bench", "model", "--device", "cuda:99", "--check")
    #expect(bench.status == .failed, "\(bench.complaint)")
    #expect(bench.complaint.contains("driver") || bench.complaint.contains("pip install"))
    let stream = ["bench", "stream", "--reports", "1", "--device"]
    let missing = await output(stream + ["cuda:99"])
    #expect(missing.status == .failed, "\(missing.complaint)")
    #expect(missing.complaint.contains("driver") || missing.complaint.contains("pip install"))
    for unknown in [
      ["bench", "model", "--device", "gpu"], stream + ["gpu"],
      stream + ["cuda:99", "--precision", "int8"],
    ] {
      let result = await output(unknown)
      #expect(result.status == .wrongUsage && result.complaint.contains("--"), "\(unknown)")
    }
    let halves = await output(
      "ground", "--image", image, "--text", "Left basal opacity.", "--set",
      "grounder.device=cpu", "--set", "grounder.precision=f16")
    #expect(halves.status == .wrongUsage && halves.complaint.contains("GPU"))
  }

  @Test func `compute in 8 bits once a checkpoint is calibrated`() async throws {
    let image = try film()
    let (weights, ready) = (
      folder.appending(path: "w.safetensors").path, folder.appending(path: "w8.safetensors").path
    )
    let tokenizer = folder.appending(path: "tokenizer.json")
    try SmallModel.write(seed: 3, to: URL(filePath: weights))
    try SmallModel.writeTokenizer(to: tokenizer)
    let refused = await output(
      "model", "calibrate", "--weights", weights, "--output", ready, image, weights)
    #expect(refused.status != .done && refused.complaint.contains("w.safetensors: "))
    let calibrated = await output(
      "model", "calibrate", "--weights", weights, "--output", ready, image, image)
    #expect(calibrated.status == .done, "\(calibrated.complaint)")
    #expect(calibrated.text.contains("2 images"))
    for (file, isReady) in [(weights, false), (ready, true)] {
      let result = await output(
        "bench", "model", "--weights", file, "--precision", "int8", "--json", "--repetitions", "1",
        "--fidelity")
      #expect((result.status == .done) == CPU.supports(.int8), "\(result.complaint)")
      if CPU.supports(.int8) {
        let answer = try JSON(parsing: Array(result.text.utf8))
        let error = try #require(answer["image_features_error"]?.number)
        #expect(error > 0.001 && error < 0.2)
      }
      let ground = await output(
        "ground", "--image", image, "--text", "Left basal opacity.", "--json", "--set",
        "grounder.precision=int8", "--set", "grounder.weights=\(file)", "--set",
        "grounder.tokenizer=\(tokenizer.path)")
      guard isReady && CPU.supports(.int8) else {
        #expect(ground.status != .done)
        continue
      }
      #expect(ground.status == .done, "\(ground.complaint)")
      let report = try JSON(parsing: Array(ground.text.utf8))
      #expect(report["grounder"]?["precision"]?.string == "int8")
    }
  }
}
