// The figures as `server.metrics` gives them: OpenMetrics text (RFC draft-ietf-opsawg-openmetrics, version 1.0), in base
// units, without a floating-point number in between.

internal import JSONRPC

@Sendable
func metrics(_ service: inout ServiceState, _ call: borrowing Call, _ output: inout ByteBuffer) throws(RPCError) {
    var text = ByteBuffer()
    for figure in Figure.all { text.append(figure, of: service) }
    text.append("# EOF\n")
    output.append("{\"text\":")
    output.append(jsonString: text.bytes)
    output.append("}")
}

extension ByteBuffer {
    fileprivate mutating func append(_ figure: Figure, of service: borrowing ServiceState) {
        append(utf8: "# TYPE \(figure.metric) \(figure.kind.rawValue)\n")
        if let unit = figure.unit.base { append(utf8: "# UNIT \(figure.metric) \(unit)\n") }
        append(utf8: "# HELP \(figure.metric) \(figure.meaning)\n")
        let ending = figure.kind == .counter ? "_total" : ""
        switch figure.reading {
        case .number(let read):
            if let number = read(service) {
                sample(figure.metric + ending, decimal(number, figure.unit.decimals))
            }
        case .numbers(let label, let read):
            for (name, number) in read(service) {
                sample("\(figure.metric)\(ending){\(label)=\"\(name)\"}", decimal(number, figure.unit.decimals))
            }
        case .state(let good, let read): sample(figure.metric, read(service) == good ? "1" : "0")
        case .words(let label, let read): sample("\(figure.metric){\(label)=\"\(read(service))\"}", "1")
        case .histogram(let read): append(read(service), figure.metric, nil)
        case .histograms(let label, let read):
            for (name, histogram) in read(service) { append(histogram, figure.metric, "\(label)=\"\(name)\"") }
        }
    }

    private mutating func append(_ histogram: LatencyHistogram, _ metric: String, _ label: String?) {
        let (first, only) = (label.map { $0 + "," } ?? "", label.map { "{\($0)}" } ?? "")
        for (bound, count) in zip(LatencyHistogram.bounds, histogram.cumulativeCounts) {
            sample("\(metric)_bucket{\(first)le=\"\(bound.seconds)\"}", "\(count)")
        }
        sample("\(metric)_bucket{\(first)le=\"+Inf\"}", "\(histogram.count)")
        sample("\(metric)_count\(only)", "\(histogram.count)")
        sample("\(metric)_sum\(only)", decimal(histogram.nanoseconds, 9))
    }

    private mutating func sample(_ name: String, _ value: String) {
        append(utf8: "\(name) \(value)\n")
    }

    /// An integer with its last digits behind the point.
    private func decimal(_ number: Int64, _ decimals: Int) -> String {
        guard decimals > 0 else { return "\(number)" }
        let digits = String(number.magnitude)
        let padded = String(repeating: "0", count: max(decimals + 1 - digits.count, 0)) + digits
        return (number < 0 ? "-" : "") + "\(padded.dropLast(decimals)).\(padded.suffix(decimals))"
    }
}
