// What is not a result: messages, and a line that says what is going on while nobody has to wait for it in the dark.

import Glibc

/// A line on stderr that is written over again and again; on a terminal only.
final class Progress {
    private let isShown = isatty(2) == 1
    private var isClear = true

    func show(_ text: String) {
        guard isShown else { return }
        isClear = false
        write("\r\u{1B}[K\(text)")
    }

    func clear() {
        guard isShown, !isClear else { return }
        isClear = true
        write("\r\u{1B}[K")
    }
}

/// Writes a line to stderr.
func printError(_ message: String) { write("sessionctl: \(message)\n") }

private func write(_ text: String) {
    let bytes = Array(text.utf8)
    // Nobody to tell when stderr is gone.
    unsafe bytes.withUnsafeBytes { unsafe _ = Glibc.write(2, $0.baseAddress, $0.count) }
}

/// A program in the folder of this one, if there is one; else its name, to be looked for in PATH.
func pathBesideThisProgram(_ name: String) -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count)
    guard count > 0 else { return name }
    let own = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard let slash = own.lastIndex(of: "/") else { return name }
    let path = "\(own[...slash])\(name)"
    return unsafe access(path, X_OK) == 0 ? path : name
}
