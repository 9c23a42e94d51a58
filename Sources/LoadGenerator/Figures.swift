// What is measured: each kind of figure with its unit, its name for people, and which way is better. Rounds, medians and
// ratios are all the same table of kinds and numbers.

/// A kind of figure; the raw value names it in JSON.
public enum Figure: String, CaseIterable, Codable, Sendable {
    case requestsPerSecond
    case p50Micros
    case p99Micros
    case p999Micros
    case longestMicros
    /// Turns of the server's loop that took more than two milliseconds.
    case longTurns
    /// What the server spends on a request on all processors.
    case cpuMicrosPerRequest
    /// The requests besides those that are measured.
    case otherRequestsPerSecond
    /// The p99 without what is measured.
    case quietP99Micros
    case quietP999Micros
    case quietLongestMicros
    /// The p99 with it, as a multiple of that.
    case p99Growth
    /// How long it took, whatever it was.
    case tookMillis
    case residentBytesPerSession
    /// All the memory that the server occupies.
    case residentBytes
    /// The most memory that was taken meanwhile, as a multiple of what it was before.
    case memoryGrowth
    /// The share of a processor that the generator itself had: near one, it and not the server is what was measured.
    case generatorLoad

    /// For people.
    public var title: String {
        switch self {
        case .requestsPerSecond: "requests/s"
        case .p50Micros: "p50 µs"
        case .p99Micros: "p99 µs"
        case .p999Micros: "p99.9 µs"
        case .longestMicros: "longest µs"
        case .longTurns: "turns over 2 ms"
        case .cpuMicrosPerRequest: "CPU µs/request"
        case .otherRequestsPerSecond: "others/s"
        case .quietP99Micros: "p99 µs without"
        case .quietP999Micros: "p99.9 µs without"
        case .quietLongestMicros: "longest µs without"
        case .p99Growth: "p99 growth"
        case .tookMillis: "took ms"
        case .residentBytesPerSession: "bytes/session"
        case .residentBytes: "resident MiB"
        case .memoryGrowth: "memory growth"
        case .generatorLoad: "generator load"
        }
    }

    /// As people read it: as many digits as mean something.
    public func text(_ value: Double) -> String {
        switch self {
        case .requestsPerSecond, .otherRequestsPerSecond, .residentBytesPerSession, .longTurns:
            grouped(Int(clamping: value))
        case .residentBytes: decimal(value / 1_048_576, 1)
        case .cpuMicrosPerRequest, .p99Growth, .memoryGrowth, .generatorLoad: decimal(value, 2)
        default: value < 1000 ? decimal(value, 1) : grouped(Int(clamping: value))
        }
    }
}

/// Figures by their kind.
public typealias Figures = [Figure: Double]

/// The middle one, or the mean of both in the middle; nil of nothing.
func median(_ values: [Double]) -> Double? {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/// The median of each kind that a round has.
func medians(_ rounds: [Figures]) -> Figures {
    var result: Figures = [:]
    for figure in Figure.allCases { result[figure] = median(rounds.compactMap { $0[figure] }) }
    return result
}

/// With commas between thousands.
func grouped(_ number: Int) -> String {
    let digits = Array(String(number))
    return digits.indices.reduce(into: "") { text, index in
        if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
        text.append(digits[index])
    }
}

extension Int {
    /// The nearest whole number; the extremes for what is beyond them.
    fileprivate init(clamping value: Double) {
        self = Int(exactly: value.rounded()) ?? (value > 0 ? .max : .min)
    }
}

/// A number with so many digits after the point.
public func decimal(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "–" }
    var scale = 1
    for _ in 0..<digits { scale *= 10 }
    let scaled = Int((abs(value) * Double(scale)).rounded())
    let sign = value < 0 && scaled > 0 ? "-" : ""
    let fraction = String(scaled % scale + scale).dropFirst()
    return sign + String(scaled / scale) + (digits == 0 ? "" : ".\(fraction)")
}
