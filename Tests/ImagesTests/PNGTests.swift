import Images
import Testing

@Suite struct `PNG files` {
  @Test func `come back as they were written`() throws {
    let picture = Picture(width: 3, height: 2, channels: 1, samples: .eight([0, 1, 2, 3, 4, 255]))
    #expect(try Picture.decode(PNG.encode(picture)) == picture)
  }
}
