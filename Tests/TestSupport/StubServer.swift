// A server of nothing but answers: each line that comes is answered with what a closure says, or the caller is let go.

import Foundation

package final class StubServer {
    package let path: String
    /// Closing it ends the server.
    private let stop: FileHandle

    /// Listens.
    ///
    /// - Parameters:
    ///   - path: Where to listen; a new place unless it is given.
    ///   - answer: The answer to a line, without the line feed; empty for none; nil to hang up.
    package init(at path: String? = nil, _ answer: @escaping @Sendable (String) -> String?) throws {
        let path = path ?? "/tmp/sessionctl-test.\(String(UInt64.random(in: .min ... .max), radix: 36))"
        let listener = Foundation.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let code = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard code == 0, listen(listener, 64) == 0 else { throw CocoaError(.fileWriteUnknown) }
        self.path = path
        let pipe = Pipe()
        stop = pipe.fileHandleForWriting
        Thread { serve(listener, until: pipe.fileHandleForReading, answer) }.start()
    }

    deinit {
        try? stop.close()
        unsafe unlink(path)
    }
}

/// Serves everybody who connects, until the other end of a pipe is closed.
private func serve(_ listener: Int32, until stop: FileHandle, _ answer: (String) -> String?) {
    var callers: [Int32: String] = [:]
    while true {
        let descriptors = [stop.fileDescriptor, listener] + callers.keys
        var interests = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        unsafe poll(&interests, nfds_t(interests.count), -1)
        if interests[0].revents != 0 { break }
        if interests[1].revents != 0 {
            let caller = accept(listener, nil, nil)
            if caller >= 0 { callers[caller] = "" }
        }
        for interest in interests.dropFirst(2) where interest.revents != 0 {
            var chunk = [UInt8](repeating: 0, count: 1 << 16)
            let count = unsafe read(interest.fd, &chunk, chunk.count)
            let lines = (callers[interest.fd] ?? "") + String(decoding: chunk.prefix(max(count, 0)), as: UTF8.self)
            let parts = lines.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
            callers[interest.fd] = parts.last
            let answers = parts.dropLast().map { answer($0) }
            let bytes = Array(answers.compactMap { $0.map { $0.isEmpty ? "" : "\($0)\n" } }.joined().utf8)
            unsafe _ = bytes.withUnsafeBytes { unsafe send(interest.fd, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count <= 0 || answers.contains(nil) {
                close(interest.fd)
                callers[interest.fd] = nil
            }
        }
    }
    for descriptor in callers.keys { close(descriptor) }
    close(listener)
}
