// Who has a state directory: the kernel's list of locks says which process holds the one that a daemon takes for as long as
// it runs.

internal import CLinux
internal import Glibc

extension FileDisk {
    /// The process that has the directory locked; nil when none has, or when it is in another process namespace.
    ///
    /// Read from `/proc/locks`: proc_locks(5).
    public var lockHolder: CInt? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        let device = UInt64(status.st_dev)
        let major = device >> 8 & 0xFFF | device >> 32 & 0xFFFF_F000
        let minor = device & 0xFF | device >> 12 & 0xFFFF_FF00
        let wanted = (major, minor, UInt64(status.st_ino))
        for line in Self.locks.split(separator: "\n") {
            // 1: FLOCK  ADVISORY  WRITE 1234 08:01:5678 0 EOF
            let fields = line.split(separator: " ")
            guard fields.count >= 6, fields[1] == "FLOCK", fields[3] == "WRITE" else { continue }
            let place = fields[5].split(separator: ":")
            guard place.count == 3, let major = UInt64(place[0], radix: 16), let minor = UInt64(place[1], radix: 16),
                let inode = UInt64(place[2]), (major, minor, inode) == wanted
            else { continue }
            return CInt(fields[4])
        }
        return nil
    }

    private static var locks: String {
        let file = systemCall { unsafe Int(Glibc.open("/proc/locks", O_RDONLY | O_CLOEXEC)) }
        guard file >= 0 else { return "" }
        defer { Glibc.close(CInt(file)) }
        var (text, piece): ([UInt8], [UInt8]) = ([], [UInt8](repeating: 0, count: 1 << 14))
        while true {
            let count = systemCall {
                unsafe piece.withUnsafeMutableBytes { unsafe Glibc.read(CInt(file), $0.baseAddress, $0.count) }
            }
            guard count > 0 else { return String(decoding: text, as: UTF8.self) }
            text += piece[..<count]
        }
    }
}
