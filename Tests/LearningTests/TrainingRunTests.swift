import Boxes
import Datasets
import Foundation
import GroundingModel
import JSON
import Learning
import Phantoms
import Tensors
import TestKit
import Testing

/// A tiny data set of phantoms, and a run file that fits it.
private struct Bench {
  let folder: URL

  static let architecture: JSON = [
    "blocks": [1, 1, 1, 1], "width": 8, "image": 64, "d_model": 16, "nhead": 2, "ffn": 16,
    "enc_layers": 1, "dec_layers": 2, "queries": 4, "vocab": 261, "t_hidden": 16, "t_heads": 2,
    "t_layers": 1, "t_inter": 8, "t_local": 128, "pad": 3, "cls": 1, "sep": 2,
  ]

  init(images: Int = 6) throws {
    folder = try Place.temporaryFolder()
    var options = PhantomDataset.Options()
    (options.seed, options.side) = (5, 96)
    (options.trainShare, options.validationShare) = (0.5, 0.5)
    let data = PhantomDataset(images: images, options: options)
    var entries: [ManifestEntry] = []
    for number in 0..<data.count {
      let film = data.film(number)
      let file = folder.appending(path: "images/" + film.name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(film.png).write(to: file)
      entries += film.entries
    }
    try Data(Manifest.bytes(entries)).write(to: folder.appending(path: "all.jsonl"))
    let tokenizer = TokenizerTraining(texts: [String](), size: 261).json()
    try Data(tokenizer.bytes).write(to: folder.appending(path: "tokenizer.json"))
  }

  func plan(_ changes: [JSON.Member] = []) -> JSON {
    var members: [JSON.Member] = [
      .init("architecture", Self.architecture), .init("tokenizer", "tokenizer.json"),
      .init("train", [["manifest": "all.jsonl", "split": "train", "times": 2]]),
      .init("validate", [["manifest": "all.jsonl", "split": "val"]]),
      .init("epochs", 2), .init("images", 2), .init("sentences", 2), .init("rate", 1e-3),
      .init("batch_norm", "batch"), .init("dropout", 0.1), .init("threshold", 0.1),
      .init(
        "augmentation",
        ["scale": [0.9, 1.1], "shift": 0.05, "rotation": 4, "noise": 0.02, "gamma": [0.8, 1.2]]),
    ]
    members.removeAll { member in changes.contains { $0.name == member.name } }
    return .object(members + changes)
  }

  func run(_ json: JSON, in name: String) throws -> TrainingRun {
    let output = folder.appending(path: name)
    try FileManager.default.createDirectory(at: output, withIntermediateDirectories: true)
    return try TrainingSetup(TrainingPlan(json: json), home: folder.path)
      .run(identity: json.text, folder: output.path, threads: 1)
  }

  func bytes(_ path: String) throws -> [UInt8] {
    try Place.bytes(folder.appending(path: path))
  }

  func remove() { try? FileManager.default.removeItem(at: folder) }
}

@Suite struct `A training run` {
  @Test func `stopped and gone on with ends as if it had not been stopped`() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let whole = try bench.run(bench.plan(), in: "whole")
    var losses: [Double] = []
    #expect(
      try whole.go { step in
        losses.append(step.loss)
        return true
      })
    #expect(losses.count == whole.steps && losses.allSatisfy { $0.isFinite && $0 > 0 })

