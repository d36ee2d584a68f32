/// The weights in a file of `torch.save`, read without Python and without running anything.
///
/// The file is mapped, not loaded: a tensor's numbers are read when they are asked for.
public struct TorchArchive: Sendable {
  /// In the order of the file.
  public let tensors: [TorchTensor]
  /// The part of a training checkpoint that was read, such as `model_ema`; nil for plain weights.
  public let part: String?

  /// Opens a file that holds a table of weights, or a training checkpoint with one inside.
  ///
  /// Of a checkpoint's parts the first that is there and not None is read: `model_ema`, `model`,
  /// `state_dict`.
  public init(file: String) throws(TorchArchiveError) {
    let mapping = try TorchMapping(file: file)
    let entries = try TorchEntries(in: mapping)
    var machine = PickleMachine(storages: entries.storages)
    let root = try machine.run(entries.pickle.bytes)
    (part, tensors) = try Self.weights(root, in: machine)
    guard !tensors.isEmpty else { throw .noTensors }
  }

  /// The tensor of that name.
  public func tensor(_ name: String) -> TorchTensor? { tensors.first { $0.name == name } }

  private static func weights(
    _ root: PickleValue, in machine: PickleMachine
  ) throws(TorchArchiveError) -> (String?, [TorchTensor]) {
    guard let members = machine.members(of: root) else { throw .noTensors }
    for part in ["model_ema", "model", "state_dict"] {
      guard let inner = members.last(where: { $0.name == part }) else { continue }
      guard let members = machine.members(of: inner.value) else { continue }
      return (part, try tensors(members, in: machine))
    }
    return (nil, try tensors(members, in: machine))
  }

  /// The tensors among the members; of two with one name the last counts, as in Python.
  private static func tensors(
    _ members: [(name: String, value: PickleValue)], in machine: PickleMachine
  ) throws(TorchArchiveError) -> [TorchTensor] {
    var tensors: [TorchTensor] = []
    var places: [String: Int] = [:]
    for (name, value) in members {
      guard let layout = machine.tensor(value) else { continue }
      let tensor = try TorchTensor(name: name, layout)
      if let place = places[name] {
        tensors[place] = tensor
      } else {
        places[name] = tensors.count
        tensors.append(tensor)
      }
    }
    return tensors
  }
}
