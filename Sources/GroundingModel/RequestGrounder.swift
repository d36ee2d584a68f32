public import Boxes

/// The network wherever it runs: `MedGrounder` on the processor, `DeviceGrounder` on a GPU.
///
/// Belongs to one thread at a time.
public protocol RequestGrounder: AnyObject {
  var configuration: ModelConfiguration { get }
  /// “cpu”, or “cuda:” and the driver's number of the device.
  var deviceName: String { get }
  /// What products are computed with, as configurations write it.
  var precisionName: String { get }
  /// How many sentences had their text features ready, and how many had not, since the start.
  var textLookups: (ready: Int, computed: Int) { get }
  /// Batches that are worth giving to `ground` together.
  var batchesAtOnce: Int { get }
  /// How often a context on a device had to be made anew.
  var restarts: Int { get }
  /// Bytes of a device's own memory that it takes now.
  var deviceBytes: Int { get }
  /// Boxes and logits for every sentence of every request, in their order.
  func ground(_ requests: [GroundingRequest]) throws(ModelError) -> [[QueryOutputs]]
}