    var first: TrainingRun? = try bench.run(bench.plan(), in: "parts")
    #expect(try first?.go { _ in false } == false)
    first = nil
    let second = try bench.run(bench.plan(), in: "parts")
    #expect(second.state.step == 1)
    #expect(try second.go { _ in true })
    for file in ["best.safetensors", "state.safetensors", "log.jsonl", "train.html"] {
      #expect(try bench.bytes("whole/\(file)") == bench.bytes("parts/\(file)"), "\(file)")
    }
  }

  @Test func `leaves weights that can be served and say what they are`() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let run = try bench.run(bench.plan([.init("licences", ["none"])]), in: "run")
    #expect(try run.go { _ in true })
    let checkpoint = try Checkpoint(path: run.bestPath)
    let card = try JSON(parsing: Array(try #require(checkpoint.metadata["card"]).utf8))
    #expect(card["use"]?.string?.contains("not for clinical use") == true)
    #expect(card["validation"]?["overall"]?["n"]?.integer ?? 0 > 0)
    #expect(card["licences"]?.array == ["none"])
    let tokenizer = try #require(try Tokenizer(of: checkpoint))
    let grounder = try MedGrounder(checkpoint, threads: 1)
    let side = try checkpoint.configuration.side
    let answer = try grounder.ground([
      GroundingRequest(
        pixels: [Float](repeating: 0, count: 3 * side * side),
        sentences: [tokenizer.encode("No effusion.").ids])
    ])
    #expect(answer[0][0].isFinite)
    let started = try bench.run(
      bench.plan([.init("start", .string(run.bestPath)), .init("epochs", 1)]), in: "next")
    #expect(Set(started.network.names) == Set(checkpoint.names))
  }

  @Test func `goes on from a checkpoint with images of another size`() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let run = try bench.run(bench.plan([.init("epochs", 1)]), in: "run")
    #expect(try run.go { _ in true })
    let larger = try bench.run(
      bench.plan([.init("start", .string(run.bestPath)), .init("image", 96), .init("epochs", 1)]),
      in: "larger")
    #expect(try larger.go { _ in true })
    let second = try Checkpoint(path: larger.bestPath)
    #expect(try second.configuration.side == 96)
    func card(_ checkpoint: Checkpoint) throws -> JSON {
      try JSON(parsing: Array(try #require(checkpoint.metadata["card"]).utf8))
    }
    let begun = try card(Checkpoint(path: run.bestPath))
    #expect(try begun["began_with"] == .null && card(second)["began_with"] == begun)
    #expect {
      _ = try bench.run(bench.plan([.init("image", 96)]), in: "none")
    } throws: { error in
      "\(error)".contains("image")
    }
  }

  @Test func `without validation keeps its last epoch, whatever the patience`() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let run = try bench.run(
      bench.plan([.init("validate", []), .init("patience", 1), .init("epochs", 3)]), in: "run")
    var epochs: Set<Int> = []
    #expect(
      try run.go { step in
        epochs.insert(step.epoch)
        return true
      })
    #expect(epochs == [1, 2, 3] && run.state.bestEpoch == 3)
  }

  @Test func `ends when its patience does`() throws {
    let bench = try Bench()
    defer { bench.remove() }
    // Nothing changes, so the first epoch stays the best.
    let run = try bench.run(
      bench.plan([
        .init("patience", 2), .init("epochs", 9), .init("rate", 1e-12), .init("threshold", 0),
      ]), in: "run")
    #expect(try run.go { _ in true })
    #expect(run.state.bestEpoch == 1 && run.state.step == 3 * run.stepsPerEpoch)
  }

  @Test func `judges nobody who was learnt from`() throws {
    let bench = try Bench()
    defer { bench.remove() }
    #expect {
      _ = try bench.run(
        bench.plan([.init("validate", [["manifest": "all.jsonl", "split": "train"]])]), in: "run")
    } throws: { error in
      "\(error)".contains("Patient")
    }
  }

  @Test func `with a tokenizer of another network is refused before it begins`() throws {
    let bench = try Bench()
    defer { bench.remove() }
    var sizes = Bench.architecture.members ?? []
    sizes = sizes.map { $0.name == "cls" ? .init("cls", 4) : $0 }
    #expect(throws: TokenizerError.self) {
      try bench.run(bench.plan([.init("architecture", .object(sizes))]), in: "run")
    }
    #expect {
      _ = try bench.run(bench.plan([.init("frozen", ["backbones"])]), in: "run")
    } throws: { error in
      "\(error)".contains("backbones")
    }
  }

  @Test func `of another run file is not gone on with`() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let run = try bench.run(bench.plan(), in: "run")
    _ = try run.go { _ in false }
    #expect(throws: TrainingError.self) {
      try bench.run(bench.plan([.init("rate", 2e-3)]), in: "run")
    }
  }

  @Test func `that diverges says so and leaves what was there`() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let run = try bench.run(bench.plan(), in: "run")
    #expect(try run.go { _ in true })
    let kept = try bench.bytes("run/best.safetensors")
    let good = try Checkpoint(path: run.bestPath)
    let broken = try good.names.map { name in
      let parameter = try good.parameter(name)
      let isProjection = name == "input_proj.weight"
      return StoredTensor(
        name, parameter.shape, .floats(parameter.values.map { isProjection ? $0 * 1e30 : $0 }))
    }
    let path = bench.folder.appending(path: "broken.safetensors").path
    try Checkpoint.write(
      broken, metadata: good.metadata.map { ($0.key, $0.value) }, to: path)
    let next = try bench.run(
      bench.plan([.init("start", .string(path)), .init("epochs", 1)]), in: "broken")
    #expect {
      _ = try next.go { _ in true }
    } throws: { error in
      "\(error)".contains("step 1")
    }
    #expect(!FileManager.default.fileExists(atPath: next.bestPath))
    #expect(try bench.bytes("run/best.safetensors") == kept)
  }

  @Test func `refuses examples that are broken, and names them`() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let manifest = bench.folder.appending(path: "all.jsonl")
    let lines = try String(contentsOf: manifest, encoding: .utf8).split(separator: "\n")
    func expectRefusal(_ change: (JSON) -> JSON, _ words: String) throws {
      let first = change(try JSON(parsing: Array(lines[0].utf8)))
      try Data(([first.text] + lines.dropFirst().map { String($0) }).joined(separator: "\n").utf8)
        .write(to: manifest)
      #expect {
        _ = try bench.run(bench.plan(), in: "run")
      } throws: { error in
        "\(error)".contains(words)
      }
    }
    func replacing(_ name: String, _ value: JSON) -> (JSON) -> JSON {
      { line in
        .object((line.members ?? []).map { $0.name == name ? .init(name, value) : $0 })
      }
    }
    try expectRefusal(replacing("image", "images/none.png"), "none.png")
    try expectRefusal(replacing("boxes", [[0, 0, 5000, 10]]), "all.jsonl:1")
    try expectRefusal(replacing("width", 9999), "9999")
    try expectRefusal(replacing("sentence", 5), "sentence")
  }
}

