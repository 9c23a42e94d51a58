// What callers and the daemon itself do with a store, at random: every command, expiry, snapshots, and the writer getting
// on in between.

import TestSupport

@testable import Durability
@testable import Sessions

extension JournalUnderTest {
    private static let users = ["ann", "bob", "cy", "dee"].map { UserID(Array($0.utf8)) }
    private static let chosenTokens = (0..<8)
        .map { number in
            let token = Array("chosen by a caller \(number)".utf8)
            return TokenHash(of: token.span)
        }
    /// How many sessions there are at most for most of the time.
    private static let crowd = 24

    /// Makes random commands, and commits now and then.
    ///
    /// - Parameter snapshots: Whether snapshots are begun, too.
    func run(turns: Int, snapshots: Bool = true) {
        for _ in 0..<turns { turn(snapshots: snapshots) }
    }

    func turn(snapshots: Bool = true) {
        for _ in 0..<Int.random(in: 1...3, using: &generator) { command() }
        passMicroseconds(UInt64.random(in: 0...1000, using: &generator))
        if generator.oneIn(12) {
            journal.commitAll()
        } else if !generator.oneIn(4) {
            journal.commitIfDue(isIdle: generator.oneIn(2))
        }
        if snapshots { goOnWithSnapshot() }
        work(steps: Int.random(in: 0...4, using: &generator))
        if !generator.oneIn(4) { deliver() }
    }

    /// Leaves records scattered over so many places that a snapshot walks over them in several slices.
    func scatter() {
        for _ in 0..<150 {
            let end = Milliseconds.seconds(Int64.random(in: 1...20, using: &generator))
            create(end: .ttl(end), isAwaited: false)
        }
        for _ in 0..<10 {
            pass(.seconds(2))
            sweep()
        }
        settle()
    }

    private func goOnWithSnapshot() {
        if journal.isTakingSnapshot {
            if journal.mayProceed, !generator.oneIn(3) { journal.proceed(through: store) { true } }
        } else if generator.oneIn(12) {
            journal.beginSnapshot(of: store, now: now)
        }
    }

    private func command() {
        let isCrowded = store.sessionCount > Self.crowd
        switch Int.random(in: 0..<100, using: &generator) {
        case ..<20: isCrowded ? pass(.seconds(15)) : create()
        case ..<40: put()
        case ..<46: update()
        case ..<52: refresh()
        case ..<58: rotate()
        case ..<74: touch()
        case ..<84: revoke()
        case ..<85: revokeEveryone()
        case ..<94: pass(Milliseconds(Int64.random(in: 0...6000, using: &generator)))
        default: sweep()
        }
    }

    private func any<Element>(of choices: [Element]) -> Element {
        choices[Int.random(in: 0..<choices.count, using: &generator)]
    }

    private func anyData() -> [UInt8] { Array("{\"n\":\(Int.random(in: 0..<100, using: &generator))}".utf8) }

    private func anyWait() -> Bool { isWaiting && !generator.oneIn(3) }

    /// Of something that is or was there.
    private func anySession() -> Session? {
        let sessions = chronicle.entries.compactMap(\.session)
        return sessions.isEmpty ? nil : any(of: sessions)
    }

    private func livingSlot() -> Slot? {
        guard let session = anySession(), case .live(let slot) = store.presence(of: session.id, now: now) else {
            return nil
        }
        return slot
    }
}

// The commands.
extension JournalUnderTest {
    private func create() { create(end: nil, isAwaited: anyWait()) }

    func create(end: SessionEnd?, isAwaited: Bool) {
        let new = NewSession(userID: any(of: Self.users + [nil]), data: anyData(), end: end)
        make(store.create(new, now: now, using: &generator).change, isAwaited: isAwaited)
    }

    private func put() {
        let token = generator.oneIn(3) ? anySession()?.tokenHash : nil
        let new = NewSession(userID: any(of: Self.users + [nil]), data: anyData())
        let decision = try? store.put(
            token ?? any(of: Self.chosenTokens),
            new,
            condition: .none,
            now: now,
            using: &generator
        )
        // All of them are one commit, since nothing is handed to the writer between them.
        let isAwaited = anyWait()
        for change in decision?.changes ?? [] { make(change, isAwaited: isAwaited) }
    }

    private func update() {
        guard let slot = livingSlot(), let change = store.update(slot, data: anyData()) else { return }
        make(change, isAwaited: anyWait())
    }

    private func refresh() {
        guard let slot = livingSlot() else { return }
        let end: SessionEnd? = generator.oneIn(2) ? .ttl(.seconds(Int64.random(in: 1...100, using: &generator))) : nil
        let change = store.refresh(slot, end: end, data: generator.oneIn(2) ? anyData() : nil, now: now)
        make(change, isAwaited: anyWait())
    }

    private func rotate() {
        guard let slot = livingSlot() else { return }
        let (_, change) = store.rotate(
            slot,
            isAuthenticated: generator.oneIn(3),
            end: nil,
            data: generator.oneIn(2) ? anyData() : nil,
            now: now,
            using: &generator
        )
        make(change, isAwaited: anyWait())
    }

    private func touch() {
        guard let session = anySession() else { return }
        let lookup = store.lookup(session.tokenHash, mayTouch: true, now: now)
        if let touch = lookup.touch { make(.touched(touch), isAwaited: false) }
    }

    private func revoke() {
        guard let session = anySession() else { return }
        guard let user = session.userID, generator.oneIn(3) else { return revoke(.session(session.id)) }
        revoke(.user(user, except: generator.oneIn(2) ? session.id : nil))
    }

    private func revokeEveryone() { revoke(.everyone) }

    private func revoke(_ scope: Revocation.Scope) {
        let cause = any(of: ["", "logout", "password"])
        if let change = store.revoke(scope, cause: Array(cause.utf8), now: now).change { make(change, isAwaited: true) }
    }

    private func sweep() {
        var budget = 1 << 16
        while let change = store.nextExpiry(now: now, budget: &budget) { make(change, isAwaited: false) }
    }
}
