/// Why training cannot begin or go on, and what to do.
public enum TrainingError: Error, Hashable, CustomStringConvertible {
  /// The run file says something impossible.
  case badPlan(field: String, reason: String)
  /// Nothing to learn from.
  case noExamples(manifest: String, split: String)
  /// A picture that a manifest names cannot be used.
  case badImage(path: String, reason: String)
  /// The size of a picture is not what its manifest says.
  case otherSize(path: String, found: String, expected: String)
  /// The same patient is learnt from and judged by.
  case patientInBoth(dataset: String, patient: String)
  /// A sentence with more tokens than the text encoder reads.
  case sentenceTooLong(id: String, tokens: Int)
  /// The loss or a gradient is no number.
  case diverged(step: Int, loss: String)
  /// No room, or not ours to write.
  case cannotWrite(path: String)
  /// The state that should be gone on from is of another run.
  case otherRun(path: String, reason: String)

  public var description: String {
    switch self {
    case .badPlan(let field, let reason): "“\(field)” of the run file \(reason)."
    case .noExamples(let manifest, let split):
      "\(manifest) has no entry of split “\(split)”. Name another split, or another manifest."
    case .badImage(let path, let reason): "\(path): \(reason)"
    case .otherSize(let path, let found, let expected):
      "\(path) has \(found) pixels, and its manifest says \(expected). One of them is wrong."
    case .patientInBoth(let dataset, let patient):
      "Patient “\(patient)” of \(dataset) is in “train” and in “validate”. Split by patients."
    case .sentenceTooLong(let id, let tokens):
      "The sentence of “\(id)” has \(tokens) tokens, which is more than the daemon reads."
    case .diverged(let step, let loss):
      "The loss of step \(step) is \(loss). Lower “rate” or “clip”, and begin in another folder; "
        + "“start” takes the best.safetensors of this one."
    case .cannotWrite(let path):
      "\(path) cannot be written. Make room, or name a folder that you may write to, and go on."
    case .otherRun(let path, let reason):
      "\(path) is the state of another run: \(reason). Name another folder, or remove it."
    }
  }
}
