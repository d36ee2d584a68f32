/// What became of a judge's answers.
public struct JudgeTally: Hashable, Sendable {
  /// Answers that count, those that do not, and those that repeat the hypothesis in other words.
  public var successes = 0
  public var failures = 0
  public var rewrites = 0

  public init() {}
}
