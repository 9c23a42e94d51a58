// A manual page in mdoc(7), the language of manuals that both man-db and mandoc read. All of it comes from the definition of
// the command line, but for what no definition says: files, environment, and where to read on.

import SessionClient

/// A page of the manual.
struct ManualPage {
    private let tool: JSONTree
    private let section: Int
    private let name: String
    /// Options that most commands have are explained once.
    private let common: [JSONTree]

    /// Describes a program.
    ///
    /// - Parameter tool: The `command` of what `--experimental-dump-help` prints.
    init(of tool: JSONTree, section: Int) {
        self.tool = tool
        self.section = section
        name = tool["commandName"].string ?? ""
        let commands = Self.commands(of: tool)
        let first = commands.first?["arguments"].elements ?? []
        common = first.filter { argument in
            commands.count(where: { $0["arguments"].elements.contains(argument) }) * 2 > commands.count
        }
    }

    private static func commands(of tool: JSONTree) -> [JSONTree] {
        tool["subcommands"].elements.filter { $0["shouldDisplay"].bool != false && $0["commandName"].string != "help" }
    }

    /// The page.
    var text: String {
        var lines = [
            ".Dd November 25, 2026", ".Dt \(name.uppercased()) \(section)", ".Os Linux", ".Sh NAME", ".Nm \(name)",
            ".Nd \(Mdoc.text(Self.phrase(tool["abstract"].string ?? "")))", ".Sh SYNOPSIS",
        ]
        let commands = Self.commands(of: tool)
        let own = tool["arguments"].elements.filter { !common.contains($0) }
        lines += commands.isEmpty ? [".Nm"] + synopsis(own) : [".Nm", ".Ar command", ".Op Ar options"]
        lines.append(".Sh DESCRIPTION")
        let words = Self.split(tool["discussion"].string ?? "")
        lines += Mdoc.paragraphs(words.text)
        lines += Self.options(own.filter { !["help", "version"].contains($0["preferredName"]["name"].string) })
        if !commands.isEmpty {
            lines.append(".Sh COMMANDS")
            for command in commands { lines += describe(command) }
            lines.append(".Sh OPTIONS")
            lines.append("These are common to most commands.")
            lines += Self.options(common)
        }
        lines += ManualFrame.sections(of: name, exits: words.exits)
        return lines.joined(separator: "\n") + "\n"
    }

    private func describe(_ command: JSONTree) -> [String] {
        let name = command["commandName"].string ?? ""
        let own = command["arguments"].elements.filter { !common.contains($0) }
        let words = Self.split(command["discussion"].string ?? "")
        var lines = [".Ss \(Mdoc.argument(name))", ".Nm", ".Cm \(Mdoc.argument(name))"] + synopsis(own) + [".Pp"]
        lines += [Mdoc.text(command["abstract"].string ?? "")]
        if !words.text.isEmpty { lines += [".Pp"] + Mdoc.paragraphs(words.text) }
        lines += Self.options(own)
        if let exits = words.exits { lines += [".Pp"] + Mdoc.paragraphs("Exit codes: \(exits)") }
        return lines
    }

    /// Each argument in its shortest form.
    private func synopsis(_ arguments: [JSONTree]) -> [String] {
        arguments.filter { $0["shouldDisplay"].bool != false }
            .map { argument in
                let value = Mdoc.argument(argument["valueName"].string ?? "")
                let flag = Self.flag(argument["preferredName"])
                let form =
                    switch argument["kind"].string {
                    case "positional": "Ar \(value)"
                    case "option": "\(flag) Ar \(value)"
                    default: flag
                    }
                let repeated = argument["isRepeating"].bool == true ? " ..." : ""
                return argument["isOptional"].bool == true ? ".Op \(form)\(repeated)" : ".\(form)\(repeated)"
            }
    }

    /// A list of arguments and what they mean.
    private static func options(_ arguments: [JSONTree]) -> [String] {
        let shown = arguments.filter { $0["shouldDisplay"].bool != false && $0["abstract"].string != nil }
        guard !shown.isEmpty else { return [] }
        let items = shown.flatMap { argument -> [String] in
            let value = Mdoc.argument(argument["valueName"].string ?? "")
            let names = argument["names"].elements.map { flag($0) }.joined(separator: " , ")
            let title =
                switch argument["kind"].string {
                case "positional": "Ar \(value)"
                case "option": "\(names) Ar \(value)"
                default: names
                }
            var text = argument["abstract"].string ?? ""
            if let more = argument["discussion"].string { text += " \(more)" }
            let values = argument["allValues"].elements.compactMap(\.string)
            if !values.isEmpty { text += " One of \(values.joined(separator: ", "))." }
            if let standard = argument["defaultValue"].string { text += " Default: \(standard)." }
            return [".It \(title)"] + Mdoc.paragraphs(text)
        }
        return [".Bl -tag -width Ds"] + items + [".El"]
    }

    private static func flag(_ name: JSONTree) -> String {
        let word = name["name"].string ?? ""
        return name["kind"].string == "short" ? "Fl \(word)" : "Fl \\-\(word.replacing("-", with: "\\-"))"
    }

    /// An abstract as what a name does: `Lists sessions.` becomes `lists sessions`.
    private static func phrase(_ abstract: String) -> String {
        let text = abstract.hasSuffix(".") ? String(abstract.dropLast()) : abstract
        return (text.first.map { $0.lowercased() } ?? "") + text.dropFirst()
    }

    /// Parts a discussion from its exit codes.
    private static func split(_ discussion: String) -> (text: String, exits: String?) {
        let paragraphs = discussion.split(separator: "\n\n").map { String($0) }
        let mark = "Exit codes: "
        let exits = paragraphs.first { $0.hasPrefix(mark) }
        return (
            paragraphs.filter { !$0.hasPrefix(mark) }.joined(separator: "\n\n"),
            exits.map { String($0.dropFirst(mark.count)) }
        )
    }
}
