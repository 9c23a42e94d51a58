// Writing objects member by member, for the answers that are asked for rarely and have many members.

internal import JSONRPC

/// The open object of an answer that is being written.
struct ObjectWriter: ~Copyable {
    fileprivate var output: ByteBuffer
    private var isFirst = true

    fileprivate init(_ output: consuming ByteBuffer) {
        self.output = output
    }

    private mutating func name(_ name: String) {
        if !isFirst { output.append(UInt8(ascii: ",")) }
        isFirst = false
        output.append(jsonString: name)
        output.append(UInt8(ascii: ":"))
    }

    mutating func member(_ name: String, _ value: Int64?) {
        self.name(name)
        if let value { output.append(value) } else { output.append("null") }
    }

    mutating func member(_ name: StaticString, _ value: Int64) {
        member("\(name)", value)
    }

    mutating func member(_ name: String, _ value: String?) {
        self.name(name)
        if let value { output.append(jsonString: value) } else { output.append("null") }
    }

    mutating func member(_ name: String, _ flag: Bool) {
        self.name(name)
        output.append(flag)
    }

    mutating func array(_ name: String, of values: [String]) {
        self.name(name)
        output.append(UInt8(ascii: "["))
        for (index, value) in values.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            output.append(jsonString: value)
        }
        output.append(UInt8(ascii: "]"))
    }

    mutating func object(_ name: String, _ body: (inout ObjectWriter) -> Void) {
        self.name(name)
        output.writeObject(body)
    }

    /// Writes an array of objects, one for each element.
    mutating func objects<Element>(
        _ name: String,
        of elements: some Collection<Element>,
        _ body: (Element, inout ObjectWriter) -> Void
    ) {
        self.name(name)
        output.append(UInt8(ascii: "["))
        var isFirst = true
        for element in elements {
            if !isFirst { output.append(UInt8(ascii: ",")) }
            isFirst = false
            output.writeObject { body(element, &$0) }
        }
        output.append(UInt8(ascii: "]"))
    }
}

extension ByteBuffer {
    /// Appends an object whose members `body` writes.
    mutating func writeObject(_ body: (inout ObjectWriter) -> Void) {
        append(UInt8(ascii: "{"))
        var taken = ByteBuffer()
        swap(&self, &taken)
        var writer = ObjectWriter(taken)
        body(&writer)
        self = writer.finish()
        append(UInt8(ascii: "}"))
    }
}

extension ObjectWriter {
    fileprivate consuming func finish() -> ByteBuffer { output }
}
