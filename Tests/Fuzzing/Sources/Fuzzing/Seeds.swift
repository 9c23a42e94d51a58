// Inputs to begin with: a conversation in which everything happens, and the files that it leaves on the disk.

internal import Glibc
internal import SessionServer
internal import Sessions

/// Writes a few inputs for each target into folders of their names.
func writeSeeds(to folder: String) throws {
    func write(_ bytes: [UInt8], _ target: String, _ name: String) {
        unsafe mkdir("\(folder)/\(target)", 0o755)
        guard let file = unsafe fopen("\(folder)/\(target)/\(name)", "w") else { fail("cannot write into \(folder)") }
        unsafe fwrite(bytes, 1, bytes.count, file)
        unsafe fclose(file)
    }
    func call(_ method: String, _ params: String) -> String {
        #"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":\#(params)}"#
    }
    let life = [
        "a" + call("session.create", #"{"userId":"ann","data":{"a":[1,2.50,"\u00e9"]},"ttl":60000,"ip":"::1"}"#),
        "a" + call("session.lookup", #"{"token":"$1"}"#), "+4",
        "a" + call("session.refresh", #"{"token":"$1","rotate":true}"#),
        "r" + call("session.lookup", #"{"token":"$1"}"#),
        "a" + call("session.put", #"{"token":"0123456789abcdef","userId":"bob","data":{"b":{}}}"#),
        "a" + call("session.update", #"{"id":"$0","data":{"b":null},"ifVersion":1}"#), "=",
        "a" + call("session.list", #"{"userId":"ann","limit":1}"#), "!",
        "a" + call("session.revoke", #"{"userId":"ann","except":"$0","cause":"logout"}"#),
        "A" + call("session.revoke", #"{"all":true}"#), "~", "a" + call("session.create", #"{"userId":"eve"}"#),
    ]
    write(Array(life.joined(separator: "\n").utf8), "conversation", "life")
    // A disk that is sick from the second line on, and well in the end.
    let sick = [life[0], "%"] + life[1...] + ["%", "!"]
    write(Array(sick.joined(separator: "\n").utf8), "conversation", "sickness")
    write(Array((life[0] + "\n" + life[2] + "\n" + life[1]).utf8), "conversation", "lookup")
    for (number, line) in life.enumerated() where line.hasPrefix("a") {
        write(Array(line.utf8.dropFirst()), number % 3 == 0 ? "json" : "request", "line\(number)")
    }
    write(Array((#"[\#(call("session.lookup", #"{"token":"x"}"#)),1,{"id":"\ud83d\ude00"}]"#).utf8), "request", "batch")
    write(Array(#"[-0.5e+7,"\ud83d\ude00é",{"a":{},"\u0061b":[]},true,null]"#.utf8), "json", "values")
    write(
        Array(#"{"a":null,"b":{"c":1},"d":[2]}"#.utf8) + [0] + Array(#"{"a":1,"b":{"e":null}}"#.utf8),
        "patch",
        "nested"
    )

    let host = Host(on: MemoryDisk(), now: Instant(milliseconds: 1_700_000_000_000))
    for line in life where line.first?.isLetter == true {
        let text = String(line.dropFirst()).replacing("$0", with: "AAAAAAAAAAAAAAAAAAAAAA")
            .replacing("$1", with: "0123456789abcdef")
        _ = host.answer(Array(text.utf8), as: line.first == "A" ? .administrator : .application)
    }
    for (name, bytes) in host.disk.files where name.hasPrefix("journal") {
        write([0] + bytes, "journal", "file")
        write([1] + contents(of: bytes, behind: 72), "journal", "commits")
    }
    host.takeSnapshot()
    for (name, bytes) in host.disk.files where name.hasPrefix("snapshot") {
        write([0] + bytes, "snapshot", "file")
        write([1] + contents(of: bytes, behind: 33), "snapshot", "frames")
    }
}

/// What is in the commits or frames of a file, each behind its length as the targets expect it.
private func contents(of file: [UInt8], behind header: Int) -> [UInt8] {
    var result: [UInt8] = []
    var rest = file.dropFirst(header)
    while rest.count > 8 {
        let length = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        result += [UInt8(length >> 8 & 0xFF), UInt8(length & 0xFF)] + rest.dropFirst(8).prefix(length)
        rest = rest.dropFirst(8 + length)
    }
    return result
}
