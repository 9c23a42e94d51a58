// How records are packed: their size, and what the packing keeps of instants and lengths of time.

import Testing

@testable import Sessions

@Suite("Record")
struct RecordTests {
    @Test("a record takes 136 bytes and has no gaps but one byte")
    func size() {
        #expect(MemoryLayout<Record>.size == 136)
        #expect(MemoryLayout<Record>.stride == 136)
        #expect(MemoryLayout<Payload>.size == 10)
        #expect(MemoryLayout<PackedMilliseconds>.size == 6)
    }

    @Test(
        "up to the year 4199 every millisecond is kept",
        arguments: [0, 1, 65_535, 65_536, 1 << 32 - 1, 1 << 32, Milliseconds.longest.count, 1 << 46] as [Int64]
    )
    func exact(milliseconds: Int64) {
        #expect(PackedMilliseconds(milliseconds).count == milliseconds)
        #expect(PackedMilliseconds(-milliseconds).count == -milliseconds)
        #expect(PackedMilliseconds(milliseconds).instant == Instant(milliseconds: milliseconds))
    }

    @Test("after that an instant is rounded up by less than 128 milliseconds, and the distant future is itself")
    func rounded() {
        for bit in 46..<53 {
            for distance in Int64(1)...300 {
                let instant = Instant(milliseconds: 1 << bit + distance)
                let packed = PackedMilliseconds(instant.milliseconds).instant
                #expect(packed >= instant)
                #expect(packed.since(instant) < Milliseconds(128))
                #expect(PackedMilliseconds(packed.milliseconds).instant == packed)
            }
        }
        #expect(PackedMilliseconds(Instant.distantFuture.milliseconds).instant == .distantFuture)
        #expect(PackedMilliseconds(Instant.distantFuture.milliseconds - 1).instant == .distantFuture)
    }

    @Test("a length beyond all instants stays that long")
    func beyond() {
        #expect(PackedMilliseconds(.max).count >= Instant.distantFuture.milliseconds)
        #expect(PackedMilliseconds(.min).count == -(1 << 47))
    }

    @Test("what a record says of its times is what it was told")
    func times() {
        var record = Record.placeholder
        record.createdAt = .start
        record.authenticatedAt = .start.plus(1)
        record.touchedAt = .start.plus(2)
        record.expiresAt = .start.plus(3)
        record.lifetimeEndsAt = .distantFuture
        record.ttl = Milliseconds(-5)
        #expect(record.createdAt == .start)
        #expect(record.authenticatedAt == .start.plus(1))
        #expect(record.touchedAt == .start.plus(2))
        #expect(record.expiresAt == .start.plus(3))
        #expect(record.lifetimeEndsAt == .distantFuture)
        #expect(record.ttl == Milliseconds(-5))
    }
}
