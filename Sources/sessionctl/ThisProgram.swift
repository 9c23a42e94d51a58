// Where the program's own files are, and how it says what went wrong.

import Glibc
import Terminal

/// Writes a line to stderr.
func printError(_ message: String) { writeToStandardError("sessionctl: \(message)\n") }

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
