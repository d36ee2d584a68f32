import Boxes
import Images
import JSON
import TestKit
import Testing

@Suite struct `A picture for the network` {
  @Test func `is windowed from sixteen bits to eight, rounding down`() {
    let picture = Picture(
      width: 5, height: 1, channels: 1, samples: .sixteen([1000, 1001, 1500, 1999, 2000]))
    // 255 · 1 / 1000 = 0.255; 255 · 500 / 1000 = 127.5; 255 · 999 / 1000 = 254.745
    #expect(picture.windowed().samples == .eight([0, 0, 127, 254, 255]))
  }

  @Test func `is windowed over all its channels at once`() {
    let picture = Picture(width: 1, height: 1, channels: 3, samples: .sixteen([0, 50, 100]))
    #expect(picture.windowed().samples == .eight([0, 127, 255]))
  }

  @Test func `becomes black when sixteen bits say the same everywhere`() {
    let deep = Picture(width: 2, height: 1, channels: 1, samples: .sixteen([7, 7]))
    #expect(deep.windowed().samples == .eight([0, 0]))
    let plain = Picture(width: 2, height: 1, channels: 1, samples: .eight([7, 7]))
    #expect(plain.windowed() == plain)
  }

  @Test func `is scaled between the centres of pixels`() {
    let picture = Picture(width: 4, height: 1, channels: 1, samples: .eight([0, 100, 200, 50]))
    // Centres at 0.5 and 2.5: (0 + 100) / 2, (200 + 50) / 2.
    let half = picture.resized(width: 2, height: 1, filter: .bilinear)
    #expect(half.samples == .eight([50, 125]))
    // Centres at −0.25, 0.25, 0.75 …: quarters between neighbours, the edge goes on.
    let double = picture.resized(width: 8, height: 1, filter: .bilinear)
    #expect(double.samples == .eight([0, 25, 75, 125, 175, 163, 88, 50]))
  }

  /// Each filter agrees with the program that it is named after, to the bit.
  @Test func `is scaled as the references scale it`() throws {
    let golden = try Place.json(Place.golden("ImagesTests", "resizing.json"))
    let cases = try #require(golden["cases"]?.array)
    #expect(cases.count == 8)
    for vector in cases {
      func number(_ name: String) throws -> Int { Int(try #require(vector[name]?.integer)) }
      let (width, height) = (try number("width"), try number("height"))
      let channels = try number("channels")
      let picture = Self.pattern(width: width, height: height, channels: channels)
      let deep = Self.deepened(picture)
      for filter in ResizeFilter.allCases {
        let expected = vector[filter.rawValue]?.array?.compactMap { $0.integer.map { UInt8($0) } }
        let (newWidth, newHeight) = (try number("new_width"), try number("new_height"))
        let resized = picture.resized(width: newWidth, height: newHeight, filter: filter)
        #expect(
          resized.samples == .eight(try #require(expected)),
          "\(filter) \(width)×\(height)×\(channels)")
        let fromDeep = deep.resized(width: newWidth, height: newHeight, filter: filter)
        #expect(
          fromDeep == deep.windowed().resized(width: newWidth, height: newHeight, filter: filter))
      }
    }
  }

  @Test func `lies centred in black and is normalised`() {
    let picture = Picture(
      width: 4, height: 2, channels: 1, samples: .eight([255] + Array(repeating: 0, count: 7)))
    let input = NetworkInput(picture, options: PreparationOptions(side: 4))
    #expect(input.letterbox == Letterbox(width: 4, height: 2, side: 4))
    #expect(input.values.count == 48)
    let black: [Float] = [-2.117904, -2.035714, -1.804444]
    let white: [Float] = [2.248908, 2.428571, 2.64]
    for channel in 0..<3 {
      for pixel in 0..<16 {
        let expected = pixel == 4 ? white[channel] : black[channel]
        #expect(abs(input.values[16 * channel + pixel] - expected) < 1e-6, "\(channel) \(pixel)")
      }
    }
  }

  @Test func `keeps its colours apart`() {
    let picture = Picture(width: 1, height: 1, channels: 3, samples: .eight([0, 255, 0]))
    let input = NetworkInput(picture, options: PreparationOptions(side: 1))
    #expect(input.planes == 3 && input.samples == [0, 255, 0])
    #expect(zip(input.values, [-2.117904, 2.428571, -1.804444]).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test func `is as many samples as it has colours`() {
    let gray = Picture(width: 2, height: 1, channels: 1, samples: .eight([7, 200]))
    let options = PreparationOptions(side: 2)
    let input = NetworkInput(gray, options: options)
    #expect(input.planes == 1 && input.samples == [7, 200, 0, 0])
    let colourless = Picture(
      width: 2, height: 1, channels: 3, samples: .eight([7, 7, 7, 200, 200, 200]))
    #expect(NetworkInput(colourless, options: options) == input)
    for place in 1...2 {
      var pixels: [UInt8] = [7, 7, 7, 200, 200, 200]
      pixels[3 + place] = 199
      let picture = Picture(width: 2, height: 1, channels: 3, samples: .eight(pixels))
      var samples: [UInt8] = [7, 200, 0, 0, 7, 200, 0, 0, 7, 200, 0, 0]
      samples[4 * place + 1] = 199
      let coloured = NetworkInput(picture, options: options)
      #expect(coloured.planes == 3 && coloured.samples == samples, "\(place)")
    }
  }

  /// To the bit, in doubles that are rounded once.
  @Test func `is normalised by its colour's mean and deviation`() {
    let samples = (0...255).map { UInt8($0) }
    let terms = [(0.485, 0.229), (0.456, 0.224), (0.406, 0.225)]
    let expected = terms.flatMap { mean, deviation in
      samples.map { Float((Double($0) / 255 - mean) / deviation) }
    }
    #expect(NetworkInput.sampleTable == expected)
    #expect(NetworkInput.values(of: samples, planes: 1) == expected)
    #expect(NetworkInput.values(of: samples + samples + samples, planes: 3) == expected)
    #expect(
      NetworkInput.values(of: [1, 2, 3], planes: 3) == [expected[1], expected[258], expected[515]])
  }

  @Test func `says which cells are padding`() {
    let picture = Picture(
      width: 4, height: 8, channels: 1, samples: .eight([UInt8](repeating: 1, count: 32)))
    let input = NetworkInput(picture, options: PreparationOptions(side: 8))
    #expect(input.padding(cells: 4) == (0..<16).map { [0, 3].contains($0 % 4) })
    // Columns 2 … 5 of 8 hold the picture; of 2 cells one looks at column 0, one at column 4.
    #expect(input.padding(cells: 2) == [true, false, true, false])
  }

  private static func pattern(width: Int, height: Int, channels: Int) -> Picture {
    let samples = (0..<width * height * channels).map { index in
      let (x, y, c) = (index / channels % width, index / channels / width, index % channels)
      return UInt8((7 * x * x + 3 * y * y + 5 * x * y + 90 * c) % 251)
    }
    return Picture(width: width, height: height, channels: channels, samples: .eight(samples))
  }

  private static func deepened(_ picture: Picture) -> Picture {
    guard case .eight(let values) = picture.samples else { return picture }
    return Picture(
      width: picture.width, height: picture.height, channels: picture.channels,
      samples: .sixteen(values.map { UInt16($0) * 13 + 100 }))
  }
}
