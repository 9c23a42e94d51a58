// Reads OpenMetrics text as strictly as its specification (version 1.0) lets one: what a lenient scraper would overlook is
// an error here.

/// A text that is not OpenMetrics.
struct NotOpenMetrics: Error, CustomStringConvertible {
    let line: String
    let reason: String
    var description: String { "\(reason): \(line)" }
}

/// A family of metrics.
struct MetricFamily {
    let name: String
    var type: String?
    var unit: String?
    var help: String?
    var samples: [MetricSample] = []
}

/// One line with a value.
struct MetricSample {
    let name: String
    let labels: [(name: String, value: String)]
    /// The value as it is written.
    let value: String

    var number: Double { Double(value) ?? .nan }

    /// The labels but for one, as one text.
    func labels(without left: String) -> String {
        labels.filter { $0.name != left }.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
    }

    func label(_ name: String) -> String? { labels.first { $0.name == name }?.value }
}

/// A text, taken apart.
struct OpenMetricsReader {
    private(set) var families: [MetricFamily] = []

    init(_ text: String) throws {
        guard text.hasSuffix("\n# EOF\n") else { throw NotOpenMetrics(line: "", reason: "it does not end with # EOF") }
        for line in text.dropLast("# EOF\n".count + 1).split(separator: "\n", omittingEmptySubsequences: false) {
            try read(String(line))
        }
        try check()
    }

    private mutating func read(_ line: String) throws {
        func fail(_ reason: String) -> NotOpenMetrics { NotOpenMetrics(line: line, reason: reason) }
        if let match = line.wholeMatch(of: /# (TYPE|UNIT|HELP) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)/) {
            let (name, text) = (String(match.output.2), String(match.output.3))
            if families.last?.name != name {
                guard !families.contains(where: { $0.name == name }) else { throw fail("the family comes twice") }
                families.append(MetricFamily(name: name))
            }
            let last = families.count - 1
            guard families[last].samples.isEmpty else { throw fail("it comes after samples") }
            let member: WritableKeyPath<MetricFamily, String?> =
                switch match.output.1 {
                case "TYPE": \.type
                case "UNIT": \.unit
                default: \.help
                }
            guard families[last][keyPath: member] == nil else { throw fail("it comes twice") }
            families[last][keyPath: member] = text
            return
        }
        let label = #/[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"/#
        guard let match = line.wholeMatch(of: /([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (-?[0-9]+(?:\.[0-9]+)?)/) else {
            throw fail("it is no sample")
        }
        let texts = match.output.2.map { $0.split(separator: ",", omittingEmptySubsequences: false) } ?? []
        guard texts.allSatisfy({ $0.wholeMatch(of: label) != nil }) else { throw fail("its labels are none") }
        let labels = texts.map { text in
            let parts = text.split(separator: "=", maxSplits: 1)
            return (name: String(parts[0]), value: String(parts[1].dropFirst().dropLast()))
        }
        guard Set(labels.map(\.name)).count == labels.count else { throw fail("a label comes twice") }
        guard let family = families.last else { throw fail("it has no family") }
        let sample = MetricSample(name: String(match.output.1), labels: labels, value: String(match.output.3))
        guard family.endings.contains(where: { sample.name == family.name + $0 }) else {
            throw fail("its name is not one of \(family.name), a \(family.type ?? "?")")
        }
        let isTwice = family.samples.contains {
            $0.name == sample.name && $0.labels(without: "") == sample.labels(without: "")
        }
        guard !isTwice else { throw fail("the sample comes twice") }
        families[families.count - 1].samples.append(sample)
    }

    /// Checks what no line shows by itself.
    private func check() throws {
        let names = families.flatMap { family in family.endings.map { family.name + $0 } }
        guard Set(names).count == names.count else { throw NotOpenMetrics(line: "", reason: "names clash: \(names)") }
        for family in families {
            func fail(_ reason: String) -> NotOpenMetrics { NotOpenMetrics(line: family.name, reason: reason) }
            guard family.type != nil, family.help != nil else { throw fail("it lacks TYPE or HELP") }
            if let unit = family.unit, !family.name.hasSuffix("_\(unit)") { throw fail("its name lacks its unit") }
            if family.unit == nil, family.name.contains(/_(seconds|bytes)$/) { throw fail("it lacks UNIT") }
            let isCounted = family.type != "gauge"
            if isCounted, family.samples.contains(where: { $0.number < 0 }) { throw fail("a count is negative") }
            if family.type == "histogram" { try checkHistogram(family) }
        }
    }

    private func checkHistogram(_ family: MetricFamily) throws {
        for (labels, samples) in Dictionary(grouping: family.samples, by: { $0.labels(without: "le") }) {
            func fail(_ reason: String) -> NotOpenMetrics { NotOpenMetrics(line: labels, reason: reason) }
            let buckets = samples.filter { $0.name.hasSuffix("_bucket") }
            let bounds = buckets.map { $0.label("le") ?? "" }
            guard bounds.last == "+Inf", bounds.allSatisfy({ $0.contains(/^[0-9]+(\.[0-9]+|e-[0-9]{2})$|^\+Inf$/) })
            else {
                throw fail("its bounds are not canonical: \(bounds)")
            }
            let limits = bounds.dropLast().map { Double($0) ?? .nan }
            guard zip(limits, limits.dropFirst()).allSatisfy({ $0 < $1 }) else { throw fail("its bounds do not grow") }
            let counts = buckets.map(\.number)
            guard zip(counts, counts.dropFirst()).allSatisfy({ $0 <= $1 }) else { throw fail("its buckets shrink") }
            let total = samples.filter { $0.name.hasSuffix("_count") }
            guard total.count == 1, total[0].number == counts.last else { throw fail("its count is not +Inf's") }
            guard samples.count(where: { $0.name.hasSuffix("_sum") }) == 1 else { throw fail("it has no sum") }
        }
    }
}

extension MetricFamily {
    /// What the names of its samples have behind its own.
    fileprivate var endings: [String] {
        switch type {
        case "gauge": [""]
        case "counter": ["_total"]
        case "histogram": ["_bucket", "_count", "_sum"]
        default: []
        }
    }
}
