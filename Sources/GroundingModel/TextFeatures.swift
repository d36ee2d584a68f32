/// The text features of sentences that were asked for lately: reports say the same things again and again.
///
/// Belongs to one network. When it is full, the quarter goes that was not asked for longest.
struct TextFeatures {
  /// How often a sentence was here, and how often it was not.
  private(set) var hits = 0
  private(set) var misses = 0
  /// Bytes of the features that are kept.
  private(set) var bytes = 0

  private let bytesMax: Int
  private var entries: [[Int32]: Entry] = [:]
  private var clock = 0

  private struct Entry {
    /// [tokens, channels]
    let features: [Float]
    let tokens: Int
    var lastUse: Int

    var bytes: Int {
      features.count * MemoryLayout<Float>.stride + tokens * MemoryLayout<Int32>.stride
    }
  }

  /// - bytesMax: 0 keeps nothing.
  init(bytesMax: Int) { self.bytesMax = bytesMax }

  /// The features of a sentence, if they are here.
  mutating func features(of sentence: [Int32]) -> [Float]? {
    clock += 1
    entries[sentence]?.lastUse = clock
    let found = entries[sentence]?.features
    if found == nil { misses += 1 } else { hits += 1 }
    return found
  }

  mutating func keep(_ features: [Float], of sentence: [Int32]) {
    let entry = Entry(features: features, tokens: sentence.count, lastUse: clock)
    guard entry.bytes <= bytesMax / 4 else { return }
    bytes += entry.bytes - (entries.updateValue(entry, forKey: sentence)?.bytes ?? 0)
    if bytes > bytesMax { forget() }
  }

  private mutating func forget() {
    for (sentence, entry) in entries.sorted(by: { $0.value.lastUse < $1.value.lastUse }) {
      guard bytes > bytesMax / 4 * 3 else { return }
      entries[sentence] = nil
      bytes -= entry.bytes
    }
  }
}
