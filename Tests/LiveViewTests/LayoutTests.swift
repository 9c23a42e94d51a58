// What stands on the screen, in terminals of every size.

import SessionClient
import Terminal
import Testing

@testable import LiveView

@Suite("Layout")
struct LayoutTests {
    private static let sizes = [(80, 24), (120, 40), (200, 60), (60, 16), (139, 30), (140, 16)]
    private var daemon = PretendedDaemon()
    private var measurements: Measurements

    init() { measurements = .busy(&daemon) }

    private func show(_ columns: Int, _ rows: Int, _ choices: Choices = Choices()) -> Screen {
        liveScreen(measurements, choices, size: ScreenSize(columns: columns, rows: rows))
    }

    private func keys(_ keys: String) -> Choices {
        var choices = Choices()
        for key in keys { _ = choices.take(.character(key)) }
        return choices
    }

    /// The row that begins so.
    private func row(_ start: String, in screen: Screen) -> String? {
        screen.text.split(separator: "\n").map(String.init).first { $0.drop { $0 == " " }.hasPrefix(start) }
    }

    @Test("everything that matters stands on it, whole", arguments: sizes)
    func everything(columns: Int, rows: Int) throws {
        let screen = show(columns, rows)
        let text = screen.text
        for words in [
            "sessiond 0.1.0  up 1 h 1 min", "every 1 s", " requests/s ", "peak ", "sessions", "1,204,331", "803,112",
            "p50",
            "p99", "created", "120/s", "revoked", "14/s", "connections", "memory", "512 MiB of 12 GiB", "disk",
            "working, ", "snapshot", "4 min ago, 286 MiB in 2.1 s", "▾calls/s", " changes ", "134/s", "logout",
            "q quit",
        ] {
            // What is narrower than a usual terminal may do without some figures.
            if columns < 78, ["connections", "watchers", "errors"].contains(words) { continue }
            #expect(text.contains(words), "\(words) in\n\(text)")
        }
        let lookup = try #require(row("session.lookup", in: screen))
        #expect(lookup.contains("40,000") && lookup.contains("15 µs") && lookup.contains("█"), "\(lookup)")
        #expect(screen.line(rows - 1).hasPrefix(" q quit"))
    }

    @Test("a larger terminal shows more of everything")
    func larger() {
        let (small, large, huge) = (show(80, 24), show(120, 40), show(200, 60))
        func count(_ words: String, _ screen: Screen) -> Int { screen.text.split(separator: words).count - 1 }
        #expect(count("█", small) < count("█", large) && count("█", large) < count("█", huge))
        #expect(!small.text.contains(" total") && large.text.contains(" total") && huge.text.contains(" total"))
        #expect(!small.text.contains("touched    ") && large.text.contains("touched    "))
        #expect(large.text.contains("11:38:04.000") || large.text.contains(".000  created"))
        let methods = huge.text.split(separator: "\n").first { $0.contains(" session.lookup") }
        #expect(methods?.contains("expired") == true || huge.text.contains(" now ─"), "changes stand beside methods")
    }

    @Test("a terminal that is too small shows the most important figures, or says so")
    mutating func small() {
        let screen = show(40, 10)
        #expect(screen.line(0) == "requests                        40,135/s")
        #expect(screen.line(2) == "sessions                       1,204,331")
        #expect(screen.line(9) == "q quit; better from 60x16 on")
        #expect(show(18, 10).line(0) == "too small")
        daemon.health = "failed: fdatasync journal-3: No space left on device"
        measurements.take(daemon.sample, at: 101)
        #expect(show(40, 10).line(0).hasPrefix("DISK failed: fdatasync"))
    }

