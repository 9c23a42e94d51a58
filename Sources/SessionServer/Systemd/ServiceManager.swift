// What the daemon and its service manager tell each other: the sockets that were opened for it, readiness, status, and
// that it is alive (sd_listen_fds(3), sd_notify(3), sd_watchdog_enabled(3)). Without systemd all of it does nothing.

internal import CLinux
internal import CSystemd
internal import Durability
internal import Glibc

/// The service manager that started this process, if one did.
enum ServiceManager {
    /// The sockets that were passed, with their names; the environment is cleared of them.
    static func sockets() throws(SystemError) -> [(descriptor: CInt, name: String)] {
        var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        let count = unsafe sd_listen_fds_with_names(1, &names)
        if count < 0 { throw SystemError("take the sockets from the service manager", code: -count) }
        var sockets: [(CInt, String)] = []
        for index in 0..<Int(count) {
            let name = unsafe names?[index]
            unsafe sockets.append((SD_LISTEN_FDS_START + CInt(index), name.map { unsafe String(cString: $0) } ?? ""))
            unsafe free(name)
        }
        unsafe free(names)
        return sockets
    }

    /// The socket is a Unix stream socket that listens.
    static func isListeningSocket(_ descriptor: CInt) -> Bool {
        sd_is_socket_unix(descriptor, CInt(SOCK_STREAM.rawValue), 1, nil, 0) > 0
    }

    /// The daemon answers.
    static func ready(status: String) { notify("READY=1\nSTATUS=\(status)") }

    /// What `systemctl status` shows.
    static func status(_ status: String) { notify("STATUS=\(status)") }

    /// The daemon is ending.
    static func stopping() { notify("STOPPING=1\nSTATUS=Stopping") }

    /// A reload began, or is over when `ready` is said next.
    static func reloading() {
        var now = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &now)
        notify("RELOADING=1\nMONOTONIC_USEC=\(now.tv_sec * 1_000_000 + now.tv_nsec / 1000)")
    }

    /// Starting takes long; the start must not be given up before so much more time has passed.
    static func extendTimeout(seconds: Int) { notify("EXTEND_TIMEOUT_USEC=\(seconds * 1_000_000)") }

    /// The daemon is alive.
    static func alive() { notify("WATCHDOG=1") }

    /// After how long without `alive` the manager acts; nil when it does not watch.
    static func watchdogMicroseconds() -> UInt64? {
        var interval: UInt64 = 0
        return unsafe sd_watchdog_enabled(0, &interval) > 0 ? interval : nil
    }

    private static func notify(_ state: String) { unsafe sd_notify(0, state) }
}
