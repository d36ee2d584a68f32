/// Lets a bounded number of tasks in at a time; the others wait in order.
actor Gate {
  private var free: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []
  private var first = 0

  init(places: Int) {
    precondition(places > 0, "a gate with \(places) places")
    free = places
  }

  /// Takes a place, when one is free.
  func enter() async {
    if free > 0 {
      free -= 1
    } else {
      await withCheckedContinuation { waiting.append($0) }
    }
  }

  /// Gives the place to who has waited longest.
  func leave() {
    guard first < waiting.count else {
      free += 1
      return
    }
    waiting[first].resume()
    first += 1
    guard first > 1_024 && first > waiting.count / 2 || first == waiting.count else { return }
    waiting.removeFirst(first)
    first = 0
  }

  /// With a place for as long as `body` runs.
  nonisolated func held<Value>(
    _ body: () async throws(GroundingFailure) -> Value
  ) async throws(GroundingFailure) -> Value {
    await enter()
    return try await leaving(body)
  }

  /// Gives the place back that the caller has, once `body` has run.
  nonisolated func leaving<Value>(
    _ body: () async throws(GroundingFailure) -> Value
  ) async throws(GroundingFailure) -> Value {
    do throws(GroundingFailure) {
      let value = try await body()
      await leave()
      return value
    } catch {
      await leave()
      throw error
    }
  }
}
