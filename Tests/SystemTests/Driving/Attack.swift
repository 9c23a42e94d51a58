// What a hostile process may try, each as a program for `ForeignCaller`, with what it must come to. The argument of each is
// the token of a session with 60 KB of data.

struct Attack: CustomStringConvertible, Sendable {
    let description: String
    var configuration = ""
    let program: String
    /// What the log says of it; nil for what is not forbidden.
    var logged: String?
    /// Whether what it tells is as it should be.
    let isHeld: @Sendable (JSON) -> Bool

    static let all = [
        crowd, drip, deaf, halfDeaf, leaver, endless, batches, revolvingDoor, watchers, million, malformed, wide, hasty,
        descriptors,
    ]

    static let crowd = Attack(
        description: "10,000 connections",
        program: """
            inside, refused = [], 0
            for wave in range(100):
                callers = [connect() for _ in range(100)]
                for caller in callers:
                    try: caller.sendall(line('server.ping'))
                    except OSError: pass
                for caller in callers:
                    answer = caller.recv(4096)
                    if b'"pong"' in answer: inside.append(caller)
                    elif b'429' in answer: refused += 1
            tell(inside=len(inside), refused=refused)
            stay()
            """,
        logged: "may have no more",
        isHeld: { told in
            let (inside, refused) = (told["inside"].integer ?? 0, told["refused"].integer ?? 0)
            return (500...2048).contains(inside) && inside + refused == 10_000
        }
    )

    static let drip = Attack(
        description: "lines that come a byte at a time and never end",
        configuration: "lineTimeout = \"1s\"\n",
        program: """
            callers, told = [connect() for _ in range(100)], 0
            while callers:
                for caller in callers:
                    try: caller.send(b' ')
                    except OSError: pass
                for caller in select.select(callers, [], [], 0.05)[0]:
                    if b'-32600' in rest(caller): told += 1
                    callers.remove(caller)
            tell(told=told)
            stay()
            """,
        logged: "a line that was not finished within 1s",
        isHeld: { $0["told"] == 100 }
    )

    static let deaf = Attack(
        description: "answers that are not read",
        configuration: "maxBuffered = \"4M\"\n",
        program: notReading(half: false),
        logged: "bytes for unfinished lines and untaken answers",
        isHeld: { ($0["gone"].integer ?? 0) > 10 }
    )

    static let halfDeaf = Attack(
        description: "answers that are not read by callers that have closed their half",
        configuration: "maxBuffered = \"4M\"\n",
        program: notReading(half: true),
        logged: "bytes for unfinished lines and untaken answers",
        isHeld: { ($0["gone"].integer ?? 0) > 10 }
    )

    private static func notReading(half: Bool) -> String {
        """
        callers, poll, gone = [], select.poll(), set()
        for _ in range(60):
            caller = connect()
            caller.sendall(line('session.lookup', token=arguments[0]) * 20)
            \(half ? "caller.shutdown(socket.SHUT_WR)" : "poll.register(caller, 0)")
            \(half ? "poll.register(caller, 0)" : "")
            callers.append(caller)
            gone |= {descriptor for descriptor, _ in poll.poll(10)}
        while len(gone) <= 10: gone |= {descriptor for descriptor, _ in poll.poll(100)}
        tell(gone=len(gone))
        stay()
        """
    }

    static let leaver = Attack(
        description: "callers that go in mid-line and in mid-answer",
        program: """
            for _ in range(300):
                caller = connect()
                caller.sendall(line('server.ping') + line('server.ping')[:20])
                caller.recv(4096)
                caller.close()
                caller = connect()
                caller.sendall(line('session.lookup', token=arguments[0]) * 20)
                caller.recv(10)
                caller.close()
            tell(done=True)
            stay()
            """,
        isHeld: { $0["done"] == true }
    )

    static let endless = Attack(
        description: "a line that never ends, again and again",
        program: """
            told = 0
            for _ in range(50):
                caller = connect()
                try:
                    for _ in range(1000): caller.sendall(b'x' * 65536)
                except OSError: pass
                if b'-32600' in rest(caller): told += 1
            tell(told=told)
            stay()
            """,
        logged: "a line of more than 131072 bytes",
        isHeld: { $0["told"] == 50 }
    )

    static let batches = Attack(
        description: "batches whose answers have no end",
        program: """
            requests = [json.loads(line('session.lookup', token=arguments[0]))] * 100
            batch, longest, refused = (json.dumps(requests) + '\\n').encode(), 0, 0
            room = bytearray(1 << 16)
            for _ in range(30):
                caller = connect()
                caller.sendall(batch)
                caller.shutdown(socket.SHUT_WR)
                # Nothing of it is kept: that would take time from those beside it on this processor.
                length, end = 0, b''
                while count := caller.recv_into(room):
                    length += count
                    refused += (end + room[:count]).count(b'"code":413') - end.count(b'"code":413')
                    end = bytes(room[max(count - 9, 0):count])
                longest = max(longest, length)
            tell(longest=longest, refused=refused)
            stay()
            """,
        isHeld: { ($0["longest"].integer ?? .max) < 1_200_000 && ($0["refused"].integer ?? 0) > 30 * 80 }
    )

