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
  let size: PlanSize

  /// What bounds a batch.
  struct Limits {
    var images = 8
    var sentences = 64
    /// Rooms for tokens of all sentences together.
    var tokens = 8192
  }

  /// Cuts the sentences of some requests into batches, in their order.
  static func cut(_ requests: [[[Int32]]], limits: Limits) -> [DeviceBatch] {
    let pairs = requests.enumerated().flatMap { index, sentences in
      sentences.map { (request: index, tokens: room(for: $0.count, in: 16)) }
    }
    var batches: [DeviceBatch] = []
    var start = 0
    while start < pairs.count {
      var (end, longest) = (start, 0)
      var members: [Int] = []
      while end < pairs.count {
        let isNew = members.last != pairs[end].request
        let tokens = max(longest, pairs[end].tokens)
        let isFull =
          members.count + (isNew ? 1 : 0) > limits.images || end - start == limits.sentences
          || tokens * (end - start + 1) > limits.tokens
        if isFull, end > start { break }
        if isNew { members.append(pairs[end].request) }
        longest = tokens
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
            tokens: longest)))
      start = end
    }
    return batches
  }

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