@Suite struct `A run file` {
  private static let least: [JSON.Member] = [
    .init("train", [["manifest": "m.jsonl"]]), .init("tokenizer", "t.json"),
    .init("batch_norm", "batch"),
  ]

  @Test func `has the paper's settings where it says nothing`() throws {
    let plan = try TrainingPlan(json: .object(Self.least))
    #expect(plan.epochs == 15 && plan.rate == 1e-5 && plan.clip == 0.1 && plan.decay == 1e-4)
    #expect(plan.dropout == 0.1 && plan.threshold == 0.8)
    #expect(plan.train[0].split == "train" && plan.train[0].times == 1)
  }

  @Test(
    arguments: [
      ("epochs", 0), ("rate", "fast"), ("rate", -1), ("batch_norm", "some"), ("train", []),
      ("train", [["split": "train"]]), ("train", [["manifest": "m", "split": "other"]]),
      ("train", [["manifest": "m", "half": 1]]), ("architecture", ["width": 3]), ("stage", 3),
      ("augmentation", ["scale": [2, 1]]), ("augmentation", ["flip": true]), ("speed", 1),
      ("frozen", "backbone"), ("tokenizer", ""), ("seed", 1.5),
    ] as [(String, JSON)])
  func `with something impossible is refused by its name`(name: String, value: JSON) {
    let members = Self.least.filter { $0.name != name } + [.init(name, value)]
    #expect {
      _ = try TrainingPlan(json: .object(members))
    } throws: { error in
      "\(error)".contains(name)
    }
  }

  @Test func `lets the rate rise, stay and fall`() throws {
    let plan = try TrainingPlan(
      json: .object(
        Self.least + [.init("rate", 1e-3), .init("warm_up_steps", 10), .init("cooling", 0.5)]))
    #expect(abs(plan.rate(ofStep: 0, of: 100) - 1e-4) < 1e-9)
    #expect(plan.rate(ofStep: 30, of: 100) == 1e-3)
    #expect(abs(plan.rate(ofStep: 75, of: 100) - 5e-4) < 1e-9)
    #expect(abs(plan.rate(ofStep: 99, of: 100) - 2e-5) < 1e-9)
  }
}
