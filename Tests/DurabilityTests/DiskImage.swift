// What a simulated disk holds: what is safe, and what only the machine's memory has. A crash decides for each of the
// latter by chance what becomes of it, harder than any real disk: files, and pieces of files, do not keep to any order.

import TestSupport

/// The files of a directory, with what would survive a crash told apart from what might.
struct DiskImage: Sendable {
    /// What becomes of the unsynced bytes of a file in a crash.
    enum Fate: CaseIterable {
        case dropped
        case kept
        /// Only the first of them are there.
        case cutShort
        /// The file has its length, but some pieces of it were never written.
        case holed
    }

    /// The bytes of a file, whatever its name.
    struct Content: Sendable {
        /// What was appended.
        var bytes: [UInt8] = []
        var syncedCount = 0
        /// Where the zeros end that are reserved behind it; a smaller number means none.
        var reserved = 0
        var syncedReserved = 0
        /// What a sync that failed has left in memory only: the next sync says that it is on the disk, and it is not.
        var lost: [Range<Int>] = []

        /// Writes zeros, also over what a careless caller has appended.
        mutating func reserve(_ count: Int, behind offset: Int) {
            for place in offset..<max(offset, bytes.count) { bytes[place] = 0 }
            reserved = offset + count
        }

        /// Ends the file there.
        mutating func release(behind offset: Int) {
            bytes.removeLast(max(0, bytes.count - offset))
            syncedCount = min(syncedCount, bytes.count)
            reserved = 0
        }

        /// What the file holds.
        var all: [UInt8] { bytes + repeatElement(0, count: max(0, reserved - bytes.count)) }
    }

    /// What was done to names and may be undone by a crash, each time wholly.
    enum NameChange: Sendable {
        case created(String, content: Int)
        case renamed(String, to: String, content: Int)
        case removed(String)

        func apply(to names: inout [String: Int]) {
            switch self {
            case .created(let name, let content): names[name] = content
            case .renamed(let name, let other, let content):
                names[name] = nil
                names[other] = content
            case .removed(let name): names[name] = nil
            }
        }
    }

    private(set) var names: [String: Int] = [:]
    private var syncedNames: [String: Int] = [:]
    private var unsyncedChanges: [NameChange] = []
    private var contents: [Int: Content] = [:]
    private var nextContent = 0

    /// What a file holds now.
    func content(of name: String) -> [UInt8]? { names[name].flatMap { contents[$0]?.all } }

    subscript(content number: Int) -> Content {
        get { contents[number] ?? Content() }
        set { contents[number] = newValue }
    }

    /// Puts a file there, synced or not.
    @discardableResult
    mutating func add(_ name: String, _ content: Content = Content(), isSynced: Bool = true) -> Int {
        let number = nextContent
        nextContent += 1
        contents[number] = content
        change(.created(name, content: number))
        if isSynced { syncedNames[name] = number }
        return number
    }

    mutating func change(_ change: NameChange) {
        change.apply(to: &names)
        unsyncedChanges.append(change)
    }

    mutating func syncDirectory() {
        syncedNames = names
        unsyncedChanges = []
    }

    mutating func sync(_ number: Int) {
        self[content: number].syncedCount = self[content: number].bytes.count
        self[content: number].syncedReserved = self[content: number].reserved
    }

    /// What was not synced is in memory still, and will never get to the disk.
    mutating func failToSync(_ number: Int) {
        let content = self[content: number]
        self[content: number].lost.append(content.syncedCount..<content.bytes.count)
    }
}

// Crashes.
extension DiskImage {
    private static let pieceSize = 64

    /// After a crash in which everything unsynced has the same fate, and so have the names.
    func crashed(_ fate: Fate, using generator: inout SplitMix64) -> DiskImage {
        var disk = DiskImage()
        for (name, number) in fate == .dropped ? syncedNames : names {
            disk.add(name, Self.crashed(self[content: number], fate, using: &generator))
        }
        disk.syncDirectory()
        return disk
    }

    /// After a crash in which chance decides, for each file and each name by itself.
    func crashed(using generator: inout SplitMix64) -> DiskImage {
        // Now and then all at once, for independent choices hardly ever agree.
        let unanimous = [true, false, nil, nil][Int.random(in: 0..<4, using: &generator)]
        var survivors = syncedNames
        for change in unsyncedChanges where unanimous ?? generator.oneIn(2) { change.apply(to: &survivors) }
        var disk = DiskImage()
        for (name, number) in survivors.sorted(by: { $0.key < $1.key }) {
            let fate = Fate.allCases[Int.random(in: 0..<Fate.allCases.count, using: &generator)]
            disk.add(name, Self.crashed(self[content: number], fate, using: &generator))
        }
        disk.syncDirectory()
        return disk
    }

    private static func crashed(_ content: Content, _ fate: Fate, using generator: inout SplitMix64) -> Content {
        var bytes = content.bytes
        for range in content.lost { bytes.replaceSubrange(range, with: repeatElement(0, count: range.count)) }
        let unsynced = content.syncedCount..<bytes.count
        switch fate {
        case .dropped: bytes.removeSubrange(unsynced)
        case .kept: break
        case .cutShort:
            let end = Int.random(in: content.syncedCount...bytes.count, using: &generator)
            bytes.removeSubrange(end...)
        case .holed:
            for start in stride(from: unsynced.lowerBound, to: unsynced.upperBound, by: pieceSize)
            where generator.oneIn(2) {
                let piece = start..<min(start + pieceSize, unsynced.upperBound)
                bytes.replaceSubrange(piece, with: repeatElement(0, count: piece.count))
            }
        }
        // The file may have grown already by what was reserved, and keeps what it had.
        let hasGrown = content.reserved == content.syncedReserved || generator.oneIn(2)
        let size = hasGrown ? content.reserved : content.syncedReserved
        bytes += repeatElement(0, count: max(0, size - bytes.count))
        return Content(bytes: bytes, syncedCount: bytes.count)
    }
}
