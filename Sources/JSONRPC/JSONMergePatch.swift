// JSON Merge Patch (RFC 7396) from text to text. The target's members keep their order, their spelling and the
// digits of their numbers; new members follow in the order of the patch.

/// Applies a merge patch to a JSON text.
///
/// - Parameters:
///   - patch: A valid JSON text. Where it is an object, its nulls remove members and its objects are merged;
///     anything else replaces the target.
///   - target: A valid JSON text.
/// - Returns: The resulting text, without insignificant white space.
public func mergePatch(_ patch: Span<UInt8>, into target: Span<UInt8>) throws(JSONError) -> [UInt8] {
    var patchScanner = JSONScanner(patch)
    var targetScanner = JSONScanner(target)
    let patchValue = try patchScanner.document()
    let targetValue = try targetScanner.document()
    var result: [UInt8] = []
    result.reserveCapacity(patch.count + target.count)
    try merge(patchValue, of: patch, into: targetValue, of: target, result: &result)
    return result
}

private func merge(
    _ patch: JSONValue,
    of patchText: Span<UInt8>,
    into target: JSONValue?,
    of targetText: Span<UInt8>,
    result: inout [UInt8]
) throws(JSONError) {
    guard patch.kind == .object else {
        result += patchText.compacted(patch)
        return
    }
    let additions = try members(of: patch, in: patchText)
    var byName: [[UInt8]: Int] = [:]
    for (index, member) in additions.enumerated() { byName[patchText.unescaped(member.key)] = index }
    var isMerged = [Bool](repeating: false, count: additions.count)
    var isFirst = true
    result.append(UInt8(ascii: "{"))
    if let target, target.kind == .object {
        for member in try members(of: target, in: targetText) {
            let index = byName[targetText.unescaped(member.key)]
            if let index {
                isMerged[index] = true
                if additions[index].value.kind == .null { continue }
            }
            name(member.key, of: targetText, isFirst: &isFirst, result: &result)
            if let index {
                let value = additions[index].value
                try merge(value, of: patchText, into: member.value, of: targetText, result: &result)
            } else {
                result += targetText.compacted(member.value)
            }
        }
    }
    for (index, member) in additions.enumerated() where !isMerged[index] && member.value.kind != .null {
        name(member.key, of: patchText, isFirst: &isFirst, result: &result)
        try merge(member.value, of: patchText, into: nil, of: targetText, result: &result)
    }
    result.append(UInt8(ascii: "}"))
}

private func members(of object: JSONValue, in text: Span<UInt8>) throws(JSONError) -> [JSONMember] {
    var scanner = JSONScanner(text, at: object.start)
    var walk = try scanner.beginObject()
    var members: [JSONMember] = []
    while let member = try scanner.nextMember(&walk) { members.append(member) }
    return members
}

private func name(_ key: JSONValue, of text: Span<UInt8>, isFirst: inout Bool, result: inout [UInt8]) {
    if !isFirst { result.append(UInt8(ascii: ",")) }
    isFirst = false
    result += text.compacted(key)
    result.append(UInt8(ascii: ":"))
}
