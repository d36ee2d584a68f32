internal import Tensors

extension Checkpoint {
  /// A place in the tree of a checkpoint's names, where a layer finds its weights.
  struct Folder {
    private let path: String
    private let reader: Reader

    init(_ reader: Reader) { self.init(path: "", reader: reader) }

    private init(path: String, reader: Reader) {
      self.path = path
      self.reader = reader
    }

    subscript(name: String) -> Folder { Folder(path: full(name), reader: reader) }

    subscript(index: Int) -> Folder { self[String(index)] }

    /// The first of these folders that has a weight; the first when none has.
    func either(_ names: String...) -> Folder {
      let present = names.first { reader.has(full($0) + ".weight") }
      return self[present ?? names[0]]
    }

    /// The weight of that name and shape, every number of which is finite.
    func callAsFunction(_ name: String, _ shape: Int...) throws(CheckpointError) -> Parameter {
      try reader.read(full(name), shape)
    }

    /// The checkpoint's name of a weight.
    func full(_ name: String) -> String { path.isEmpty ? name : path + "." + name }
  }

  /// Hands out weights and notes which were asked for.
  final class Reader {
    /// Shape of every weight that was asked for.
    private(set) var asked: [(name: String, shape: [Int])] = []
    private let source: any NamedTensorSource
    /// True when only the names matter: no numbers are read and nothing is refused.
    private let surveys: Bool
    /// True where all numbers have been seen to be finite before.
    private let trusts: Bool

    init(_ source: any NamedTensorSource, surveys: Bool, trusts: Bool = false) {
      self.source = source
      self.surveys = surveys
      self.trusts = trusts
    }

    func has(_ name: String) -> Bool { source.facts(of: name) != nil }

    func read(_ name: String, _ shape: [Int]) throws(CheckpointError) -> Parameter {
      asked.append((name, shape))
      if surveys { return Parameter(shape: shape) }
      var misfit = CheckpointError.Misfit()
      guard let facts = source.facts(of: name) else {
        misfit.missing = [name]
        throw .doesNotFit(misfit)
      }
      guard facts.shape == shape else {
        misfit.misshapen = [.init(name: name, shape: facts.shape, expected: shape)]
        throw .doesNotFit(misfit)
      }
      let parameter = try source.parameter(name)
      guard trusts || parameter.isFinite else {
        throw .unsuitable(name: name, reason: CheckpointError.notFinite)
      }
      return parameter
    }

    /// How the source differs from what was asked for.
    var misfit: CheckpointError.Misfit {
      var misfit = CheckpointError.Misfit()
      for (name, shape) in asked {
        guard let facts = source.facts(of: name) else {
          misfit.missing.append(name)
          continue
        }
        guard facts.shape != shape else { continue }
        misfit.misshapen.append(.init(name: name, shape: facts.shape, expected: shape))
      }
      let known = Set(asked.map { $0.name })
      misfit.unexpected = source.names.filter { name in
        // Counters that PyTorch keeps beside batch norms; they are no weights.
        !known.contains(name) && !name.hasSuffix(".num_batches_tracked")
      }
      return misfit
    }
  }
}
