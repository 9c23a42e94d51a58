// A connection for many requests in little time: a socket that never waits, keeps what could not be sent yet, and gives
// out whole lines. socat would cost more than the daemon that is tested.

import Foundation

/// A connection that could not be made, or answers that did not come.
struct NoAnswers: Error, CustomStringConvertible {
    let description: String
}

final class LoadSocket {
    let descriptor: Int32
    private var unsent: [UInt8] = []
    private var received: [UInt8] = []
    /// The daemon has closed its end, and everything that it had sent was taken.
    private(set) var hasEnded = false

    init(to socket: Socket) throws {
        descriptor = Foundation.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: socket.path.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let code = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, size)
            }
        }
        guard code == 0 else { throw NoAnswers(description: "cannot connect to \(socket.path): errno \(errno)") }
    }

    deinit { close(descriptor) }

    var hasUnsent: Bool { !unsent.isEmpty }

    /// What poll(2) is to wait for.
    var interest: pollfd {
        pollfd(fd: hasEnded ? -1 : descriptor, events: Int16(POLLIN | (hasUnsent ? POLLOUT : 0)), revents: 0)
    }

    func send(_ text: String) {
        unsent += Array(text.utf8)
        flush()
    }

    /// Sends on with what could not be sent.
    func flush() {
        while !unsent.isEmpty {
            let flags = Int32(MSG_DONTWAIT | MSG_NOSIGNAL)
            let count = unsafe unsent.withUnsafeBytes {
                unsafe Foundation.send(descriptor, $0.baseAddress, $0.count, flags)
            }
            if count > 0 {
                unsent.removeFirst(count)
            } else if errno != EINTR {
                // Nobody will take the rest, unless it is only that there is no room now.
                if errno != EAGAIN { unsent = [] }
                return
            }
        }
    }

    /// Takes what has come and returns the whole lines.
    func receive() -> [Response] {
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while !hasEnded {
            let count = unsafe chunk.withUnsafeMutableBytes {
                unsafe recv(descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT))
            }
            if count > 0 {
                received += chunk[..<count]
            } else if count == 0 || errno != EINTR {
                hasEnded = count == 0 || errno != EAGAIN
                break
            }
        }
        return takeLines()
    }

    /// Waits for the next whole lines.
    func waitForLines() throws -> [Response] {
        while true {
            let lines = receive()
            if !lines.isEmpty { return lines }
            if hasEnded { throw NoAnswers(description: "the daemon closed the connection") }
            flush()
            try wait(for: [self], milliseconds: Int32(patience.components.seconds * 1000), isLimit: true)
        }
    }

    /// Creates so many sessions of one user, all at once, and returns their tokens.
    func tokens(ofCreated count: Int, data: JSON = [:]) throws -> [String] {
        let creation = request("session.create", ["userId": "ann", "data": data])
        send(String(repeating: "\(creation)\n", count: count))
        var tokens: [String] = []
        while tokens.count < count {
            for answer in try waitForLines() {
                guard let token = answer.string(after: #""token":""#) else { throw NoAnswers(description: answer.text) }
                tokens.append(token)
            }
        }
        return tokens
    }

    private func takeLines() -> [Response] {
        var lines: [Response] = []
        var start = 0
        while let end = lineFeed(from: start) {
            lines.append(Response(bytes: received[start..<end]))
            start = end + 1
        }
        if start > 0 { received = Array(received[start...]) }
        return lines
    }

    private func lineFeed(from start: Int) -> Int? {
        unsafe received.withUnsafeBytes { bytes in
            guard start < bytes.count, let base = bytes.baseAddress else { return nil }
            let found = unsafe memchr(base + start, Int32(UInt8(ascii: "\n")), bytes.count - start)
            return unsafe found.map { unsafe UnsafeRawPointer($0) - base }
        }
    }
}

/// Waits until one of these sockets has something to take or room to send, or until the time is over.
func wait(for sockets: [LoadSocket], milliseconds: Int32, isLimit: Bool = false) throws {
    var interests = sockets.map { $0.interest }
    let count = unsafe poll(&interests, nfds_t(interests.count), milliseconds)
    if count == 0, isLimit { throw NoAnswers(description: "no answer came in \(milliseconds) ms") }
}

/// The bytes of an answer, in which a few words are looked for: reading it as JSON would cost more than making it.
struct Response {
    let bytes: ArraySlice<UInt8>

    var text: String { String(decoding: bytes, as: UTF8.self) }

    func contains(_ words: StaticString) -> Bool { end(of: words) != nil }

    /// The integer that follows these words.
    func integer(after words: StaticString) -> Int? {
        guard let start = end(of: words) else { return nil }
        var value: Int?
        for byte in bytes[start...] {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { break }
            value = (value ?? 0) * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return value
    }

    /// What follows these words, until the next quotation mark.
    func string(after words: StaticString) -> String? {
        guard let start = end(of: words) else { return nil }
        return String(decoding: bytes[start...].prefix { $0 != UInt8(ascii: "\"") }, as: UTF8.self)
    }

    /// The answers of a batch; of a single request, its own.
    var parts: [Response] {
        guard bytes.first == UInt8(ascii: "[") else { return [self] }
        var starts: [Int] = []
        var place = bytes.startIndex
        while let end = Response(bytes: bytes[place...]).end(of: Self.beginning) {
            starts.append(end - Self.beginning.utf8CodeUnitCount)
            place = end
        }
        return zip(starts, starts.dropFirst() + [bytes.endIndex]).map { Response(bytes: bytes[$0..<$1]) }
    }

    private static let beginning: StaticString = #"{"jsonrpc":"2.0","id":"#

    /// Which request it answers.
    var id: Int? { integer(after: Self.beginning) }

    /// Where these words end. glibc shows memmem(3) only to programs that ask for its extensions.
    private func end(of words: StaticString) -> Int? {
        let length = words.utf8CodeUnitCount
        // Sound: both ranges are alive during the calls, and only a distance is kept.
        let distance: Int? = unsafe bytes.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return nil }
            var place = 0
            while bytes.count - place >= length {
                let first = unsafe memchr(
                    start + place,
                    Int32(words.utf8Start.pointee),
                    bytes.count - place - length + 1
                )
                guard let first = unsafe first else { return nil }
                place = unsafe UnsafeRawPointer(first) - start
                if unsafe memcmp(start + place, words.utf8Start, length) == 0 { return place + length }
                place += 1
            }
            return nil
        }
        return distance.map { $0 + bytes.startIndex }
    }
}
