/// The kernels as they are written, one text.
enum KernelSource {
  static let text = [
    PackageResources.prelude_cu, PackageResources.numbers_cu, PackageResources.rows_cu,
    PackageResources.attention_cu, PackageResources.units_cu, PackageResources.turned_cu,
    PackageResources.maps_cu,
  ].map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n")
}
