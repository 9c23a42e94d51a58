// What the person at the terminal has chosen, and what keys mean.

public import Terminal

/// What is shown, and how.
public struct Choices: Equatable, Sendable {
    /// What methods are sorted by.
    enum Order: Int, CaseIterable, Sendable {
        case rate
        case median
        case slowest
        case total
        case name
    }

    /// What a key asks for, beyond another look.
    public enum Wish: Equatable, Sendable {
        case nothing
        case quit
        /// To be told of another user's changes, or everyone's.
        case watch
        /// To draw everything again.
        case redraw
    }

    /// No user's id is longer: bytes of UTF-8.
    private static let longestUser = 255
    private static let page = 10

    var order = Order.rate
    /// Whose changes are shown; nil for everyone's.
    public private(set) var user: String?
    /// What has been typed of a user's id; nil when none is asked for.
    private(set) var entry: String?
    private(set) var isHelpShown = false
    /// What is shown stays.
    public private(set) var isPaused = false
    /// How many of the last changes are passed over, while it is paused.
    private(set) var scrolled = 0

    /// Everything live, of everyone.
    public init(user: String? = nil) { self.user = user }

    /// Does what a key means.
    public mutating func take(_ key: Key) -> Wish {
        if key == .redraw { return .redraw }
        if entry != nil { return type(key) }
        if isHelpShown {
            isHelpShown = false
            return .nothing
        }
        switch key {
        case .character("q"), .character("Q"): return .quit
        case .character("p"), .character(" "):
            isPaused.toggle()
            scrolled = 0
        case .character("s"), .right: changeOrder(by: 1)
        case .character("S"), .left: changeOrder(by: -1)
        case .character("u"), .character("/"): entry = ""
        case .character("h"), .character("?"): isHelpShown = true
        case .escape where user != nil:
            user = nil
            return .watch
        case .up: scroll(by: -1)
        case .down: scroll(by: 1)
        case .pageUp: scroll(by: -Self.page)
        case .pageDown: scroll(by: Self.page)
        case .home: scrolled = 0
        default: break
        }
        return .nothing
    }

    private mutating func changeOrder(by step: Int) {
        let all = Order.allCases
        order = all[(order.rawValue + step + all.count) % all.count]
    }

    private mutating func scroll(by lines: Int) {
        guard isPaused else { return }
        scrolled = min(max(scrolled + lines, 0), ChangeLog.capacity - 1)
    }

    private mutating func type(_ key: Key) -> Wish {
        switch key {
        case .character(let character):
            let longer = (entry ?? "") + String(character)
            if longer.utf8.count <= Self.longestUser { entry = longer }
        case .backspace: entry = String((entry ?? "").dropLast())
        case .escape: entry = nil
        case .enter:
            let typed = entry.flatMap { $0.isEmpty ? nil : $0 }
            entry = nil
            guard typed != user else { break }
            user = typed
            scrolled = 0
            return .watch
        default: break
        }
        return .nothing
    }
}
