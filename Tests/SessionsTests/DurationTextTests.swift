// Lengths of time as people write them: what is read, what is not, and that what is written is read again.

import Sessions
import TestSupport
import Testing

@Suite("Lengths of time as text")
struct DurationTextTests {
    static let accepted: [(String, Int64)] = [
        ("0", 0), ("0s", 0), ("0ms", 0), ("1ms", 1), ("500ms", 500), ("1s", 1000), ("10s", 10_000), ("90s", 90_000),
        ("1m", 60_000), ("5m", 300_000), ("1h", 3_600_000), ("12h", 43_200_000), ("1d", 86_400_000),
        ("7d", 604_800_000), ("30d", 2_592_000_000), ("2w", 1_209_600_000), ("1h30m", 5_400_000),
        ("1w1d1h1m1s1ms", 694_861_001), ("1s500ms", 1500), ("30m1h", 5_400_000), ("07d", 604_800_000),
        ("36525d", 3_155_760_000_000), ("3155760000000ms", 3_155_760_000_000),
        ("36524d23h59m59s1000ms", 3_155_760_000_000),
    ]

    static let refused = [
        "", " ", "00", "1", "7", "d", "ms", "7 d", " 7d", "7d ", "7D", "7days", "7day", "1.5h", "1,5h", "-1d", "+1d",
        "1h30", "1h 30m", "h1", "1hh", "1y", "1M", "1us", "1e3s", "0x1s", "٣d", "１d", "7d\n", "1d\u{301}", "½h",
        "36526d", "36525d1ms", "3155760000001ms", "5218w", "9223372036854775807w", "9223372036854775808ms",
        "99999999999999999999999d", "infinity", "nan", "\"7d\"", "7d;", "7d#",
    ]

    @Test("these are read", arguments: accepted)
    func accepts(_ text: String, _ milliseconds: Int64) {
        #expect(DurationText.parse(text) == Milliseconds(milliseconds))
    }

    @Test("these are not", arguments: refused.indices)
    func refuses(_ index: Int) {
        #expect(DurationText.parse(Self.refused[index]) == nil, "\(Self.refused[index])")
    }

    @Test(
        "lengths are written in days and smaller units, without those that are zero",
        arguments: [
            (0, "0"), (1, "1ms"), (999, "999ms"), (1000, "1s"), (1001, "1s1ms"), (60_000, "1m"), (3_600_000, "1h"),
            (86_400_000, "1d"), (604_800_000, "7d"), (5_400_000, "1h30m"), (90_061_001, "1d1h1m1s1ms"),
            (3_155_760_000_000, "36525d"),
        ]
    )
    func writes(_ milliseconds: Int64, _ text: String) {
        #expect(DurationText.format(Milliseconds(milliseconds)) == text)
    }

    @Test("what is written is read as the same length")
    func roundTrip() {
        var generator = SplitMix64(seed: SplitMix64.seedOfThisRun)
        for _ in 0..<2000 {
            let longest = Milliseconds.longest.count >> Int64.random(in: 0...40, using: &generator)
            let duration = Milliseconds(Int64.random(in: 0...longest, using: &generator))
            let text = DurationText.format(duration)
            #expect(DurationText.parse(text) == duration, "\(duration.count) as \(text)")
        }
    }

    @Test("what is read is written as the same length", arguments: accepted)
    func readAndWritten(_ text: String, _ milliseconds: Int64) throws {
        let duration = try #require(DurationText.parse(text))
        #expect(DurationText.parse(DurationText.format(duration))?.count == milliseconds)
    }
}
