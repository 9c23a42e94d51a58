// The figures as `server.stats` gives them: JSON, members in groups, integers in the units that their names say.

internal import JSONRPC

@Sendable
func stats(_ service: inout ServiceState, _ call: borrowing Call, _ output: inout ByteBuffer) throws(RPCError) {
    output.writeObject { object in
        for group in Figure.groups {
            guard let name = group.name else {
                for figure in group.figures { object.figure(figure, of: service) }
                continue
            }
            object.object(name) { members in
                for figure in group.figures { members.figure(figure, of: service) }
            }
        }
    }
}

extension Figure {
    /// Figures that stand together.
    static let groups: [(name: String?, figures: [Figure])] = all.reduce(into: []) { groups, figure in
        if let last = groups.last, last.name == figure.group {
            groups[groups.count - 1].figures.append(figure)
        } else {
            groups.append((figure.group, [figure]))
        }
    }

    /// The shape of `server.stats`.
    static var schema: Schema {
        .object(
            groups.flatMap { group in
                let members = group.figures.map { SchemaMember($0.member, $0.schema, $0.meaning) }
                return group.name.map { [SchemaMember($0, .object(members))] } ?? members
            }
        )
    }

    private var schema: Schema {
        switch reading {
        case .number: kind == .counter ? .count : .optional(.integer())
        case .numbers: .map(.count)
        case .state, .words: .text()
        case .histogram: Self.histogramSchema
        case .histograms: .map(Self.histogramSchema)
        }
    }

    private static let histogramSchema = Schema.object([
        SchemaMember("count", .count, "how many"),
        SchemaMember("sumMicroseconds", .count, "how long all of them took together"),
        SchemaMember("buckets", .map(.count), "how many took at most so many microseconds"),
    ])
}

extension ObjectWriter {
    fileprivate mutating func figure(_ figure: Figure, of service: borrowing ServiceState) {
        switch figure.reading {
        case .number(let read): member(figure.member, read(service))
        case .state(_, let read), .words(_, let read): member(figure.member, read(service))
        case .numbers(_, let read):
            let numbers = read(service)
            object(figure.member) { members in
                for (name, number) in numbers { members.member(name, number) }
            }
        case .histogram(let read):
            let histogram = read(service)
            object(figure.member) { $0.histogram(histogram) }
        case .histograms(_, let read):
            let histograms = read(service)
            object(figure.member) { members in
                for (name, histogram) in histograms { members.object(name) { $0.histogram(histogram) } }
            }
        }
    }

    private mutating func histogram(_ histogram: LatencyHistogram) {
        member("count", histogram.count)
        member("sumMicroseconds", histogram.nanoseconds / 1000)
        object("buckets") { buckets in
            for (bound, count) in zip(LatencyHistogram.bounds, histogram.cumulativeCounts) {
                buckets.member(String(bound.microseconds), count)
            }
        }
    }
}
