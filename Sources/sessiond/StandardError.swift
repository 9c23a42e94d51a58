// Where messages go that are not the result that was asked for.

import Glibc

/// Writes a line to stderr.
func printError(_ message: String) {
    let line = Array("sessiond: \(message)\n".utf8)
    // Nobody to tell when stderr is gone.
    unsafe line.withUnsafeBytes { unsafe _ = write(2, $0.baseAddress, $0.count) }
}