    static let revolvingDoor = Attack(
        description: "connections that come and go as fast as they can",
        program: """
            count, end = 0, time.monotonic() + 2
            while time.monotonic() < end:
                connect().close()
                count += 1
            tell(count=count)
            stay()
            """,
        isHeld: { ($0["count"].integer ?? 0) > 100 }
    )

    static let watchers = Attack(
        description: "more watchers than there may be",
        program: """
            inside, refused = [], 0
            for _ in range(600):
                caller = connect()
                caller.sendall(line('session.watch'))
                answer = caller.recv(4096)
                if b'"resync"' in answer: inside.append(caller)
                elif b'429' in answer: refused += 1
            tell(inside=len(inside), refused=refused)
            stay()
            """,
        logged: "watchers, and may have no more",
        isHeld: { told in
            let inside = told["inside"].integer ?? 0
            return (200...512).contains(inside) && told["refused"].integer == 600 - inside
        }
    )

    static let million = Attack(
        description: "a million lookups at once",
        program: """
            caller, request, answered = connect(), line('session.lookup', token='x' * 43), 0
            unsent, chunk = 1000000, memoryview(request * 1000)
            place, room = 0, bytearray(1 << 20)
            caller.setblocking(False)
            while answered < 1000000:
                readable, writable, _ = select.select([caller], [caller] if unsent else [], [], 10)
                if readable:
                    count = caller.recv_into(room)
                    if not count: sys.exit('disconnected after %d answers' % answered)
                    answered += room.count(b'\\n', 0, count)
                if writable:
                    place += caller.send(chunk[place:])
                    if place == len(chunk): unsent, place = unsent - 1000, 0
            tell(answered=answered)
            stay()
            """,
        isHeld: { $0["answered"] == 1_000_000 }
    )

    static let malformed = Attack(
        description: "lines that are no JSON, or no request",
        program: """
            bad = [
                b'{', b'[1,', b'nul', b'1e', b'"a', b'\\xff\\xfe', b'"\\\\ud800"', b'{"a":1,"a":2}', b'[' * 100000,
                b'{}', b'[]', b'{"jsonrpc":"1.0","id":1,"method":"server.ping"}', b'{"jsonrpc":"2.0","id":{},"method":"x"}',
            ]
            caller, refused = connect(), 0
            for _ in range(300):
                caller.sendall(b''.join(one + b'\\n' for one in bad))
                answers = take(caller, len(bad))
                refused += answers.count(b'"code":-32700') + answers.count(b'"code":-32600')
            tell(missing=300 * len(bad) - refused)
            stay()
            """,
        isHeld: { $0["missing"] == 0 }
    )

    static let wide = Attack(
        description: "objects of thousands of names, with and without escapes",
        program: """
            def request(name, count):
                names = ','.join(name % place for place in range(count))
                start = '{"jsonrpc":"2.0","id":1,"method":"session.lookup","params":{'
                return (start + names + '}}' + chr(10)).encode()
            requests = [request('"%x":0', 12000), request('"' + chr(92) + 'u0061%x":0', 7000)]
            caller, refused = connect(), 0
            for _ in range(25):
                for one in requests:
                    caller.sendall(one)
                    refused += take(caller).count(b'"code":-32602')
            tell(refused=refused)
            stay()
            """,
        isHeld: { $0["refused"] == 50 }
    )

    static let hasty = Attack(
        description: "changes faster than the disk takes them",
        configuration: "maxWaiting = 200\n",
        program: """
            caller = connect()
            caller.sendall(line('session.create', userId='eve', ttl=5000))
            token = json.loads(take(caller))['result']['token']
            changes = [json.loads(line('session.refresh', token=token, ttl=5000))] * 100
            batch, refused = (json.dumps(changes) + '\\n').encode(), 0
            callers = [connect() for _ in range(100)]
            for _ in range(20):
                for caller in callers: caller.sendall(batch)
                for caller in callers:
                    refused += take(caller).count(b'"code":429')
            tell(refused=refused)
            stay()
            """,
        logged: "answers that wait for the disk",
        isHeld: { ($0["refused"].integer ?? 0) > 0 }
    )

    static let descriptors = Attack(
        description: "descriptors that are passed along and take long to close",
        program: """
            # Kernels before Linux 6.16 let nobody refuse them.
            pass_rights = 83
            try: connect().getsockopt(socket.SOL_SOCKET, pass_rights)
            except OSError: tell(kernel='old'), stay(), sys.exit()
            server = socket.create_server(('127.0.0.1', 0))
            refused = 0
            for _ in range(3):
                lingering = socket.create_connection(server.getsockname())
                other = server.accept()
                linger = (2).to_bytes(4, sys.byteorder)
                lingering.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, (1).to_bytes(4, sys.byteorder) + linger)
                lingering.setblocking(False)
                try:
                    while True: lingering.send(bytes(1 << 16))
                except BlockingIOError: pass
                lingering.setblocking(True)
                caller = connect()
                try: socket.send_fds(caller, [line('server.ping')], [lingering.fileno()])
                except PermissionError: refused += 1
                else:
                    lingering.close()
                    caller.recv(4096)
            tell(refused=refused)
            stay()
            """,
        isHeld: { $0["kernel"] == "old" || $0["refused"] == 3 }
    )
}
