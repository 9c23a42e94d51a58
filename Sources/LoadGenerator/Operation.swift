// What is asked of a server: a request that was written once and has one place for a key or a user, and how the answer
// begins when it is a success. Beside each method of ours stands the command of Redis that comes closest.

internal import JSONRPC

/// A kind of request.
final class Operation {
    /// What goes into the request.
    enum Subject {
        /// One of the sessions that stay.
        case settled
        /// A session that begins.
        case new
        /// A session that begins under a key that was chosen here.
        case chosen
        /// The oldest of the sessions that may end.
        case oldest
        /// The newest of them.
        case newest
        /// Nothing: the request is always the same.
        case nothing
    }

    let name: String
    let subject: Subject
    /// Before and after the subject; of a session that begins under a key, `middle` is between the key and its number.
    let head: [UInt8]
    let middle: [UInt8]
    let tail: [UInt8]
    /// How a success begins.
    let success: [UInt8]

    private init(
        _ name: String,
        _ subject: Subject,
        head: String,
        middle: String = "",
        tail: String,
        success: String
    ) {
        self.name = name
        self.subject = subject
        self.head = Array(head.utf8)
        self.middle = Array(middle.utf8)
        self.tail = Array(tail.utf8)
        self.success = Array(success.utf8)
    }

    /// For how long the sessions last that are made here, in seconds: what is left behind by accident goes by itself.
    static let ttl = 3600

    /// `session.lookup`, or `GET`: who is this?
    static func lookup(_ dialect: Dialect, dataBytes: Int) -> Operation {
        switch dialect {
        case .sessiond: ours("session.lookup", .settled, #""token":""#, #"""#, #"{"session":{"id":"#)
        case .redis: theirs("GET", .settled, after: [], success: "$\(dataBytes)\r\n")
        }
    }

    /// `session.refresh`, or `GETEX` with `EX`: the same, and it lives on from now.
    static func refresh(_ dialect: Dialect, dataBytes: Int) -> Operation {
        switch dialect {
        case .sessiond: ours("session.refresh", .settled, #""token":""#, #"""#, #"{"session":{"id":"#)
        case .redis: theirs("GETEX", .settled, after: ["EX", "\(ttl)"], success: "$\(dataBytes)\r\n")
        }
    }

    /// `session.create`, or `SET` with `EX`. Redis is spared from choosing the key.
    static func create(
        _ dialect: Dialect,
        data: String,
        user: String,
        milliseconds: Int = ttl * 1000
    ) -> Operation {
        switch dialect {
        case .sessiond:
            ours(
                "session.create",
                .new,
                #""userId":"\#(user)"#,
                #"","data":\#(data),"ttl":\#(milliseconds)"#,
                #"{"token":""#
            )
        case .redis: theirs("SET", .new, after: [data, "EX", "\(ttl)"], success: "+OK\r\n")
        }
    }

    /// `session.put`: a session that ends at an instant, in milliseconds since 1970.
    static func put(data: String, user: String, expiresAt: Int) -> Operation {
        ours(
            "session.put",
            .chosen,
            #""token":""#,
            #"","data":\#(data),"expiresAt":\#(expiresAt)"#,
            #"{"session":{"id":"#,
            between: #"","userId":"\#(user)"#
        )
    }

    /// `session.revoke`, or `DEL`.
    static func revoke(_ dialect: Dialect, _ subject: Subject = .oldest) -> Operation {
        switch dialect {
        case .sessiond: ours("session.revoke", subject, #""token":""#, #"""#, #"{"revoked":1,"durable":true}}"#)
        case .redis: theirs("DEL", subject, after: [], success: ":1\r\n")
        }
    }

    /// A method of ours without parameters.
    static func call(_ method: String) -> Operation { ours(method, .nothing, "", "", "{") }

    private static func ours(
        _ method: String,
        _ subject: Subject,
        _ before: String,
        _ after: String,
        _ result: String,
        between: String = ""
    ) -> Operation {
        Operation(
            method,
            subject,
            head: #"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":{\#(before)"#,
            middle: between,
            tail: after + "}}\n",
            success: #"{"jsonrpc":"2.0","id":1,"result":\#(result)"#
        )
    }

    private static func theirs(_ command: String, _ subject: Subject, after: [String], success: String) -> Operation {
        Operation(
            command,
            subject,
            head: "*\(2 + after.count)\r\n$\(command.utf8.count)\r\n\(command)\r\n$\(KeySpace.width)\r\n",
            tail: "\r\n" + after.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined(),
            success: success
        )
    }

    /// Appends the request for a number of the key space.
    func write(_ number: Int, _ keys: KeySpace, dialect: Dialect, to output: inout ByteBuffer) {
        let (head, middle, tail) = (head, middle, tail)
        output.append(head.span)
        switch (subject, dialect) {
        case (.nothing, _): break
        case (.new, .sessiond): output.append(Int64(number))
        case (.chosen, _):
            keys.write(number, to: &output)
            output.append(middle.span)
            output.append(Int64(number))
        default: keys.write(number, to: &output)
        }
        output.append(tail.span)
    }
}

/// An object of so many bytes, at least 8, as an application might keep it in a session.
func sessionData(bytes: Int) -> String {
    let start = #"{"name":"Ada Lovelace","roles":["editor","admin"],"cart":[17,4,256],"csrf":""#
    let head = bytes >= start.utf8.count + 2 ? start : #"{"d":""#
    return head + String(repeating: "x", count: bytes - head.utf8.count - 2) + #""}"#
}
