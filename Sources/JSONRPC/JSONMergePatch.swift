// JSON Merge Patch (RFC 7396) from text to text. The target's members keep their order, their spelling and the
// digits of their numbers; new members follow in the order of the patch. Patch and target are each read once, however deep
// they are: a patch is taken apart first, and the target is merged while it is read.

/// Applies a merge patch to a JSON text.
///
/// - Parameters:
///   - patch: A valid JSON text. Where it is an object, its nulls remove members and its objects are merged;
///     anything else replaces the target.
///   - target: A valid JSON text.
///   - wereRead: Whether both were found valid before, so that their keys need not be compared again.
/// - Returns: The resulting text, without insignificant white space.
public func mergePatch(
    _ patch: Span<UInt8>,
    into target: Span<UInt8>,
    wereRead: Bool = false
) throws(JSONError) -> [UInt8] {
    var patchScanner = JSONScanner(patch, wasRead: wereRead)
    var targetScanner = JSONScanner(target, wasRead: wereRead)
    patchScanner.skipWhitespace()
    targetScanner.skipWhitespace()
    let parts = try Patch(&patchScanner)
    try patchScanner.end()
    var result: [UInt8] = []
    result.reserveCapacity(patch.count + target.count)
    try merge(parts, of: patch, into: &targetScanner, result: &result)
    try targetScanner.end()
    return result
}

/// A patch, taken apart.
private enum Patch {
    case members([(key: JSONValue, patch: Patch)])
    case value(JSONValue)

    /// Reads the value at the cursor.
    init(_ scanner: inout JSONScanner) throws(JSONError) {
        guard scanner.peek() == UInt8(ascii: "{") else {
            self = .value(try scanner.value())
            return
        }
        var members: [(key: JSONValue, patch: Patch)] = []
        var walk = try scanner.beginObject()
        while let key = try scanner.nextKey(&walk) { members.append((key, try Patch(&scanner))) }
        self = .members(members)
    }

    /// Whether it removes the member that it is for.
    var isRemoval: Bool {
        if case .value(let value) = self { value.kind == .null } else { false }
    }
}

/// Merges into the value at the cursor, which is read.
private func merge(
    _ patch: Patch,
    of patchText: Span<UInt8>,
    into target: inout JSONScanner,
    result: inout [UInt8]
) throws(JSONError) {
    guard case .members(let additions) = patch, target.peek() == UInt8(ascii: "{") else {
        _ = try target.value()
        return write(patch, of: patchText, result: &result)
    }
    var names = KeyTable(reserving: 16)
    for member in additions { names.insert(member.key, of: patchText) }
    var isMerged = [Bool](repeating: false, count: additions.count)
    var isFirst = true
    result.append(UInt8(ascii: "{"))
    var walk = try target.beginObject()
    while let key = try target.nextKey(&walk) {
        guard let index = names.number(of: key, of: target.bytes, among: patchText) else {
            let value = try target.value()
            name(key, of: target.bytes, isFirst: &isFirst, result: &result)
            target.bytes.appendCompacted(value, to: &result)
            continue
        }
        isMerged[index] = true
        if additions[index].patch.isRemoval {
            _ = try target.value()
            continue
        }
        name(key, of: target.bytes, isFirst: &isFirst, result: &result)
        try merge(additions[index].patch, of: patchText, into: &target, result: &result)
    }
    for (index, member) in additions.enumerated() where !isMerged[index] {
        write(member, of: patchText, isFirst: &isFirst, result: &result)
    }
    result.append(UInt8(ascii: "}"))
}

/// Writes what a patch makes where there was nothing to merge it into.
private func write(_ patch: Patch, of text: Span<UInt8>, result: inout [UInt8]) {
    switch patch {
    case .value(let value): text.appendCompacted(value, to: &result)
    case .members(let members):
        var isFirst = true
        result.append(UInt8(ascii: "{"))
        for member in members { write(member, of: text, isFirst: &isFirst, result: &result) }
        result.append(UInt8(ascii: "}"))
    }
}

private func write(
    _ member: (key: JSONValue, patch: Patch),
    of text: Span<UInt8>,
    isFirst: inout Bool,
    result: inout [UInt8]
) {
    if member.patch.isRemoval { return }
    name(member.key, of: text, isFirst: &isFirst, result: &result)
    write(member.patch, of: text, result: &result)
}

private func name(_ key: JSONValue, of text: Span<UInt8>, isFirst: inout Bool, result: inout [UInt8]) {
    if !isFirst { result.append(UInt8(ascii: ",")) }
    isFirst = false
    text.appendCompacted(key, to: &result)
    result.append(UInt8(ascii: ":"))
}
