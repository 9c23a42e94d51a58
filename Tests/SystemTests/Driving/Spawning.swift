// Starting a program with posix_spawn(3). Foundation's Process takes a child that closes the descriptors it was given,
// as systemd-socket-activate does, for one that has ended, and then waits for it where it blocks all others.

import Foundation

/// A program that could not be started.
struct CannotSpawn: Error, CustomStringConvertible {
    let program: String
    let code: Int32

    var description: String { unsafe "cannot start \(program): \(String(cString: strerror(code)))" }
}

/// Starts a program, looked for in PATH, with default signals, and with its three descriptors opened from paths.
func spawn(
    _ command: [String],
    environment: [String: String],
    input: String,
    output: String,
    errors: String
) throws -> pid_t {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
    unsafe posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    unsafe posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)

    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var all = sigset_t()
    unsafe sigfillset(&all)
    var none = sigset_t()
    unsafe sigemptyset(&none)
    unsafe posix_spawnattr_setsigdefault(&attributes, &all)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

    let arguments = unsafe command.map { unsafe strdup($0) } + [nil]
    let variables = unsafe environment.map { unsafe strdup("\($0)=\($1)") } + [nil]
    defer { unsafe (arguments + variables).forEach { unsafe free($0) } }
    var process: pid_t = 0
    let code = unsafe posix_spawnp(&process, command[0], &actions, &attributes, arguments, variables)
    guard code == 0 else { throw CannotSpawn(program: command[0], code: code) }
    return process
}

/// The exit status of a child that has ended, or minus the signal that ended it; nil while it runs.
///
/// It can be asked once: then the process id may come to mean another process.
func exitStatus(of process: pid_t, waiting: Bool = false) -> Int32? {
    var status: Int32 = 0
    while true {
        let result = unsafe waitpid(process, &status, waiting ? 0 : WNOHANG)
        if result == process { break }
        if result == -1, errno == EINTR { continue }
        return nil
    }
    let signal = status & 0x7F
    return signal == 0 ? (status >> 8) & 0xFF : -signal
}
