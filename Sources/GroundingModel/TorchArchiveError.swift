/// Why a PyTorch file was not read. Names from the file are cut short; its contents never appear.
public enum TorchArchiveError: Error, Hashable, Sendable {
  /// The file cannot be opened or mapped; `errno` says why.
  case unreadable(errno: Int32)
  /// Written before PyTorch 1.6, without a zip archive around it.
  case legacyFormat
  /// A program (TorchScript), not a table of weights.
  case script
  /// Not a zip archive of PyTorch's.
  case notAnArchive(reason: String)
  /// The archive contradicts itself, or reaches outside of the file.
  case damaged(reason: String)
  /// An entry is compressed or encrypted; PyTorch stores them as they are.
  case compressed(entry: String)
  /// The pickle asks for something that weights do not need.
  case refused(what: String)
  /// The pickle is larger, deeper or longer than any table of weights.
  case tooLarge(what: String)
  /// A tensor's layout does not fit its storage.
  case misshapen(tensor: String)
  /// Numbers of a kind that was not asked for.
  case wrongKind(tensor: String, kind: String)
  /// Readable, and no tensor in it.
  case noTensors
}

extension TorchArchiveError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unreadable(let errno): "the file cannot be read (errno \(errno)); check path and rights"
    case .legacyFormat:
      """
      this PyTorch file is in the format from before 1.6; convert it with \
      python -c "import torch; torch.save(torch.load('OLD', map_location='cpu'), 'NEW')"
      """
    case .script:
      "this is a TorchScript program; save the model's state_dict() with torch.save instead"
    case .notAnArchive(let reason): "not a file of torch.save: \(reason)"
    case .damaged(let reason): "the PyTorch file is damaged: \(reason); copy or download it again"
    case .compressed(let entry):
      "the entry “\(entry)” is compressed or encrypted; save the file again with torch.save"
    case .refused(let what):
      """
      the file contains \(what), which weights do not need and which is not run; save only the \
      weights with torch.save(model.state_dict(), 'NEW')
      """
    case .tooLarge(let what): "the file has too many \(what) for a table of weights"
    case .misshapen(let tensor): "the tensor “\(tensor)” does not fit its storage"
    case .wrongKind(let tensor, let kind): "the tensor “\(tensor)” holds \(kind)"
    case .noTensors: "the file holds no table of tensors; save the model's state_dict()"
    }
  }

  /// A name from the file, made fit to be printed.
  static func printable(_ name: some StringProtocol) -> String {
    let scalars = name.unicodeScalars.prefix(80).map { (0x20..<0x7F).contains($0.value) ? $0 : "?" }
    return String(String.UnicodeScalarView(scalars))
  }
}