    @Test("no size makes it fail, and no line is longer than the screen")
    mutating func anySize() {
        let choices = [Choices(), keys("h"), keys("u"), keys("p")]
        for columns in stride(from: 0, through: 210, by: 7) {
            for rows in stride(from: 0, through: 64, by: 3) {
                for choices in choices {
                    #expect(show(columns, rows, choices).size == ScreenSize(columns: columns, rows: rows))
                }
            }
        }
        measurements = Measurements(interval: 1)
        for (columns, rows) in Self.sizes { #expect(show(columns, rows).text.contains("none yet")) }
    }

    @Test("a sick disk stands out", arguments: sizes)
    mutating func sickDisk(columns: Int, rows: Int) throws {
        daemon.health = "failed: fdatasync journal-3: No space left on device"
        daemon.unwritten = 1203
        daemon.now += 1000
        measurements.take(daemon.sample, at: 101)
        let screen = show(columns, rows)
        #expect(screen.line(1).hasPrefix(" DISK failed: fdatasync journal-3: No space left"))
        for column in [0, columns / 2, columns - 1] {
            let style = screen.style(row: 1, column: column)
            #expect(style.isReversed && style.colour == .red)
        }
        let disk = try #require(row("disk", in: screen) ?? row("", in: screen))
        #expect(disk.contains("failed") || screen.text.contains("disk      failed"))
        if columns >= 120 { #expect(screen.line(1).contains("1,203 changes wait")) }
    }

    @Test("it says when the daemon is gone, silent, or the screen paused")
    mutating func status() {
        measurements.link = .gone(seconds: 3, reason: "nobody listens")
        #expect(show(80, 24).line(0).contains("reconnecting for 3 s: nobody listens"))
        measurements.link = .silent(seconds: 64)
        #expect(show(80, 24).line(0).contains("no answer for 1 min"))
        #expect(show(40, 10).line(0).contains("no answer"))
        measurements.link = .answering
        #expect(show(80, 24, keys("p")).line(0).contains(" paused "))
        #expect(show(80, 24, keys("p")).line(23).contains("p go on"))
    }

    @Test("methods stand in the order that was chosen")
    func order() throws {
        func places(_ choices: Choices) throws -> [String] {
            let lines = show(120, 40, choices).text.split(separator: "\n")
            let names = lines.compactMap { line in
                line.split(separator: " ").first.map { String($0) }
            }
            return names.filter { $0.hasPrefix("session.") || $0.hasPrefix("server.") }
        }
        let byRate = ["session.lookup", "session.create", "session.revoke", "server.stats"]
        #expect(try places(Choices()) == byRate)
        #expect(try places(keys("ss")).first == "session.revoke")
        #expect(try places(keys("sss")) == byRate)
        #expect(try places(keys("ssss")) == byRate.sorted())
        #expect(show(80, 24, keys("ss")).text.contains("▾p99"))
    }

    @Test("only the changes of the chosen user are shown")
    mutating func filter() {
        for user in ["ada", "bob"] {
            measurements.changes.append(.change(Measurements.change("updated", number: 50, user: user)))
        }
        var choices = keys("ubob")
        #expect(show(80, 24, choices).line(23).hasPrefix(" user bob"))
        _ = choices.take(.enter)
        let text = show(80, 24, choices).text
        #expect(text.contains(" changes of bob "))
        #expect(text.contains("updated  bob") && !text.contains("updated  ada"))
        #expect(text.contains("Esc everyone"))
    }

    @Test("older changes can be shown while it is paused, the oldest last")
    mutating func scrolled() {
        for number in 0..<40 {
            measurements.changes.append(.change(Measurements.change("updated", number: number, user: "u\(number)")))
        }
        var choices = keys("p")
        #expect(show(80, 24, choices).text.contains(" u39 "))
        for _ in 0..<5 { _ = choices.take(.down) }
        let text = show(80, 24, choices).text
        #expect(text.contains(" u34 ") && !text.contains(" u35 "))
        for _ in 0..<200 { _ = choices.take(.pageDown) }
        #expect(show(80, 24, choices).text.contains("created  ada"), "the first of all, at the bottom")
    }

    @Test("what users and causes are called cannot reach the terminal as anything but text")
    mutating func hostile() {
        let evil = "\u{1B}]0;pwned\u{07}\u{1B}[2J日本語\u{202E}"
        measurements.changes.append(
            .change(
                SessionChange([
                    "change": .string("\u{1B}[31m"), "id": .string("\u{1B}c"), "userId": .string(evil), "at": 0,
                    "cause": .string(evil),
                ])
            )
        )
        daemon.health = evil
        measurements.take(daemon.sample, at: 101)
        measurements.link = .gone(seconds: 1, reason: evil)
        let screen = show(120, 40)
        #expect(screen.text.contains("\u{FFFD}]0;pwned\u{FFFD}\u{FFFD}[2J日本語\u{FFFD}"))
        #expect(!screen.text.unicodeScalars.contains { $0.properties.generalCategory == .control && $0 != "\n" })
    }

    @Test("the help names every key")
    func help() {
        let text = show(80, 24, keys("h")).text
        for words in ["q ", "p ", "s ", "u ", "h ", "PgUp", "p50 p99", "any key back"] { #expect(text.contains(words)) }
    }
}
