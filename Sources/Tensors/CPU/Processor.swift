internal import CLinux
internal import COneDNN

/// What decides between ways of computing that this processor has all of: its kind, never a measurement,
/// so that a restart gives the same boxes.
struct Processor {
  /// As the processor spells it: "GenuineIntel", "AuthenticAMD".
  let maker: String
  /// Has units that multiply tiles of matrices (AMX).
  let hasTiles: Bool

  static let present = Processor(
    maker: Self.name,
    hasTiles: dnnl_get_effective_cpu_isa().rawValue & tiles == tiles)

  /// Whether products of bfloat16 are faster than products of floats.
  ///
  /// The full-size network, OpenVINO's as ours, takes 1.7 times as long in it on an Emerald Rapids without AMX, and
  /// 0.56 times on a Zen 5. Others of Intel's without AMX were not measured.
  var gainsFromHalves: Bool { hasTiles || maker != "GenuineIntel" }

  private static let tiles = dnnl_cpu_isa_avx512_core_amx.rawValue

  private static var name: String {
    #if arch(x86_64)
      var (highest, b, c, d): (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
      guard __get_cpuid(0, &highest, &b, &c, &d) == 1 else { return "" }
      return String(
        decoding: [b, d, c].flatMap { word in
          (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
        }, as: UTF8.self)
    #else
      return ""
    #endif
  }
}
