import Testing

@testable import Datasets

@Suite struct `The anatomy of the chest` {
  private func mostSpecific(_ names: [String]) throws -> [String] {
    let numbers = try names.map { try #require(Anatomy.chest.number(of: $0)) }
    return Anatomy.chest.names(of: Anatomy.chest.mostSpecific(of: RegionSet(numbers)))
  }

  @Test func `has 29 regions`() {
    #expect(Anatomy.chest.names.count == 29 && Set(Anatomy.chest.names).count == 29)
    #expect(Anatomy.chest.number(of: "descending aorta") == nil)
  }

  @Test(arguments: [
    (["left lung"], ["left lung"]),
    (["left lung", "left costophrenic angle"], ["left costophrenic angle"]),
    (["left lower lung zone", "left costophrenic angle"], ["left costophrenic angle"]),
    (["right lung", "left costophrenic angle"], ["right lung", "left costophrenic angle"]),
    (["right lung", "right hemidiaphragm"], ["right lung", "right hemidiaphragm"]),
    (
      ["right lung", "right upper lung zone", "right lower lung zone"],
      ["right upper lung zone", "right lower lung zone"]
    ),
    (["mediastinum", "right atrium"], ["right atrium"]),
    (["cardiac silhouette", "cavoatrial junction", "svc"], ["svc", "cavoatrial junction"]),
    (["upper mediastinum", "trachea", "carina"], ["trachea", "carina"]),
    (["spine", "abdomen"], ["spine", "abdomen"]),
  ])
  func `keeps the innermost of nested regions`(names: [String], kept: [String]) throws {
    #expect(try Set(mostSpecific(names)) == Set(kept))
  }

  @Test(arguments: [
    #"{"findings":[]}"#, #"{"regions":[],"findings":[]}"#,
    #"{"regions":[{"name":"a","parts":["b"]}],"findings":[]}"#,
    #"{"regions":[{"name":"a"},{"name":"a"}],"findings":[]}"#,
    #"{"regions":[{"name":"a","parts":["b"]},{"name":"b","parts":["a"]}],"findings":[]}"#,
    "[", "",
  ])
  func `is refused when it is no hierarchy`(text: String) {
    #expect(throws: DatasetError.Problem.self) { try Anatomy(parsing: Array(text.utf8)) }
  }
}
