// Reading answers whole: nothing of what a daemon says is lost, whether this client knows it or not.

import SessionClient
import Testing

@Suite("JSON trees")
struct JSONTreeTests {
    @Test(
        "what is read is written again as it was, digits and order and unknown members included",
        arguments: [
            #"{"z":1,"a":{"b":[1.0,1e400,12345678901234567890,-0]},"new":true,"none":null}"#, "[]", "{}", "[[],{}]",
            #""é\"\\\n\u0001""#, "false", "17",
        ]
    )
    func faithful(_ text: String) throws {
        #expect(try JSONTree(parsing: " \(text) ").text == text)
    }

    @Test("members are found by name, and what is not there is null")
    func members() throws {
        let tree = try JSONTree(parsing: #"{"a":{"b":"c","n":5,"t":true},"x":[1,2]}"#)
        #expect(tree["a"]["b"].string == "c")
        #expect(tree["a"]["n"].integer == 5)
        #expect(tree["a"]["t"].bool == true)
        #expect(tree["x"].elements == [1, 2])
        #expect(tree["nothing"]["at"]["all"] == .null)
        #expect(tree.members.map(\.name) == ["a", "x"])
        #expect(try JSONTree(parsing: "1.5").integer == nil)
    }

    @Test("the data of a session may be as deep as the daemon takes it, below what the answer puts around it")
    func depth() throws {
        let deepest = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        let answer = #"{"result":{"sessions":[{"data":{"deep":\#(deepest)}}]}}"#
        #expect(try JSONTree(parsing: answer).text == answer)
        let tooDeep = String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
        #expect(throws: (any Error).self) { try JSONTree(parsing: tooDeep) }
    }

    @Test("what is no JSON is refused", arguments: ["", "{", #"{"a":1,"a":2}"#, "01", "[1,]", "1 2", "\u{0}"])
    func refused(_ text: String) {
        #expect(throws: (any Error).self) { try JSONTree(parsing: text) }
    }

    @Test("a call is one line, with what it was given and nothing else")
    func call() {
        var call = Call("session.revoke")
        call.set("userId", "ada\n")
        call.set("cause", nil as String?)
        call.set("limit", 5)
        #expect(
            call.line(id: 7)
                == #"{"jsonrpc":"2.0","id":7,"method":"session.revoke","params":{"userId":"ada\n","limit":5}}"#
        )
    }
}
