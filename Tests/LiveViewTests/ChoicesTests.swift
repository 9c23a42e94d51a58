// What keys do.

import Terminal
import Testing

@testable import LiveView

@Suite("Choices")
struct ChoicesTests {
    private var choices = Choices()

    private mutating func type(_ text: String) -> [Choices.Wish] { text.map { choices.take(.character($0)) } }

    @Test("q quits, from everywhere but where text is typed or help is read")
    mutating func quit() {
        #expect(choices.take(.character("q")) == .quit)
        #expect(type("uq").last == .nothing)
        #expect(choices.entry == "q")
        #expect(choices.take(.escape) == .nothing)
        #expect(type("h").last == .nothing)
        #expect(choices.isHelpShown)
        #expect(choices.take(.character("q")) == .nothing)
        #expect(!choices.isHelpShown)
        #expect(choices.take(.redraw) == .redraw)
    }

    @Test("a user's id is typed, corrected and taken with Enter")
    mutating func user() {
        _ = type("uzoê x")
        _ = choices.take(.backspace)
        #expect(choices.take(.backspace) == .nothing)
        #expect(choices.entry == "zoê")
        #expect(choices.user == nil)
        #expect(choices.take(.enter) == .watch)
        #expect(choices.user == "zoê")
        #expect(choices.entry == nil)
        #expect(choices.take(.escape) == .watch)
        #expect(choices.user == nil)
    }

    @Test("the same user again, or an entry that is left, asks for nothing new")
    mutating func sameUser() {
        choices = Choices(user: "ada")
        #expect(type("/ada").last == .nothing)
        #expect(choices.take(.enter) == .nothing)
        _ = type("ubob")
        #expect(choices.take(.escape) == .nothing)
        #expect(choices.user == "ada")
        _ = type("u")
        #expect(choices.take(.enter) == .watch)
        #expect(choices.user == nil)
    }

    @Test("an id is not longer than the daemon takes")
    mutating func longUser() {
        _ = type("u" + String(repeating: "é", count: 300))
        #expect(choices.entry?.utf8.count == 254)
    }

    @Test("p and the space bar pause; only then older changes can be shown")
    mutating func pause() {
        _ = choices.take(.down)
        #expect(choices.scrolled == 0)
        _ = type("p")
        #expect(choices.isPaused)
        for _ in 0..<3 { _ = choices.take(.down) }
        _ = choices.take(.pageDown)
        _ = choices.take(.up)
        #expect(choices.scrolled == 12)
        _ = choices.take(.home)
        _ = choices.take(.up)
        #expect(choices.scrolled == 0)
        _ = type(" ")
        #expect(!choices.isPaused)
    }

    @Test("s goes through all orders and comes back, S the other way")
    mutating func order() {
        var seen: [Choices.Order] = []
        for _ in Choices.Order.allCases {
            seen.append(choices.order)
            _ = type("s")
        }
        #expect(seen == Choices.Order.allCases)
        #expect(choices.order == .rate)
        _ = choices.take(.left)
        #expect(choices.order == .name)
    }
}

@Suite("Log of changes")
struct ChangeLogTests {
    @Test("it keeps the last ones, and of notes that repeat one")
    func capacity() {
        var log = ChangeLog()
        for _ in 0..<3 { log.append(.note("some are missing")) }
        #expect(log.entries.count == 1)
        for number in 0..<(ChangeLog.capacity + 5) {
            log.append(.change(Measurements.change("created", number: number)))
        }
        #expect(log.entries.count == ChangeLog.capacity)
        #expect(log.latest(of: nil).first == .change(Measurements.change("created", number: ChangeLog.capacity + 4)))
    }

    @Test("of a user it shows theirs, and what concerns everyone")
    func user() {
        var log = ChangeLog()
        for user in ["ada", nil, "bob", "ada"] {
            log.append(.change(Measurements.change("created", number: 1, user: user)))
        }
        log.append(.note("some are missing"))
        #expect(log.latest(of: "ada").count == 3)
        #expect(log.latest(of: nil).count == 5)
        #expect(log.latest(of: "adam") == [.note("some are missing")])
    }
}
