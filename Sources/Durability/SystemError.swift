// System calls: one way to make them and one way to say that they failed. Every call of the daemon that can be
// interrupted by a signal goes through here and is made again.

internal import Glibc

/// A system call that failed, with what it was doing.
public struct SystemError: Error, Equatable, Sendable {
    /// What was being done, such as `open snapshot-1`.
    public let operation: String
    /// The error number, as `errno(3)` lists them.
    public let code: CInt

    /// Notes that `operation` failed with `code`.
    public init(_ operation: String, code: CInt) {
        self.operation = operation
        self.code = code
    }

    /// The operation and the system's words for the error.
    public var message: String {
        var text = [CChar](repeating: 0, count: 128)
        guard unsafe strerror_r(code, &text, text.count) == 0 else { return "\(operation): error \(code)" }
        return "\(operation): \(String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))"
    }
}

/// Makes a system call, again as long as a signal interrupts it.
///
/// - Returns: What the call returned, or its negated error number.
@inline(__always)
public func systemCall(_ body: () -> Int) -> Int {
    while true {
        let result = body()
        if result >= 0 { return result }
        let code = errno
        if code != EINTR { return -Int(code) }
    }
}

/// Makes a system call that has to succeed for `operation` to go on.
public func systemCall(_ operation: @autoclosure () -> String, _ body: () -> Int) throws(SystemError) -> Int {
    let result = systemCall(body)
    if result < 0 { throw SystemError(operation(), code: CInt(-result)) }
    return result
}
