// Numbers as text.

import Testing

@testable import LiveView

@Suite("Quantities")
struct QuantityTests {
    @Test("counts have their thousands set apart")
    func counts() {
        #expect(
            [0, 999, 1000, 1_204_331, -12_345, 1_000_000_007].map { Quantity.count($0) } == [
                "0", "999", "1,000", "1,204,331", "-12,345", "1,000,000,007",
            ]
        )
    }

    @Test("rates have a decimal only where it is most of them")
    func rates() {
        #expect(
            [0, 0.04, 0.3, 1, 9.94, 9.96, 12.4, 48_213.4, .infinity].map { Quantity.rate($0) } == [
                "0", "0", "0.3", "1", "9.9", "10", "12", "48,213", "?",
            ]
        )
    }

    @Test("short times are in the unit that leaves few digits")
    func microseconds() {
        #expect(
            [0, 0.5, 12.4, 999.4, 999.6, 1234, 9949, 12_345, 1_500_000, .infinity].map { Quantity.microseconds($0) }
                == [
                    "0 µs", "1 µs", "12 µs", "999 µs", "1.0 ms", "1.2 ms", "9.9 ms", "12 ms", "1.5 s", "> 10 s",
                ]
        )
    }

    @Test("bytes, too")
    func bytes() {
        #expect(
            [0, 1023, 1024, 536_870_912, 12_884_901_888, .nan].map { Quantity.bytes($0) } == [
                "0 B", "1023 B", "1.0 KiB", "512 MiB", "12 GiB", "?",
            ]
        )
    }

    @Test("long times are in two units at most")
    func seconds() {
        #expect(
            [-5, 0, 59, 60, 245, 3600, 7260, 86_400, 273_600].map { Quantity.seconds($0) } == [
                "0 s", "0 s", "59 s", "1 min", "4 min", "1 h", "2 h 1 min", "1 d", "3 d 4 h",
            ]
        )
    }

    @Test("the time of day is local, before the epoch, too")
    func time() {
        #expect(Quantity.time(0, timeZone: 3600) == "01:00:00")
        #expect(Quantity.time(-1, timeZone: 0, withMilliseconds: true) == "23:59:59.999")
        #expect(
            Quantity.time(1_795_323_484_742, timeZone: -7200)
                == Quantity.time(1_795_323_484_742 - 7_200_000, timeZone: 0)
        )
        #expect(Quantity.time(.max, timeZone: 3600).count == 8)
        #expect(Quantity.percent(0.384) == "38 %")
    }
}
