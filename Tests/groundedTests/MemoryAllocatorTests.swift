import Testing

@testable import grounded

@Suite("The memory allocator") struct MemoryAllocatorTests {
  @Test("is jemalloc, and gives memory back in the background") func isLinked() {
    #expect(MemoryAllocator.returnUnusedInBackground())
  }
}
