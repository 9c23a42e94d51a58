// An amount of memory as it is written in the configuration, in the way of systemd's MemoryMax= (systemd.resource-control(5)).

internal import Glibc

/// An amount of memory.
enum MemorySize: Equatable, Sendable {
    case unlimited
    case bytes(Int)
    /// A share of the machine's memory.
    case percent(Int)

    static let expectation = #"an amount of memory such as "512M", "2G" or "50%", or "infinity""#

    /// Reads a number of bytes, with K, M, G or T behind it for powers of 1024, a percentage, or "infinity".
    init?(_ text: String) {
        if text == "infinity" {
            self = .unlimited
            return
        }
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits), number > 0 else { return nil }
        switch text.dropFirst(digits.count) {
        case "%":
            guard number <= 100 else { return nil }
            self = .percent(number)
        case let unit:
            guard let power = ["", "K", "M", "G", "T"].firstIndex(of: unit) else { return nil }
            let (bytes, overflow) = number.multipliedReportingOverflow(by: 1 << (10 * power))
            if overflow { return nil }
            self = .bytes(bytes)
        }
    }

    /// The amount as `init` reads it.
    var text: String {
        switch self {
        case .unlimited: "infinity"
        case .percent(let share): "\(share)%"
        case .bytes(let bytes):
            ["T", "G", "M", "K"].enumerated()
                .first { bytes % (1 << (40 - 10 * $0.offset)) == 0 }
                .map { "\(bytes >> (40 - 10 * $0.offset))\($0.element)" } ?? "\(bytes)"
        }
    }

    /// The amount in bytes on this machine; zero for any amount.
    var bytesHere: Int {
        switch self {
        case .unlimited: 0
        case .bytes(let bytes): bytes
        case .percent(let share): sysconf(CInt(_SC_PHYS_PAGES)) * sysconf(CInt(_SC_PAGESIZE)) / 100 * share
        }
    }
}
