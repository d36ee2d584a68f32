import Foundation
import Glibc

/// libFuzzer's way in: it brings the main function, and calls this with bytes of its own.
///
/// `GROUNDED_FUZZ_READER` names the reader. An error that a reader throws is what it should do with most
/// bytes; a crash, a hang, or a result that breaks its promise ends the run.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  _ = try? target.reader.read(  // the error is the reader's answer
    [UInt8](UnsafeBufferPointer(start: bytes, count: count)), target.file)
  return 0
}

private let target = Target()

/// Which reader this process tries, and the file that it reads from.
private struct Target {
  let reader: FuzzedReader
  let file = "/dev/shm/grounded-fuzz-\(getpid())"

  init() {
    let name = ProcessInfo.processInfo.environment["GROUNDED_FUZZ_READER"] ?? ""
    guard let reader = FuzzedReader(rawValue: name) else {
      let names = FuzzedReader.allCases.map { $0.rawValue }.joined(separator: ", ")
      FileHandle.standardError.write(Data("GROUNDED_FUZZ_READER is one of \(names)\n".utf8))
      exit(2)
    }
    self.reader = reader
    _ = atexit { _ = unlink(target.file) }
  }
}
