// A caller of another uid: a program in Python, run by setpriv(1). What it prints, lines of JSON, is what it tells.

import Foundation

final class ForeignCaller {
    static let python = "/usr/bin/python3"
    /// Whether there can be one here.
    static var isPossible: Bool { geteuid() == 0 && FileManager.default.isExecutableFile(atPath: python) }

    private let process: RunningProcess

    /// Starts a program, which finds the socket's path and the arguments in `path` and `arguments`.
    ///
    /// - Parameters:
    ///   - through: A command that it is run through, as root still.
    ///   - again: Whether it begins again whenever it would stay as it is.
    init(
        _ program: String,
        uid: Int,
        to socket: Socket,
        through: [String] = [],
        again: Bool = false,
        _ arguments: String...
    ) throws {
        let identity = through + ["setpriv", "--reuid=\(uid)", "--regid=\(uid)", "--clear-groups"]
        let source = Self.prelude + (again ? Self.repetition : program)
        let command = identity + [Self.python, "-c", source, socket.path] + arguments + (again ? [program] : [])
        process = try RunningProcess(command, input: .sent)
    }

    /// What it has told until now, first of all.
    var told: JSON? { allTold.first }

    /// All that it has told until now.
    var allTold: [JSON] {
        let text = String(decoding: process.output, as: UTF8.self)
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            .compactMap { try? JSON(parsing: $0) }
    }

    /// Says that it has done enough, and waits for what it tells.
    func finish() async throws -> JSON {
        try process.closeInput()
        let result = try await process.end()
        guard let told else { throw NoAnswers(description: "it told nothing: \(result.errors)") }
        return told
    }

    /// It is gone at once.
    func vanish() { process.kill() }

    var isRunning: Bool { process.isRunning }

    /// Whether it runs; what went wrong otherwise.
    func checkRunning() throws {
        if !isRunning, told == nil { throw NoAnswers(description: "it has ended: \(process.errors)") }
    }

    private static let prelude = """
        import json, resource, select, socket, sys, threading, time

        path, arguments = sys.argv[1], sys.argv[2:]
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

        def connect():
            caller = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            caller.connect(path)
            return caller

        def line(method, **params):
            return (json.dumps({'jsonrpc': '2.0', 'id': 1, 'method': method, 'params': params}) + '\\n').encode()

        def rest(caller):
            received = b''
            try:
                while piece := caller.recv(1 << 20): received += piece
            except OSError: pass
            return received

        def take(caller, count=1):
            received = b''
            while received.count(b'\\n') < count:
                piece = caller.recv(1 << 20)
                if not piece: sys.exit('disconnected')
                received += piece
            return received

        def tell(**facts): print(json.dumps(facts), flush=True)

        def stay(): sys.stdin.read()

        """

    /// Carries out the last of its arguments again and again, in one process: starting one takes time from all others.
    private static let repetition = """
        class Again(Exception): pass
        def stay(): raise Again
        program = compile(arguments.pop(), 'attack', 'exec')
        while True:
            try: exec(program)
            except Again: time.sleep(0.02)

        """

    /// Looks the token in `arguments` up again and again until it is told to finish, and counts what went well.
    static let good = """
        done = threading.Event()
        threading.Thread(target=lambda: (stay(), done.set()), daemon=True).start()
        caller = connect()
        request = line('session.lookup', token=arguments[0])
        count, worst = 0, 0
        while not done.is_set():
            begun = time.monotonic()
            caller.sendall(request)
            answer = take(caller)
            if b'"session":{' not in answer: sys.exit(answer.decode())
            worst = max(worst, time.monotonic() - begun)
            count += 1
        tell(count=count, worst=int(worst * 1000))
        """
}
