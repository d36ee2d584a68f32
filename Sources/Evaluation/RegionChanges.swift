public import JSON

/// For how many phrases one grounder finds other regions than another does.
///
/// A region of one is that of the other where their IoU is at least 0.9; pairs are one to one.
public struct RegionChanges: Hashable, Sendable {
  /// Least IoU of a region that has not moved.
  public static let sameIoU = 0.9

  /// Phrases in all.
  public let phrases: Int
  /// Phrases with more regions than before, or fewer.
  public private(set) var more = 0
  public private(set) var fewer = 0
  /// Phrases with as many regions, of which one at least lies elsewhere.
  public private(set) var moved = 0
  /// Phrases with a region by one grounder and none by the other; they are in `more` or `fewer` too.
  public private(set) var turned = 0

  /// - Parameters:
  ///   - phrases: with final boxes.
  ///   - others: the same phrases, with what was found before.
  public init(of phrases: [Phrase], since others: [Phrase]) {
    precondition(phrases.count == others.count, "\(phrases.count) and \(others.count) phrases")
    self.phrases = phrases.count
    for (phrase, other) in zip(phrases, others) {
      let (now, before) = (phrase.predictions.map(\.box), other.predictions.map(\.box))
      if now.isEmpty != before.isEmpty { turned += 1 }
      if now.count != before.count {
        if now.count > before.count { more += 1 } else { fewer += 1 }
      } else if greedyMatches(now, before, threshold: Self.sameIoU, by: { $0.iou(with: $1) })
        < now.count
      {
        moved += 1
      }
    }
  }

  /// Phrases with another set of regions.
  public var changed: Int { more + fewer + moved }

  /// Percent of the phrases that changed; nil without phrases.
  public var share: Double? { phrases > 0 ? 100 * Double(changed) / Double(phrases) : nil }

  /// `{"phrases", "changed", "share", "more", "fewer", "moved", "turned", "same_iou"}`
  public var json: JSON {
    [
      "phrases": .integer(Int64(phrases)), "changed": .integer(Int64(changed)),
      "share": .number(orNull: share), "more": .integer(Int64(more)),
      "fewer": .integer(Int64(fewer)), "moved": .integer(Int64(moved)),
      "turned": .integer(Int64(turned)), "same_iou": .number(Self.sameIoU),
    ]
  }
}
