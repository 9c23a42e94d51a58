// What is sent.

import JSONRPC
import Testing

@testable import LoadGenerator

@Suite("Operation")
struct OperationTests {
    private func request(_ operation: Operation, _ dialect: Dialect) -> String {
        let keys = KeySpace(seed: 1)
        let number = keys.reserve()
        keys.set(number, to: Array(repeating: UInt8(ascii: "k"), count: KeySpace.width))
        var output = ByteBuffer()
        operation.write(number, keys, dialect: dialect, to: &output)
        return output.text(0..<output.count)
    }

    private let key = String(repeating: "k", count: 43)

    @Test("ours are lines of JSON-RPC")
    func ours() {
        let lookup = Operation.lookup(.sessiond, dataBytes: 8)
        #expect(
            request(lookup, .sessiond)
                == #"{"jsonrpc":"2.0","id":1,"method":"session.lookup","params":{"token":"\#(key)"}}"# + "\n"
        )
        let create = Operation.create(.sessiond, data: "{}", user: "bench-")
        let parameters = #"{"userId":"bench-0","data":{},"ttl":3600000}"#
        #expect(
            request(create, .sessiond)
                == #"{"jsonrpc":"2.0","id":1,"method":"session.create","params":\#(parameters)}"# + "\n"
        )
        let put = Operation.put(data: "{}", user: "bench-", expiresAt: 5)
        let chosen = #"{"token":"\#(key)","userId":"bench-0","data":{},"expiresAt":5}"#
        #expect(
            request(put, .sessiond)
                == #"{"jsonrpc":"2.0","id":1,"method":"session.put","params":\#(chosen)}"# + "\n"
        )
        let snapshot = Operation.call("server.snapshot")
        #expect(
            request(snapshot, .sessiond)
                == #"{"jsonrpc":"2.0","id":1,"method":"server.snapshot","params":{}}"# + "\n"
        )
    }

    @Test("those of Redis are arrays of RESP, which frame themselves")
    func theirs() {
        let get = request(.lookup(.redis, dataBytes: 8), .redis)
        #expect(get == "*2\r\n$3\r\nGET\r\n$43\r\n\(key)\r\n")
        let set = request(.create(.redis, data: "{}", user: ""), .redis)
        #expect(set == "*5\r\n$3\r\nSET\r\n$43\r\n\(key)\r\n$2\r\n{}\r\n$2\r\nEX\r\n$4\r\n3600\r\n")
        let refresh = request(.refresh(.redis, dataBytes: 8), .redis)
        let revoke = request(.revoke(.redis), .redis)
        for command in [get, set, refresh, revoke] {
            let bytes = Array(command.utf8)
            #expect(Dialect.redis.frame(bytes.span, from: 0) == .whole(end: bytes.count))
        }
    }

    @Test("a success is told from everything else by how it begins")
    func success() {
        func isSuccess(_ operation: Operation, _ answer: String) -> Bool {
            var buffer = ByteBuffer()
            buffer.append(utf8: answer)
            return buffer.starts(with: operation.success, in: 0..<buffer.count)
        }
        let lookup = Operation.lookup(.sessiond, dataBytes: 8)
        #expect(isSuccess(lookup, #"{"jsonrpc":"2.0","id":1,"result":{"session":{"id":"x"}}}"#))
        #expect(!isSuccess(lookup, #"{"jsonrpc":"2.0","id":1,"result":{"session":null,"reason":"expired"}}"#))
        #expect(!isSuccess(lookup, #"{"jsonrpc":"2.0","id":1,"error":{"code":503,"message":"no"}}"#))
        #expect(!isSuccess(lookup, ""))
        let get = Operation.lookup(.redis, dataBytes: 8)
        #expect(isSuccess(get, "$8\r\n{\"d\":\"\"}\r\n"))
        #expect(!isSuccess(get, "$-1\r\n"))
        #expect(!isSuccess(.revoke(.redis), ":0\r\n"))
        #expect(!isSuccess(.revoke(.sessiond), #"{"jsonrpc":"2.0","id":1,"result":{"revoked":1,"durable":false}}"#))
    }

    @Test("the data of a session is as long as it should be", arguments: [8, 9, 77, 78, 79, 256, 65_536])
    func data(_ bytes: Int) {
        let data = sessionData(bytes: bytes)
        #expect(data.utf8.count == bytes)
        #expect(data.hasPrefix("{\"") && data.hasSuffix("\"}"))
    }
}
