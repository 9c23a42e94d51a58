// The blocks of what varies in length: what is stored comes back whatever moves and goes around it, and the memory is
// bounded whatever sizes come and go.

import TestSupport
import Testing

@testable import Sessions

@Suite("Payload arena")
struct PayloadArenaTests {
    @Test("data of every size comes back, and its block begins where a word may begin")
    func sizes() {
        var slab = RecordSlab()
        for size in Array(0..<4200) + Array(stride(from: 4200, through: SessionLimit.data, by: 104)) {
            let data = [UInt8](repeating: UInt8(truncatingIfNeeded: size), count: size)
            let slot = slab.insert(.placeholder, PayloadParts(data: data))
            slab.expect(PayloadParts(data: data), at: slot)
            let start = slab.payload(of: slot).data.address
            #expect(size == 0 || start % 8 == MemoryLayout<UInt32>.size)
            #expect(slab.payloads.byteCount >= size)
            slab.remove(slot)
            #expect(slab.payloads.byteCount == 0)
        }
    }

    @Test("everything at its limit comes back, part for part")
    func limits() {
        var slab = RecordSlab()
        let parts = PayloadParts(
            user: [UInt8](repeating: 1, count: UserID.longest),
            ip: [UInt8](repeating: 2, count: SessionLimit.ip),
            userAgent: [UInt8](repeating: 3, count: SessionLimit.userAgent),
            data: [UInt8](repeating: 4, count: SessionLimit.data)
        )
        let slots = (0..<3).map { _ in slab.insert(.placeholder, parts) }
        slab.remove(slots[0])
        for slot in slots.dropFirst() { slab.expect(parts, at: slot) }
        let byteCount = slab[slots[1]].payload.byteCount
        #expect(byteCount == 255 + 64 + 1024 + 65_536)
        slab.setPayload(of: slots[1], to: PayloadParts())
        slab.expect(PayloadParts(), at: slots[1])
        slab.expect(parts, at: slots[2])
    }

    @Test("each part that is alone comes back as that part")
    func alone() {
        var slab = RecordSlab()
        let bytes = Array("part".utf8)
        for parts in [
            PayloadParts(user: bytes), PayloadParts(ip: bytes),
            PayloadParts(userAgent: bytes), PayloadParts(data: bytes),
        ] {
            let slot = slab.insert(.placeholder, parts)
            slab.expect(parts, at: slot)
        }
    }

    @Test("a place is kept to its last bit, and does not touch the lengths")
    func places() {
        var payload = Payload(
            PayloadParts(user: [1], ip: [1, 2], userAgent: [UInt8](repeating: 3, count: 1024), data: [1, 2, 3, 4])
        )
        for place in [1, 1 << 31, 1 << 32, 1 << 36, 1 << 37 - 1, 0] {
            payload.place = place
            #expect(payload.place == place)
            #expect(payload.userLength == 1)
            #expect(payload.ipLength == 2)
            #expect(payload.userAgentLength == 1024)
            #expect(payload.dataLength == 4)
        }
    }

    @Test("at random, what is stored stays what it is until it is changed or freed")
    func model() {
        let seed = seed(for: "PayloadArenaTests")
        var generator = SplitMix64(seed: seed)
        var slab = RecordSlab()
        var stored: [Slot: PayloadParts] = [:]
        for step in 0..<60_000 {
            // Many sizes at times, few at others, so that spans change hands.
            let longest = [8, 300, 1500, 2100, 9000][step / 4000 % 5]
            let parts = PayloadParts.random(longest: longest, using: &generator)
            switch Int.random(in: 0..<5, using: &generator) {
            case 0, 1:
                stored[slab.insert(.placeholder, parts)] = parts
            case 2:
                guard let slot = stored.randomElement(using: &generator)?.key else { continue }
                slab.setPayload(of: slot, to: parts)
                stored[slot] = parts
            default:
                // At times nearly everything goes.
                for _ in 0..<(generator.oneIn(2000) ? stored.count : 1) {
                    guard let slot = stored.randomElement(using: &generator)?.key else { continue }
                    slab.expect(stored.removeValue(forKey: slot)!, at: slot, "seed \(seed), step \(step)")
                    slab.remove(slot)
                }
            }
        }
        for (slot, parts) in stored { slab.expect(parts, at: slot, "seed \(seed)") }
        for slot in stored.keys { slab.remove(slot) }
        #expect(slab.payloads.byteCount == 0)
    }

