// Times as people say them: how long ago something was, and when exactly.

internal import Glibc

/// A point in time as computers count it: milliseconds since the Unix epoch.
public struct Moment: Comparable, Hashable, Sendable {
    /// Milliseconds since the Unix epoch.
    public let milliseconds: Int64

    /// A moment.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Whether one moment is before another.
    public static func < (one: Moment, other: Moment) -> Bool { one.milliseconds < other.milliseconds }

    /// The present, by this machine's clock.
    public static var now: Moment {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Moment(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// How far it is from now: `in 6d 23h`, `12m ago`, `now`.
    public func relative(to now: Moment) -> String {
        let (distance, overflow) = milliseconds.subtractingReportingOverflow(now.milliseconds)
        // What is no time that anybody means has no distance in words either.
        guard !overflow, distance.magnitude < 1 << 60 else { return "never" }
        if distance.magnitude < 1000 { return "now" }
        return distance > 0 ? "in \(length(distance))" : "\(length(-distance)) ago"
    }

    /// The time on this machine's wall: `2026-11-25 16:22:22`.
    public var local: String {
        guard let time = calendar(isLocal: true) else { return "\(milliseconds)" }
        return "\(time.date) \(time.time)"
    }

    /// The same for programs (RFC 3339): `2026-11-25T16:22:22.123Z`.
    public var exact: String {
        guard let time = calendar(isLocal: false) else { return "\(milliseconds)" }
        let fraction = (milliseconds % 1000 + 1000) % 1000
        return "\(time.date)T\(time.time).\(padded(fraction, to: 3))Z"
    }

    private func calendar(isLocal: Bool) -> (date: String, time: String)? {
        var seconds = time_t(milliseconds / 1000 - (milliseconds % 1000 < 0 ? 1 : 0))
        var parts = unsafe tm()
        let found = isLocal ? unsafe localtime_r(&seconds, &parts) : unsafe gmtime_r(&seconds, &parts)
        guard unsafe found != nil else { return nil }
        let (year, month, day) = unsafe (Int64(parts.tm_year) + 1900, Int64(parts.tm_mon) + 1, Int64(parts.tm_mday))
        guard (0...9999).contains(year) else { return nil }
        let clock = unsafe [parts.tm_hour, parts.tm_min, parts.tm_sec].map { padded(Int64($0), to: 2) }
        let date = [padded(year, to: 4), padded(month, to: 2), padded(day, to: 2)]
        return (date.joined(separator: "-"), clock.joined(separator: ":"))
    }
}

/// A length of time in its two largest units, or in one where that is fine enough: `6d 23h`, `12m`, `350ms`.
///
/// - Parameter milliseconds: How long it is; a negative one gets a minus sign.
public func length(_ milliseconds: Int64) -> String {
    let size = milliseconds.magnitude
    guard size > 0 else { return "0" }
    // Rounded at what is shown, so that what was to last for seven days does so a moment later.
    let precision = finest(of: size)
    let rounded = (size + precision / 2) / precision * precision
    let first = timeUnits.firstIndex { rounded >= $0.size } ?? 0
    var text = "\(milliseconds < 0 ? "-" : "")\(rounded / timeUnits[first].size)\(timeUnits[first].name)"
    let rest = rounded % timeUnits[first].size
    if rest > 0 { text += " \(rest / timeUnits[first + 1].size)\(timeUnits[first + 1].name)" }
    return text
}

/// The units of time, longest first.
private let timeUnits: [(name: String, size: UInt64)] = [
    ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
]

/// The smallest unit that is shown of a length: nobody wants milliseconds of seconds, nor hours of months.
private func finest(of size: UInt64) -> UInt64 {
    let first = timeUnits.firstIndex { size >= $0.size } ?? timeUnits.count - 1
    let isFine = timeUnits[first].size <= 1000 || size / timeUnits[first].size >= 30
    return timeUnits[isFine ? first : first + 1].size
}

/// A short length of time: `350 µs`, `3.5 ms`.
public func length(microseconds: Int64) -> String {
    guard microseconds.magnitude >= 1000 else { return "\(microseconds) µs" }
    let tenths = microseconds / 100
    return "\(grouped(tenths / 10)).\((tenths % 10).magnitude) ms"
}

/// A number of bytes as people say it: `204 bytes`, `12.1 MiB`.
public func size(bytes: Int64) -> String {
    guard bytes.magnitude >= 1024 else { return "\(bytes) bytes" }
    var value = Double(bytes)
    var unit = ""
    for next in ["KiB", "MiB", "GiB", "TiB"] where abs(value) >= 1024 {
        value /= 1024
        unit = next
    }
    let tenths = Int64(value * 10)
    return "\(tenths / 10).\((tenths % 10).magnitude) \(unit)"
}

/// A number with commas between its thousands: `12,345`.
public func grouped(_ number: Int64) -> String {
    var text = String(number.magnitude)
    var place = text.count - 3
    while place > 0 {
        text.insert(",", at: text.index(text.startIndex, offsetBy: place))
        place -= 3
    }
    return number < 0 ? "-\(text)" : text
}

/// A number of things by their name: `1 session`, `12,345 sessions`.
public func count(_ number: Int64, _ noun: String) -> String {
    "\(grouped(number)) \(noun)\(number == 1 ? "" : "s")"
}

private func padded(_ number: Int64, to width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
