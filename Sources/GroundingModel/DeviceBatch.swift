internal import CUDA
internal import Tensors

/// Sentences with their images that run together on a device, and the size of the plan that has room for them.
struct DeviceBatch {
  /// Which of the sentences of all requests, in order.
  let pairs: Range<Int>
  /// Which requests' images, each once.
  let requests: [Int]
  /// For each sentence, which of those images.
  let images: [Int32]
  var size: PlanSize

  /// What bounds a batch.
  struct Limits {
    var images = 32
    var sentences = 256
    /// Of the cross-encoder, where every sentence has its image's cells and room for its tokens.
    var rows = 1 << 17
    /// Of an image there.
    var cells = 400
  }

  /// Cuts the sentences of some requests into batches, in their order.
  static func cut(_ requests: [[[Int32]]], limits: Limits) -> [DeviceBatch] {
    let pairs = requests.enumerated().flatMap { index, sentences in
      sentences.map { (request: index, tokens: $0.count) }
    }
    var batches: [DeviceBatch] = []
    var start = 0
    while start < pairs.count {
      var (end, longest, rows) = (start, 0, 0)
      var members: [Int] = []
      while end < pairs.count {
        let isNew = members.last != pairs[end].request
        let tokens = max(longest, room(for: pairs[end].tokens, in: 8))
        let isFull =
          members.count + (isNew ? 1 : 0) > limits.images || end - start == limits.sentences
          || (limits.cells + tokens) * (end - start + 1) > limits.rows
        if isFull, end > start { break }
        if isNew { members.append(pairs[end].request) }
        longest = tokens
        rows += pairs[end].tokens
        end += 1
      }
      var images: [Int32] = []
      for pair in pairs[start..<end] {
        images.append(Int32(members.firstIndex(of: pair.request) ?? 0))
      }
      batches.append(
        DeviceBatch(
          pairs: start..<end, requests: members, images: images,
          size: PlanSize(
            images: room(for: members.count, in: 1), sentences: room(for: end - start, in: 1),
            tokens: longest, rows: max(rowsMin, room(for: rows, in: 32)))))
      start = end
    }
    return batches
  }

  /// Room for the tokens of all sentences: a few more rows take no longer.
  private static let rowsMin = 64

  /// The smallest room that is kept for so many: powers of two, and halfway between from eight on, so that there
  /// are few different ones.
  static func room(for count: Int, in least: Int) -> Int {
    var room = least
    while room < count {
      let half = room + room / 2
      if room >= 8, half >= count, half % least == 0 { return half }
      room *= 2
    }
    return room
  }
}
