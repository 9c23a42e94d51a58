// A program at a terminal that a test looks at and types on: pty(7). It is killed with its owner.

import Foundation

final class PseudoTerminal {
    /// TIOCSPTLCK and TIOCGPTN of ioctl_tty(2), which Swift does not see.
    private enum Control {
        static let lock: UInt = 0x4004_5431
        static let number: UInt = 0x8004_5430
    }

    /// Its device.
    let path: String
    /// What the test holds.
    private let ours: FileHandle
    /// Kept open so that the terminal outlives whoever uses it.
    private let theirs: FileHandle
    private let command: [String]
    private let process: pid_t
    private var status: Int32?
    private var bytes = Data()

    /// Starts a program at a terminal of its own.
    init(_ command: [String], columns: UInt16 = 100, environment: [String: String] = [:]) throws {
        let descriptor = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
        var (isLocked, number) = (CInt(0), CUnsignedInt(0))
        guard descriptor >= 0, unsafe ioctl(descriptor, Control.lock, &isLocked) == 0,
            unsafe ioctl(descriptor, Control.number, &number) == 0
        else { throw CannotSpawn(program: "a terminal", code: errno) }
        ours = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        path = "/dev/pts/\(number)"
        let other = unsafe open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard other >= 0 else { throw CannotSpawn(program: path, code: errno) }
        theirs = FileHandle(fileDescriptor: other, closeOnDealloc: true)
        var window = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = unsafe ioctl(descriptor, UInt(TIOCSWINSZ), &window)
        self.command = command
        let standard = ["PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TERM": "xterm"]
        process = try spawn(
            command,
            environment: standard.merging(environment) { $1 },
            input: path,
            output: path,
            errors: path
        )
    }

    deinit {
        guard isRunning else { return }
        kill(process, SIGKILL)
        _ = exitStatus(of: process, waiting: true)
    }

    private var isRunning: Bool {
        if status == nil { status = exitStatus(of: process) }
        return status == nil
    }

    /// All that was shown until now, with plain line feeds.
    var shown: String {
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe read(ours.fileDescriptor, &chunk, chunk.count)
            guard count > 0 else { break }
            bytes.append(contentsOf: chunk[..<count])
        }
        return String(decoding: bytes, as: UTF8.self).replacing("\r\n", with: "\n")
    }

    /// Waits until this is shown.
    func shows(_ text: String) async throws {
        try await wait(until: "\"\(text)\" on the terminal; it shows: \(shown)") { shown.contains(text) }
    }

    func type(_ text: String) throws { try ours.write(contentsOf: Data(text.utf8)) }

    /// Waits until the program ends by itself, and returns its exit status and all that was shown.
    func end() async throws -> (status: Int32, shown: String) {
        let status = try await wait(for: "the end of \(command); it shows: \(shown)") { () -> Int32? in
            _ = shown
            return isRunning ? nil : self.status
        }
        return (status, shown)
    }
}
