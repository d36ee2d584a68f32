import Foundation
import Images
import TestKit
import Testing

/// Real and damaged files that stand beside the repository, with what Pillow makes of each.
@Suite(.enabled(if: Place.shared != nil)) struct `Shared images` {
  /// Files that we refuse though Pillow shows something: the pixels it shows are not all in the file.
  static let refusedByUsAlone: [String: String] = [
    "png/pngsuite/xcsn0g01.png": "the checksum of the pixel data is wrong",
    "jpeg/from_dicom/rg3_jpeg2000.j2k": "JPEG 2000 is another format",
    "malformed/jpeg_fuzz/jpeg-full_0a38ddad5da2.jpg": "a baseline scan with parameters of none",
    "malformed/jpeg_fuzz/jpeg-full_2027e96157d3.jpg": "coded data end early, the rest is grey",
    "malformed/jpeg_fuzz/jpeg-full_3f2ead0700a3.jpg": "scans refine what was never coded",
    "malformed/jpeg_fuzz/jpeg-full_8be20fcbf6f7.jpg": "a baseline scan with parameters of none",
    "malformed/jpeg_fuzz/jpeg-full_90793cbaf62b.jpg": "a Huffman code that is in no table",
    "malformed/jpeg_fuzz/jpeg-full_907ffca151b1.jpg": "a baseline scan with parameters of none",
    "malformed/jpeg_fuzz/jpeg-full_b6d2e0cfc531.jpg": "124 coded bytes that belong to no pixel",
    "malformed/jpeg_fuzz/jpeg_turbo-full_2ccc7d54a24e.jpg": "coded data end early",
    "malformed/jpeg_fuzz/jpeg_turbo-full_7939763750ba.jpg":
      "a baseline scan with parameters of none",
    "malformed/jpeg_fuzz/jpeg_turbo-full_b2ee214aef9d.jpg": "scans refine what was never coded",
  ]

  /// Files whose size differs because EXIF says to turn them; Pillow reports the stored size.
  static let turned: Set = [
    "jpeg/pillow/hopper_orientation_6.jpg", "jpeg/pillow/hopper_orientation_8.jpg",
    "jpeg/cxr_variants/cxr_s03_gray_exif_orientation6.jpg",
  ]

  @Test func `decode or are refused as the reference has it, save where we know why`() throws {
    let rows = try Self.table("INDEX.csv").filter { row in
      ["png/", "jpeg/", "malformed/"].contains { row["file"]?.hasPrefix($0) ?? false }
        && row["reference_decode"] != ""
    }
    #expect(rows.count == 414)
    var refusedByUsAlone: Set<String> = []
    for row in rows {
      let file = row["file"] ?? ""
      let reference = row["reference_decode"] ?? ""
      let outcome = try Self.outcome(of: file)
      guard reference.hasPrefix("decodes") else {
        #expect(outcome.picture == nil, "\(file): we accept what the reference refuses")
        continue
      }
      guard let picture = outcome.picture else {
        refusedByUsAlone.insert(file)
        continue
      }
      let size = reference.split(separator: " ").last?.split(separator: "x").compactMap { Int($0) }
      let upright = Self.turned.contains(file) ? size.map { Array($0.reversed()) } : size
      #expect([picture.width, picture.height] == upright, "\(file)")
    }
    #expect(refusedByUsAlone == Set(Self.refusedByUsAlone.keys))
  }

  @Test func `decode alike whether interlaced or not`() throws {
    let suite = "png/pngsuite/"
    for kind in ["0g01", "0g02", "0g04", "0g08", "0g16", "2c08", "2c16", "3p01", "3p02", "3p04"] {
      let plain = try #require(try Self.outcome(of: suite + "basn\(kind).png").picture)
      let interlaced = try #require(try Self.outcome(of: suite + "basi\(kind).png").picture)
      #expect(plain == interlaced, "\(kind)")
    }
  }

  @Test func `of the manifest have the size that it states`() throws {
    let rows = try Self.table("manifest.csv")
    #expect(rows.count == 24)
    for row in rows {
      let file = row["file"] ?? ""
      let picture = try #require(try Self.outcome(of: file).picture, "\(file)")
      #expect(String(picture.width) == row["width"], "\(file)")
      #expect(String(picture.height) == row["height"], "\(file)")
      #expect(String(picture.bitDepth) == row["bit_depth"], "\(file)")
    }
    let named = try #require(rows.first { $0["id"] == "s13" }?["file"])
    #expect(named.hasSuffix(".jpg"))
    #expect(ImageFormat(recognising: try Self.bytes(of: named)) == .png)
  }

  @Test func `turned by EXIF show what the upright file shows`() throws {
    let upright = try #require(try Self.outcome(of: "png/cxr_variants/cxr_s03_gray8.png").picture)
    for orientation in [3, 6] {
      let file = "jpeg/cxr_variants/cxr_s03_gray_exif_orientation\(orientation).jpg"
      let picture = try #require(try Self.outcome(of: file).picture)
      let isSideways = orientation == 6
      #expect(picture.width == (isSideways ? upright.height : upright.width))
      for (x, y) in [(100, 100), (400, 100), (100, 600), (342, 411)] {
        let there =
          isSideways
          ? picture[upright.height - 1 - y, x, 0]
          : picture[upright.width - 1 - x, upright.height - 1 - y, 0]
        #expect(abs(upright[x, y, 0] - there) <= 12, "orientation \(orientation) at \(x), \(y)")
      }
    }
  }

  /// The picture, or why there is none; each file takes well under a second.
  private static func outcome(of file: String) throws -> (picture: Picture?, refusal: ImageError?) {
    let bytes = try bytes(of: file)
    let clock = ContinuousClock()
    let start = clock.now
    defer { #expect(clock.now - start < .seconds(5), "\(file)") }
    do throws(ImageError) {
      return (try Picture.decode(bytes), nil)
    } catch {
      #expect(!error.code.isEmpty && !error.description.isEmpty)
      return (nil, error)
    }
  }

  private static func bytes(of file: String) throws -> [UInt8] {
    let shared = try #require(Place.shared)
    return try Place.bytes(shared.appending(path: "data/\(file)"))
  }

  /// Rows of a CSV file by column; quoted fields may hold commas, quotes and line ends.
  private static func table(_ file: String) throws -> [[String: String]] {
    var rows: [[String]] = [[""]]
    var isQuoted = false
    for character in String(decoding: try bytes(of: file), as: UTF8.self) {
      switch character {
      case "\"": isQuoted.toggle()
      case "," where !isQuoted: rows[rows.count - 1].append("")
      case "\n" where !isQuoted, "\r\n" where !isQuoted: rows.append([""])
      default: rows[rows.count - 1][rows[rows.count - 1].count - 1].append(character)
      }
    }
    let names = rows.removeFirst()
    return rows.filter { $0.count == names.count }.map { row in
      Dictionary(zip(names, row), uniquingKeysWith: { first, _ in first })
    }
  }
}
