// As much of a journal's format as it takes to damage one at a chosen place; FileFormat.md describes it.

import Foundation

enum JournalFile {
    static let headerSize = 48
    /// Where its first commit begins: behind the header there is its epoch.
    static let firstCommit = headerSize + 20

    /// Where its commits lie. Behind them there may be zeros: room for more.
    static func commits(in journal: Data) -> [Range<Int>] {
        var commits: [Range<Int>] = []
        var start = firstCommit
        while start + 8 <= journal.count {
            let length = (0..<4).reduce(0) { $0 + Int(journal[start + $1]) << (8 * $1) }
            guard length > 0 else { break }
            commits.append(start..<(start + 8 + length))
            start += 8 + length
        }
        return commits
    }
}

extension Data {
    /// How many bytes of a state file are no room for commits to come.
    var countWithoutRoom: Int {
        guard prefix(8) == Data("SESSIONJ".utf8) else { return count }
        return JournalFile.commits(in: self).last?.upperBound ?? JournalFile.firstCommit
    }

    /// Makes a header say another version of the format; the rest of it stays as it is, and its checksum is right.
    mutating func changeVersion(to version: UInt8, headerSize: Int) {
        self[8] = version
        let checksum = crc32c(prefix(headerSize - 4))
        for place in 0..<4 { self[headerSize - 4 + place] = UInt8(truncatingIfNeeded: checksum >> (8 * UInt32(place))) }
    }
}

/// CRC-32C (Castagnoli), bit by bit.
private func crc32c(_ bytes: Data) -> UInt32 {
    ~bytes.reduce(~0) { checksum, byte in
        (0..<8).reduce(checksum ^ UInt32(byte)) { rest, _ in rest >> 1 ^ (rest & 1 == 1 ? 0x82F6_3B78 : 0) }
    }
}
