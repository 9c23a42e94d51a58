// Times and sizes in words.

import Terminal
import Testing

@Suite("Times in words")
struct RelativeTimeTests {
    @Test(
        "a length of time is said in its two largest units, or in one where that is fine enough",
        arguments: [
            (0, "0"), (1, "1ms"), (999, "999ms"), (1000, "1s"), (59_499, "59s"), (59_500, "1m"), (60_000, "1m"),
            (200_000, "3m 20s"),
            (3_600_000, "1h"), (5_400_000, "1h 30m"), (86_340_000, "23h 59m"), (86_399_999, "1d"),
            (601_200_000, "6d 23h"), (604_799_000, "7d"),
            (2_592_000_000, "30d"), (2_599_999_999, "30d"), (2_635_200_000, "31d"), (-90_000, "-1m 30s"),
            (Int64.min, "-106751991167d"),
        ] as [(Int64, String)]
    )
    func lengths(_ milliseconds: Int64, _ words: String) {
        #expect(length(milliseconds) == words)
    }

    @Test("an instant is said by how far it is from now")
    func distance() {
        let now = Moment(milliseconds: 1_795_323_484_750)
        func words(_ distance: Int64) -> String {
            Moment(milliseconds: now.milliseconds + distance).relative(to: now)
        }
        #expect(words(604_799_000) == "in 7d")
        #expect(words(-200_000) == "3m 20s ago")
        #expect(words(999) == "now")
        #expect(words(-999) == "now")
        #expect(Moment(milliseconds: .max).relative(to: now) == "never")
        #expect(Moment(milliseconds: .min).relative(to: now) == "never")
    }

    @Test(
        "an instant is exact for programs, as RFC 3339 writes it",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_795_323_484_007, "2026-11-22T04:58:04.007Z"),
            (-1, "1969-12-31T23:59:59.999Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (253_402_300_800_000, "253402300800000"), (Int64.max, "9223372036854775807"),
            (Int64.min, "-9223372036854775808"),
        ] as [(Int64, String)]
    )
    func exact(_ milliseconds: Int64, _ text: String) {
        #expect(Moment(milliseconds: milliseconds).exact == text)
    }

    @Test("sizes and counts are said as people say them")
    func sizes() {
        #expect(size(bytes: 1023) == "1023 bytes")
        #expect(size(bytes: 1536) == "1.5 KiB")
        #expect(size(bytes: 12_638_251_000) == "11.7 GiB")
        #expect(size(bytes: -2048) == "-2.0 KiB")
        #expect(length(microseconds: 999) == "999 µs")
        #expect(length(microseconds: 3554) == "3.5 ms")
        #expect(length(microseconds: 10_000_000) == "10,000.0 ms")
        #expect(grouped(1_234_567) == "1,234,567")
        #expect(grouped(-1234) == "-1,234")
        #expect(grouped(123) == "123")
        #expect(count(1, "session") == "1 session")
        #expect(count(0, "session") == "0 sessions")
    }
}
