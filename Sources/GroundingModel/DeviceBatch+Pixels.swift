internal import Tensors

extension DeviceBatch {
  /// Cuts requests into batches, in their order. Images that run together come as what the widest of them needs:
  /// samples of one plane, of three, or floats.
  static func cut(_ requests: [GroundingRequest], limits: Limits) -> [DeviceBatch] {
    cut(requests.map { $0.sentences }, limits: limits).map { batch in
      var batch = batch
      let planes = batch.requests.map { requests[$0].pixels.samplePlanes }
      batch.size.samplePlanes = planes.contains(0) ? 0 : planes.max() ?? 0
      return batch
    }
  }

  /// Of those of the requests that are in the batch.
  func pixels(of all: [GroundingRequest]) -> [ImagePixels] {
    requests.map { all[$0].pixels.inPlanes(size.samplePlanes) }
  }
}
