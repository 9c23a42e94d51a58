// The error object as it is written: its code, its message, and `data` with a hint and further members when there are
// any.

import TestSupport
import Testing

@testable import JSONRPC

@Suite("Error objects")
struct RPCErrorTests {
    private func written(_ error: RPCError) -> String {
        var output = ByteBuffer()
        error.write(to: &output)
        return text(of: output)
    }

    @Test("an error without hint and details has no data", .rule("`data` is left out where it would be empty"))
    func plain() {
        #expect(written(RPCError(code: 403, message: "no")) == #"{"code":403,"message":"no"}"#)
    }

    @Test(
        "a hint and details are members of data, the hint first",
        .rule("`{\"code\":…,\"message\":…,\"data\":…}`"),
        .rule("and its `hint` says what to do")
    )
    func data() {
        let version = RPCError.Detail(name: "version", json: "12")
        let list = RPCError.Detail(name: "a \"list\"", json: "[1,{\"b\":null}]")
        #expect(
            written(RPCError(code: 1, message: "m", hint: "h"))
                == #"{"code":1,"message":"m","data":{"hint":"h"}}"#
        )
        #expect(
            written(RPCError(code: 1, message: "m", details: [version]))
                == #"{"code":1,"message":"m","data":{"version":12}}"#
        )
        #expect(
            written(RPCError(code: 1, message: "m", details: [version, list]))
                == #"{"code":1,"message":"m","data":{"version":12,"a \"list\"":[1,{"b":null}]}}"#
        )
        #expect(
            written(RPCError(code: 1, message: "m", hint: "h", details: [list]))
                == #"{"code":1,"message":"m","data":{"hint":"h","a \"list\"":[1,{"b":null}]}}"#
        )
    }

    @Test("message and hint are escaped")
    func escaped() {
        #expect(
            written(RPCError(code: -1, message: "\"\\\n\u{1}é😀", hint: "\t\r\u{1F}"))
                == #"{"code":-1,"message":"\"\\\n\u0001é😀","data":{"hint":"\t\r\u001f"}}"#
        )
    }

    @Test("each error of JSON-RPC has its code and says what it is")
    func codes() {
        let noNumber = JSONError(reason: .invalidNumber, offset: 3)
        let errors: [(RPCError, Int, String)] = [
            (.parseError(noNumber), -32700, "parse error: invalid number, at byte 3"),
            (.invalidRequest("x"), -32600, "invalid request: x"), (.methodNotFound("x"), -32601, "method not found: x"),
            (.invalidParameters("x"), -32602, "invalid parameters: x"),
            (.internalError("x"), -32603, "internal error: x"),
        ]
        for (error, code, message) in errors {
            #expect(error == RPCError(code: code, message: message))
        }
        #expect(RPCError.invalidRequest("x", hint: "h").hint == "h")
        #expect(RPCError.methodNotFound("x", hint: "h").hint == "h")
        #expect(RPCError.invalidParameters("x", hint: "h").hint == "h")
    }
}
