/// The numbers that a backend multiplies. What is added up is 32 bits wide in any case, and so are norms,
/// softmax, residuals and results.
public enum Precision: String, CaseIterable, Sendable {
  /// 32-bit floats: the reference.
  case f32
  /// Factors of products and convolutions are rounded to bfloat16, which keeps 8 bits of a number.
  case bf16
  /// The image backbone's activations and weights are rounded to 8-bit integers, its activations by ranges
  /// that calibration found; other factors to bfloat16, on processors that gain from it.
  case int8
}
