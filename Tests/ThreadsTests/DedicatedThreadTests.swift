import Glibc
import Testing
import Threads

@Suite struct `A dedicated thread` {
  @Test func `runs an actor's work on one thread that is no other's`() async {
    let first = Worker()
    let second = Worker()
    let threads = await [first.thread(), first.thread(), second.thread()]
    #expect(threads[0] == threads[1])
    #expect(threads[0] != threads[2])
  }

  @Test func `runs jobs in the order in which they come`() async {
    let worker = Worker()
    for number in 0..<1_000 { await worker.note(number) }
    #expect(await worker.notes == Array(0..<1_000))
  }
}

private actor Worker {
  private let executor = DedicatedThread(name: "test worker")
  private(set) var notes: [Int] = []

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  func thread() -> UInt { UInt(pthread_self()) }
  func note(_ number: Int) { notes.append(number) }
}
