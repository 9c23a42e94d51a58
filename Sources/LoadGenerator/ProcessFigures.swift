// What a server costs, as the kernel counts it: proc_pid_status(5) and the scheduler's own account of each thread.

internal import CLinux
internal import Glibc

/// A process that is looked at from outside.
struct ProcessFigures {
    let id: pid_t

    /// The time that its threads have had on a processor since they began, in nanoseconds; nil where it cannot be read.
    var processorTime: UInt64? {
        guard let folder = unsafe opendir("/proc/\(id)/task") else { return nil }
        defer { unsafe closedir(folder) }
        var total: UInt64 = 0
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { unsafe Array($0.prefix { $0 != 0 }) }
            guard let thread = Int(String(decoding: name, as: UTF8.self)) else { continue }
            // "time on a processor, time waiting for one, slices"; a thread may have ended meanwhile.
            let schedule = readSmallFile("/proc/\(id)/task/\(thread)/schedstat")
            total += schedule?.split(separator: " ").first.flatMap { UInt64($0) } ?? 0
        }
        return total
    }

    /// The memory that it occupies, in bytes; nil where it cannot be read.
    var residentBytes: Int? {
        let line = readSmallFile("/proc/\(id)/status")?.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line?.split { $0 == " " || $0 == "\t" }.dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
    }
}

/// The processor time of this process in nanoseconds.
func ownProcessorTime() -> UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// The beginning of a file.
func readSmallFile(_ path: String, limit: Int = 16384) -> String? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: limit)
    var length = 0
    // The kernel gives out some of its files a page at a time.
    while length < limit {
        let count = unsafe bytes.withUnsafeMutableBytes {
            unsafe read(descriptor, $0.baseAddress! + length, limit - length)
        }
        guard count >= 0 else { return nil }
        if count == 0 { break }
        length += count
    }
    return String(decoding: bytes[..<length], as: UTF8.self)
}
