import Testing

@testable import chaos

@Suite struct `The verifier` {
  /// Two partitions, three messages of one key, a rejected one, and everything as it should be.
  private static let dispatches = [
    Dispatch(
      number: 0, key: "a", value: [], expectation: .grounded(reportID: "a", sentences: 2)),
    Dispatch(
      number: 1, key: "a", value: [], expectation: .grounded(reportID: "a", sentences: 1)),
    Dispatch(
      number: 2, key: "a", value: [], expectation: .grounded(reportID: "a", sentences: 1)),
    Dispatch(number: 3, key: "b", value: nil, expectation: .rejected("empty_value")),
  ]

  private static func source(_ number: Int) -> Source {
    number == 3 ? Source(partition: 1, offset: 0) : Source(partition: 0, offset: Int64(number))
  }

  private static let good: Evidence = {
    var evidence = Evidence()
    for dispatch in dispatches {
      let source = source(dispatch.number)
      evidence.accepted.append(.init(source: source, number: dispatch.number))
      evidence.written[dispatch.number] = source
      switch dispatch.expectation {
      case .grounded(let report, let sentences):
        evidence.groundings.append(
          .init(
            source: source, groundingID: "id-\(dispatch.number)", reportID: report,
            sentences: sentences))
      case .rejected(let code): evidence.rejections.append(.init(source: source, code: code))
      }
      evidence.published.append(message(dispatch.number, at: dispatch.number))
    }
    evidence.ends = [0: 3, 1: 1, 2: 0]
    evidence.positions = [0: 3, 1: 1]
    return evidence
  }()

  private static func message(
    _ number: Int, at offset: Int, sentAt time: Int64 = 0
  ) -> Evidence.Published {
    Evidence.Published(
      topic: number == 3 ? "rejected" : "grounded",
      place: Source(partition: 4, offset: Int64(offset)), id: "id-\(number)",
      key: number == 3 ? "b" : "a", source: source(number), code: number == 3 ? "empty_value" : nil,
      timestamp: time)
  }

  private func found(
    brokersDropRepeats: Bool = false, _ change: (inout Evidence) -> Void
  ) -> [Violation.Kind] {
    var evidence = Self.good
    change(&evidence)
    return Verifier(
      dispatches: Self.dispatches, evidence: evidence, brokersDropRepeats: brokersDropRepeats
    ).violations.map(\.kind)
  }

  @Test func `finds nothing where nothing is wrong`() {
    #expect(found { _ in } == [])
    #expect(found { $0.positions[2] = 0 } == [])
  }

  @Test func `finds what was lost`() {
    #expect(found { $0.groundings.remove(at: 1) }.contains(.lost))
    #expect(found { $0.rejections = [] }.contains(.lost))
    #expect(found { $0.published.remove(at: 2) } == [.lost])
    #expect(found { $0.published.remove(at: 3) } == [.lost])
    // The ledger and the topics may agree, and the message is gone all the same.
    let isMissed = found { evidence in
      evidence.groundings.remove(at: 2)
      evidence.published.remove(at: 2)
    }
    #expect(isMissed == [.lost])
  }

  @Test func `finds what was doubled`() {
    let twice = Self.message(1, at: 9, sentAt: 5)
    #expect(found { $0.published.append(twice) } == [.doubled])
    let twiceRejected = Self.message(3, at: 9, sentAt: 5)
    #expect(found { $0.published.append(twiceRejected) } == [.doubled])
    #expect(found { $0.groundings.append($0.groundings[0]) } == [.doubled])
    let both = found { evidence in
      evidence.rejections.append(.init(source: Self.source(0), code: "no_text"))
    }
    #expect(both.contains(.doubled) && both.contains(.misjudged))
  }

  @Test func `forgives an attempt that is the same to the millisecond where brokers cannot know`() {
    let repeated = Self.message(1, at: 9)
    #expect(found { $0.published.append(repeated) } == [])
    #expect(found(brokersDropRepeats: true) { $0.published.append(repeated) } == [.doubled])
  }

  @Test func `finds a wrong order within a key`() {
    let turned = found { evidence in
      evidence.published[0] = Self.message(0, at: 1)
      evidence.published[1] = Self.message(1, at: 0)
    }
    #expect(turned == [.disordered])
    // Another key, or another topic, has an order of its own.
    let moved = found { evidence in evidence.published[3] = Self.message(3, at: -1) }
    #expect(moved == [])
  }

  @Test func `finds what was judged wrongly`() {
    #expect(found { $0.rejections[0].code = "no_text" }.contains(.misjudged))
    #expect(found { $0.published[3].code = "no_text" } == [.misjudged])
    #expect(found { $0.groundings[0].sentences = 1 } == [.misjudged])
    #expect(found { $0.groundings[0].reportID = "b" } == [.misjudged])
    #expect(found { $0.groundings[0].groundingID = "another" } == [.misjudged])
    let turnedAway = found { evidence in
      let source = evidence.groundings.removeFirst().source
      evidence.rejections.append(.init(source: source, code: "no_text"))
      evidence.published[0].code = "no_text"
    }
    #expect(turnedAway == [.misjudged])
  }

  @Test func `finds a wrong position`() {
    #expect(found { $0.positions[0] = 2 } == [.misplaced])
    #expect(found { $0.positions[0] = 4 } == [.misplaced])
    #expect(found { $0.positions[1] = nil } == [.misplaced])
    #expect(found { $0.written[1] = Source(partition: 0, offset: 7) } == [.misplaced])
  }

  @Test func `finds what belongs to nothing`() {
    let nowhere = Source(partition: 5, offset: 5)
    #expect(found { $0.outbox = [.init(source: Self.source(0))] } == [.orphaned])
    #expect(found { $0.outbox = [.init(source: nil)] } == [.orphaned])
    #expect(found { $0.strayNotes = ["progress of grounded/4 at 99"] } == [.orphaned])
    #expect(found { $0.rejections.append(.init(source: nil, code: "no_text")) } == [.orphaned])
    let invented = found { evidence in
      evidence.published.append(
        .init(
          topic: "grounded", place: Source(partition: 4, offset: 9), id: "id-9", key: "z",
          source: nowhere))
    }
    #expect(invented == [.orphaned])
    let row = Evidence.Row(source: nowhere, groundingID: "id-9", reportID: "z", sentences: 1)
    #expect(found { $0.groundings.append(row) }.contains(.orphaned))
  }
}

@Suite struct `A plan` {
  @Test func `is the same for the same seed, and has several faults`() {
    for seed in UInt64(1)...200 {
      let plan = Plan(seed: seed, ownBrokers: true)
      #expect(plan.faults == Plan(seed: seed, ownBrokers: true).faults)
      #expect((4...7).contains(plan.faults.count))
    }
    #expect(Plan(seed: 1, ownBrokers: true).faults != Plan(seed: 2, ownBrokers: true).faults)
  }

  @Test func `leaves out for a real cluster what only brokers in this process let happen`() {
    for seed in UInt64(1)...200 {
      let plan = Plan(seed: seed, ownBrokers: false)
      #expect(!plan.faults.contains { $0.fault.needsOwnBrokers })
      #expect((4...7).contains(plan.faults.count))
    }
  }
}
