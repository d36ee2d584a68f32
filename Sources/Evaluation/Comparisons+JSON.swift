public import JSON

extension Interval {
  /// `[low, high]`
  public var json: JSON { [.number(low), .number(high)] }
}

extension Bootstrap {
  /// `{"draws", "seed", "groups": {"no": {"p_f1": [low, high], …}, …}}`
  public var json: JSON {
    [
      "draws": .integer(Int64(draws)), "seed": .integer(Int64(bitPattern: seed)),
      "groups": byPlace { self[$0, $1]?.json },
    ]
  }
}

extension PairedComparison {
  /// `{"rounds", "seed", "test", "groups": {"no": {"p_f1": {"difference", "interval", "p"}, …}, …}}`
  public var json: JSON {
    [
      "rounds": .integer(Int64(rounds)), "seed": .integer(Int64(bitPattern: seed)),
      "test": "paired permutation, two-sided",
      "groups": byPlace { self[$0, $1]?.json },
    ]
  }
}

extension PairedComparison.Difference {
  var json: JSON {
    ["difference": .number(value), "interval": interval?.json ?? .null, "p": .number(p)]
  }
}

extension CategoryMetrics {
  /// `{"category", "boxes", "avg_area", "sds", "n", "p_f1", …}`
  public var json: JSON {
    let spread: [JSON.Member] = [
      .init("category", .string(category)), .init("boxes", .integer(Int64(dispersion.boxes))),
      .init("avg_area", .number(orNull: dispersion.meanArea)),
      .init("sds", .number(orNull: dispersion.score)),
    ]
    return .object(spread + (metrics.json.members ?? []))
  }
}

extension PostProcessing {
  /// `{"confidence_threshold", "fusion_iou"}`
  public var json: JSON {
    ["confidence_threshold": .number(orNull: threshold), "fusion_iou": .number(orNull: fusionIoU)]
  }
}

extension Sweep {
  /// `{"best": {…}, "points": [{"confidence_threshold", "fusion_iou", "groups"}, …]}`
  public var json: JSON {
    ["best": best.json, "points": .array(points.map(\.json))]
  }
}

extension Sweep.Point {
  var json: JSON {
    [
      "confidence_threshold": .number(threshold), "fusion_iou": .number(orNull: fusionIoU),
      "groups": metrics.json,
    ]
  }
}

extension Calibration {
  /// `{"right": "centre" | "iou", "ece", "bins": [{"low", "high", "boxes", "confidence", "share"}]}`
  public var json: JSON {
    [
      "right": .string(rule.rawValue), "ece": .number(orNull: expectedError),
      "bins": .array(bins.map(\.json)),
    ]
  }
}

extension Calibration.Bin {
  var json: JSON {
    [
      "low": .number(low), "high": .number(high), "boxes": .integer(Int64(boxes)),
      "confidence": .number(orNull: meanConfidence), "share": .number(orNull: share),
    ]
  }
}

/// `{"no": {"n_acc": …, …}, …}`
private func byPlace(_ value: (PhraseGroup, PhraseMetric) -> JSON?) -> JSON {
  .object(
    PhraseGroup.allCases.map { group in
      let members = PhraseMetric.allCases.map { metric in
        JSON.Member(metric.rawValue, value(group, metric) ?? .null)
      }
      return JSON.Member(group.rawValue, .object(members))
    })
}
