internal import Foundation
internal import Images
internal import Phantoms
internal import Synchronization
internal import TestKit

/// A server of images on the loopback interface, and a folder of them.
final class ImageShelf: Sendable {
  /// How the server answers at present.
  enum Mood: String, Sendable {
    case well
    case unavailable, cut, slow

    static let faults: [Mood] = [.unavailable, .cut, .slow]
  }

  let folder: String
  private let server: TestServer
  private let mood: Shared

  private final class Shared: Sendable {
    let mood = Mutex(Mood.well)
  }

  /// - Parameter folder: an existing one; an image is put there.
  init(folder: String) throws {
    let picture = PNG.encode(
      PhantomFilm(seed: 1, width: 64, height: 64, bitDepth: 8).picture)
    try Data(picture).write(to: URL(filePath: "\(folder)/good.png"))
    let shared = Shared()
    self.folder = folder
    mood = shared
    server = try TestServer { request in
      switch shared.mood.withLock({ $0 }) {
      case .well: break
      case .slow: usleep(700_000)
      case .unavailable: return TestServer.answer(503)
      case .cut:
        return [.send(TestServer.head(["HTTP/1.1 200 X", "Content-Length: 900"])), .hangUp]
      }
      switch request.target {
      case "/good.png": return TestServer.answer(200, picture)
      case "/forbidden.png": return TestServer.answer(403)
      case "/empty.png": return TestServer.answer(200)
      case "/page.png": return TestServer.answer(200, Array("<html>Please log in</html>".utf8))
      case "/half.png": return TestServer.answer(200, Array(picture.prefix(200)))
      default: return TestServer.answer(404)
      }
    }
  }

  func become(_ mood: Mood) { self.mood.mood.withLock { $0 = mood } }

  func web(_ name: String) -> String { "http://127.0.0.1:\(server.port)/\(name)" }
  func file(_ name: String) -> String { "file:\(folder)/\(name)" }

  /// For `images.allow`.
  var rules: String { "file:\(folder) http://127.0.0.1:\(server.port)/" }
}