    @Test("churn of shifting sizes takes no more memory than the most that was in use, and a span a size")
    func bounded() {
        var generator = SplitMix64(seed: 1)
        var slab = RecordSlab()
        var slots: [Slot] = []
        var most = 0
        // Each round replaces what is there, in any order, by as many bytes in blocks of another size.
        for round in 0..<12 {
            let size = [40, 1900, 270, 1000][round % 4]
            for _ in 0..<2_000_000 / size {
                while slab.payloads.byteCount > 2_000_000 {
                    slots.swapAt(Int.random(in: slots.indices, using: &generator), slots.count - 1)
                    slab.remove(slots.removeLast())
                }
                let size = Int.random(in: size...size + 64, using: &generator)
                slots.append(slab.insert(.placeholder, PayloadParts(data: [UInt8](repeating: 7, count: size))))
                most = max(most, slab.payloads.byteCount)
            }
        }
        // What a span has left over is less than a block. One that is not full there is for each size, and one that no
        // block is ever in.
        let sizes = 4 * (64 / 8 + 1)
        let spanBytes = slab.payloads.spanBytes
        #expect(spanBytes <= most * 32 / 31 + (sizes + 1) << 16)
        for slot in slots { slab.remove(slot) }
        #expect(slab.payloads.byteCount == 0)
    }

    @Test("spans that have become empty serve other sizes")
    func spansChangeHands() {
        var slab = RecordSlab()
        var before = 0
        for size in [2000, 100, 700, 44, 1500] {
            let parts = PayloadParts(data: [UInt8](repeating: 1, count: size))
            let slots = (0..<1_000_000 / size).map { _ in slab.insert(.placeholder, parts) }
            if before == 0 { before = slab.payloads.spanBytes }
            for slot in slots { slab.remove(slot) }
        }
        // The shortest have four bytes more, for their owners, in every 48.
        #expect(slab.payloads.spanBytes <= before * 12 / 11 + 1 << 16)
        #expect(slab.payloads.byteCount == 0)
    }
}

extension Span<UInt8> {
    fileprivate var address: Int { unsafe withUnsafeBufferPointer { Int(bitPattern: $0.baseAddress) } }
}

extension RecordSlab {
    fileprivate func expect(
        _ parts: PayloadParts,
        at slot: Slot,
        _ comment: Comment? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let view = payload(of: slot)
        let (user, ip, userAgent, data) = (view.user.array, view.ip.array, view.userAgent.array, view.data.array)
        #expect(user == parts.user, comment, sourceLocation: sourceLocation)
        #expect(ip == parts.ip, comment, sourceLocation: sourceLocation)
        #expect(userAgent == parts.userAgent, comment, sourceLocation: sourceLocation)
        #expect(data == parts.data, comment, sourceLocation: sourceLocation)
    }
}

extension PayloadParts {
    /// Parts of random bytes, so that every block has a pattern of its own.
    fileprivate static func random(longest: Int, using generator: inout SplitMix64) -> PayloadParts {
        func bytes(_ longest: Int) -> [UInt8] {
            let first = UInt8(truncatingIfNeeded: generator.next())
            return (0..<Int.random(in: 0...longest, using: &generator)).map { first &+ UInt8(truncatingIfNeeded: $0) }
        }
        return PayloadParts(
            user: bytes(min(longest / 4, UserID.longest)),
            ip: bytes(min(longest / 4, SessionLimit.ip)),
            userAgent: generator.oneIn(4) ? bytes(min(longest / 4, SessionLimit.userAgent)) : [],
            data: bytes(longest)
        )
    }
}
