import Testing

@testable import Datasets

@Suite struct `The tables that curation reads` {
  private let folder: FolderOfFiles

  init() throws { folder = try FolderOfFiles() }

  @Test(
    arguments: [
      ("subject_id,study_id,dicom_id,path,ViewPosition\n1,2,a-b,p,PA\n1,2,c,p,AP\n", ["a-b", "c"]),
      ("dicom_id\na\n", ["a"]), ("a.dcm\r\n\n c.jpg \nd", ["a", "c", "d"]),
      ("a\nb c\n", nil), ("a\np/b.jpg\n", nil), ("", nil), ("\n \n", nil), ("x,y\n1,2\n", nil),
      ("dicom_id,x\n", nil), ("dicom_id,x\n../a,1\n", nil),
    ] as [(String, Set<String>?)])
  func `leaves out images of a list`(text: String, names: Set<String>?) throws {
    let path = try folder.file("gold", text)
    guard let names else {
      #expect(throws: DatasetError.self) { try ImageList(path: path) }
      return
    }
    #expect(try ImageList(path: path).names == names)
  }

  @Test(arguments: [
    "", "dicom_id,Rows\na,1\n", "dicom_id,Rows,Columns\na,0,5\n",
    "dicom_id,Rows,Columns\na,nan,5\n", "dicom_id,Rows,Columns\na,99999999999,5\n",
    "dicom_id,Rows,Columns\na,5,5\na,5,5\n", "dicom_id,Rows,Columns\n,5,5\n",
  ])
  func `refuses a wrong table of sizes`(text: String) throws {
    let path = try folder.file("wrong.csv", text)
    #expect(throws: DatasetError.self) { try MIMICSizes(path: path) }
  }

  @Test func `refuses wrong tables of splits and of studies`() throws {
    for text in ["dicom_id,split\na,dev\n", "dicom_id\na\n", "dicom_id,split\na,test\na,train\n"] {
      let path = try folder.file("wrong.csv", text)
      #expect(throws: DatasetError.self) { try CurationSplits(path: path) }
    }
    for text in [
      "dicom_id,path\na,b.jpg\n", "dicom_id\na\n", "dicom_id,path\na,p1/sx/a.jpg\n",
      "dicom_id,path\n", #"{"images":[]}"#, #"{"images":[{"file_name":"a.jpg"}]}"#,
    ] {
      let path = try folder.file("wrong.csv", text)
      #expect(throws: DatasetError.self) {
        try ExcludedStudies(path: path, takesPatients: true)
      }
    }
  }
}
