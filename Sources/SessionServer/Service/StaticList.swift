// Lists that are made once and live as long as the process, such as the method table: reading them counts no references,
// which at a microsecond a request would be felt.

/// A list that is never changed and never freed.
///
/// Sound: its memory is written before the list exists and lives for ever.
@safe
struct StaticList<Element: Sendable>: RandomAccessCollection, @unchecked Sendable {
    private let elements: UnsafeBufferPointer<Element>

    init(_ elements: some Collection<Element>) {
        let memory = UnsafeMutableBufferPointer<Element>.allocate(capacity: elements.count)
        _ = unsafe memory.initialize(from: elements)
        unsafe self.elements = UnsafeBufferPointer(memory)
    }

    var startIndex: Int { 0 }
    var endIndex: Int { unsafe elements.count }

    subscript(index: Int) -> Element {
        _read {
            precondition(index >= 0 && index < count, "index outside the list")
            yield unsafe elements[index]
        }
    }

    /// The elements without copying them.
    var span: Span<Element> {
        @_lifetime(immortal)
        get { unsafe _overrideLifetime(Span(_unsafeElements: elements), copying: ()) }
    }
}

/// A value that is never changed and never freed, one word long wherever it is kept.
///
/// Sound: its memory is written before the value can be read and lives for ever.
@safe
struct StaticValue<Value: Sendable>: @unchecked Sendable {
    private let memory: UnsafePointer<Value>

    init(_ value: Value) {
        let memory = UnsafeMutablePointer<Value>.allocate(capacity: 1)
        unsafe memory.initialize(to: value)
        unsafe self.memory = UnsafePointer(memory)
    }

    var value: Value { unsafe memory.pointee }
}
