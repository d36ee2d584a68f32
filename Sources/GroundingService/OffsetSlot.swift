/// What a partition's window keeps of one message, found by its offset.
protocol OffsetSlot {
  var offset: Int64 { get }
}

extension Array where Element: OffsetSlot {
  /// The place of the slot with that offset, at `first` or behind it; offsets rise.
  func index(of offset: Int64, from first: Int) -> Int? {
    var low = first
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle].offset < offset { low = middle + 1 } else { high = middle }
    }
    return low < count && self[low].offset == offset ? low : nil
  }
}
