public import FoundationEssentials
internal import JSON

/// The id of a grounding: the same for the same message, campaign and grounder, always.
///
/// UUID version 5 (RFC 9562, section 5.5) of a JSON array with all of them but the device.
public func groundingID(
  topic: String, partition: Int32, offset: Int64, campaign: String, grounder: GrounderIdentity
) -> UUID {
  var name = JSONWriter()
  name.beginArray()
  name.write(topic)
  name.write(Int64(partition))
  name.write(offset)
  name.write(campaign)
  name.write(grounder.name)
  name.write(grounder.version)
  name.write(grounder.architecture ?? "")
  name.write(grounder.weightsSHA256)
  name.write(grounder.threshold)
  name.write(grounder.fusionIoU)
  name.write(grounder.precision)
  name.endArray()
  return nameBasedID(groundingNamespace, name.bytes)
}

/// The id of a rejection: the same for the same message and campaign.
public func rejectionID(_ position: SourcePosition, campaign: String) -> UUID {
  var name = JSONWriter()
  name.beginArray()
  name.write("rejected")
  name.write(position.topic)
  name.write(Int64(position.partition))
  name.write(position.offset)
  name.write(campaign)
  name.endArray()
  return nameBasedID(groundingNamespace, name.bytes)
}

/// UUID version 5: SHA-1 of a namespace and a name.
func nameBasedID(_ namespace: UUID, _ name: [UInt8]) -> UUID {
  let space = namespace.uuid
  var message: [UInt8] = [
    space.0, space.1, space.2, space.3, space.4, space.5, space.6, space.7, space.8, space.9,
    space.10, space.11, space.12, space.13, space.14, space.15,
  ]
  message.append(contentsOf: name)
  var hash = SHA1.digest(of: message)
  hash[6] = hash[6] & 0x0F | 0x50
  hash[8] = hash[8] & 0x3F | 0x80
  return UUID(
    uuid: (
      hash[0], hash[1], hash[2], hash[3], hash[4], hash[5], hash[6], hash[7], hash[8], hash[9],
      hash[10], hash[11], hash[12], hash[13], hash[14], hash[15]
    ))
}

/// The namespace of ids made by `grounded`: a random UUID, fixed for good.
private let groundingNamespace = UUID(
  uuid: (
    0x6B, 0x1F, 0xD3, 0x42, 0x9C, 0x07, 0x4E, 0x55, 0xA8, 0x3A, 0x5E, 0x90, 0x2D, 0xC4, 0x71, 0xB6
  ))
