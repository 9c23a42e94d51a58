// Numbers as a person reads them at a glance: short, with their unit, and no more digits than tell something.

/// Numbers as text.
enum Quantity {
    /// With its thousands set apart.
    static func count(_ number: Int64) -> String {
        var groups: [String] = []
        var rest = number.magnitude
        while rest >= 1000 {
            let group = String(rest % 1000)
            groups.append(String(repeating: "0", count: 3 - group.count) + group)
            rest /= 1000
        }
        groups.append(String(rest))
        return (number < 0 ? "-" : "") + groups.reversed().joined(separator: ",")
    }

    /// How often a second; with one decimal where that is most of it.
    static func rate(_ number: Double) -> String {
        guard number.isFinite, number < 1e15 else { return "?" }
        let tenths = (number * 10).rounded()
        if tenths > 0, tenths < 100, tenths.remainder(dividingBy: 10) != 0 { return decimal(tenths / 10) }
        return count(Int64(number.rounded()))
    }

    /// A length of time that is short.
    static func microseconds(_ number: Double) -> String {
        guard number.isFinite else { return "> 10 s" }
        return scaled(number, by: 1000, ["µs", "ms", "s"])
    }

    static func bytes(_ number: Double) -> String { scaled(number, by: 1024, ["B", "KiB", "MiB", "GiB", "TiB"]) }

    /// A length of time that is long, in its largest two units.
    static func seconds(_ number: Int64) -> String {
        let units: [(name: String, size: Int64)] = [("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)]
        let number = max(number, 0)
        guard let place = units.firstIndex(where: { number >= $0.size }) else { return "0 s" }
        let (name, size) = units[place]
        let first = "\(number / size) \(name)"
        guard place < 2, number % size >= units[place + 1].size else { return first }
        return "\(first) \(number % size / units[place + 1].size) \(units[place + 1].name)"
    }

    /// A part of a whole, in hundredths.
    static func percent(_ part: Double) -> String { part.isFinite ? "\(Int((part * 100).rounded())) %" : "?" }

    /// The time of day.
    ///
    /// - Parameters:
    ///   - instant: In milliseconds since the Unix epoch.
    ///   - timeZone: The seconds from UTC to local time.
    static func time(_ instant: Int64, timeZone: Int, withMilliseconds: Bool = false) -> String {
        let day: Int64 = 86_400_000
        let local = instant.addingReportingOverflow(Int64(timeZone) * 1000).partialValue
        let inDay = (local % day + day) % day
        let parts = [inDay / 3_600_000, inDay / 60_000 % 60, inDay / 1000 % 60].map { padded($0, to: 2) }
        return parts.joined(separator: ":") + (withMilliseconds ? ".\(padded(inDay % 1000, to: 3))" : "")
    }

    private static func scaled(_ number: Double, by factor: Double, _ units: [String]) -> String {
        guard number.isFinite, number < 1e18 else { return "?" }
        var (number, place) = (number, 0)
        while number >= factor - 0.5, place < units.count - 1 {
            number /= factor
            place += 1
        }
        let text = place > 0 && number < 9.95 ? decimal(number) : String(Int64(number.rounded()))
        return "\(text) \(units[place])"
    }

    /// With one digit behind the point.
    private static func decimal(_ number: Double) -> String {
        let tenths = Int64((number * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    private static func padded(_ number: Int64, to digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(digits - text.count, 0)) + text
    }
}
