// What the kernel says about the process itself (getrusage(2), proc_pid_statm(5)); asked only when somebody wants to know.

internal import Glibc

/// The process in figures.
enum ProcessFigures {
    /// Processor time of all threads, in the kernel and outside.
    static func cpuMicroseconds() -> Int64 {
        var usage = rusage()
        unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Int64($1.tv_sec) * 1_000_000 + Int64($1.tv_usec) }
    }

    /// Memory in use; nil where /proc is not to be had.
    static func residentBytes() -> Int64? {
        let file = unsafe open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var text = InlineArray<128, UInt8>(repeating: 0)
        var span = text.mutableSpan
        let count = unsafe span.withUnsafeMutableBytes { unsafe read(file, $0.baseAddress, $0.count) }
        // The second number: pages in memory.
        let numbers = (0..<max(count, 0)).map { text[$0] }.split(separator: UInt8(ascii: " "))
        guard numbers.count > 1 else { return nil }
        return Int64(String(decoding: numbers[1], as: UTF8.self)).map { $0 * Int64(sysconf(CInt(_SC_PAGESIZE))) }
    }
}
