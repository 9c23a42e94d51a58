// `sessionctl call` and `methods`: anything the daemon can be asked, also what only a newer one knows.

import ArgumentParser
import SessionClient
import Terminal

struct CallCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call",
        abstract: "Calls a method by its name and prints the answer.",
        discussion: """
            On a terminal the answer is laid out for reading; elsewhere, or with --json, it is the daemon's own line.

                sessionctl call session.list '{"userId":"ada","limit":2}'
                sessionctl call session.put @request.json
            """
    )

    @Argument(help: "Which method.")
    var method: String

    @Argument(help: "Its parameters: a JSON object, or @FILE, or @- for standard input.")
    var parameters: JSONArgument?

    @OptionGroup var asking: Asking

    func run() throws {
        let call = Call(method, try parameters?.object() ?? [:])
        if asking.dryRun { return try write(call.line(id: 1)) }
        let connection = try asking.connect(for: .anyone)
        let answer = try failing { () throws(ClientError) in try connection.ask(call) }
        let output = Output.standard
        if asking.json || !output.isTerminal {
            try write(answer.line)
        } else if case .success(let result) = answer.outcome {
            try writeText(indented(result) + "\n")
        }
        _ = try failing { () throws(ClientError) in try answer.result() }
    }
}

struct MethodsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "methods",
        abstract: "Lists what the daemon can be asked by its protocol.",
        discussion: "With --json it is the OpenRPC document that describes all of it."
    )

    @OptionGroup var asking: Asking

    func run() throws {
        try asking.ask(Call("rpc.discover")) { result in
            let titles = ["METHOD", "PARAMETERS", "WHAT IT DOES"]
            var table = Table(titles.map { Table.Column($0, cutTo: $0 == "METHOD" ? nil : 20) })
            for method in result["methods"].elements {
                let parameters = method["params"].elements
                    .map { parameter in
                        (parameter["name"].string ?? "") + (parameter["required"].bool == true ? "" : "?")
                    }
                table.add([
                    Table.Cell(method["name"].string ?? ""), Table.Cell(parameters.joined(separator: " ")),
                    Table.Cell(method["summary"].string ?? ""),
                ])
            }
            let output = Output.standard
            try writeText(table.text(on: output))
        }
    }
}

/// JSON laid out for reading, a member to a line.
func indented(_ tree: JSONTree, _ margin: String = "") -> String {
    let inner = margin + "  "
    func block(_ open: String, _ lines: [String], _ close: String) -> String {
        lines.isEmpty ? open + close : "\(open)\n\(inner)\(lines.joined(separator: ",\n\(inner)"))\n\(margin)\(close)"
    }
    switch tree {
    case .object(let members):
        let lines = members.map { "\(printable(JSONTree.string($0.name).text)): \(indented($0.value, inner))" }
        return block("{", lines, "}")
    case .array(let elements): return block("[", elements.map { indented($0, inner) }, "]")
    default: return printable(tree.text)
    }
}
