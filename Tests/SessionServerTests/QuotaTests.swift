// How many sessions a user may have, and how much memory all of them may take.

import Durability
import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("Quotas")
struct QuotaTests {
    private func list(_ tested: ServiceUnderTest, _ user: String = "ann") throws -> [String] {
        let sessions = try tested.call("session.list", #"{"userId":"\#(user)"}"#)["sessions"]?.elements ?? []
        return sessions.compactMap { $0["id"]?.string }
    }

    private func full(_ limit: Int, _ whenFull: Policy.WhenFull = .evictOldest) -> ServiceUnderTest {
        ServiceUnderTest(policy: Policy(maxSessionsPerUser: limit, whenFull: whenFull))
    }

    @Test(
        "one session too many ends the oldest, with the cause evicted",
        .rule("Where a user may have only so many sessions, the oldest one ends with the cause `evicted`")
    )
    func evicts() throws {
        let tested = full(2)
        var created: [(token: String, id: String)] = []
        for _ in 0..<3 {
            created.append(try tested.createNamed())
            tested.pass(Milliseconds(1))
        }
        #expect(try list(tested) == [created[2].id, created[1].id])
        let evicted = try tested.lookup(created[0].token)
        #expect(evicted["reason"] == "revoked")
        #expect(evicted["cause"] == "evicted")
        #expect(try tested.refusal("session.put", #"{"token":"\#(created[0].token)","data":{}}"#).code == 410)
    }

    @Test(
        "with refuse the login is refused and nothing ends",
        .rule("or the answer is error 429, as configured"),
        .rule("`refuse` is error 429"),
        .rule("429 | a quota: the user has as many sessions as one may have")
    )
    func refuses() throws {
        let tested = full(2, .refuse)
        let created = try [tested.createNamed(), tested.createNamed()]
        let refused = try tested.refusal("session.create", #"{"userId":"ann"}"#)
        #expect(refused.code == 429)
        #expect(refused.message.contains("2 sessions"))
        let put = #"{"token":"0123456789abcdef","userId":"ann","data":{}}"#
        #expect(try tested.refusal("session.put", put).code == 429)
        for (token, _) in created { #expect(try tested.isAlive(token)) }
        _ = try tested.call("session.revoke", #"{"id":"\#(created[0].id)"}"#)
        _ = try tested.create()
    }

    @Test(
        "unless it is configured there is no limit, and unless refusing is configured the oldest ends",
        .rule("`maxSessionsPerUser` | no limit"),
        .rule("what one more does is `whenFull`: `evictOldest`, the default, ends the oldest")
    )
    func defaults() throws {
        let unlimited = ServiceUnderTest()
        for _ in 0..<200 { _ = try unlimited.create() }
        #expect(unlimited.service.store.sessionCount == 200)
        let tested = ServiceUnderTest(policy: Policy(maxSessionsPerUser: 1))
        let oldest = try tested.create().token
        let newest = try tested.create().token
        #expect(try tested.lookup(oldest)["cause"] == "evicted")
        #expect(try tested.isAlive(newest))
    }

    @Test("others, and sessions of nobody, are not counted")
    func others() throws {
        let tested = full(1, .refuse)
        _ = try tested.create(#"{"userId":"ann"}"#)
        _ = try tested.create(#"{"userId":"bob"}"#)
        for number in 0..<3 {
            _ = try tested.call("session.put", #"{"token":"0123456789abcde\#(number)","data":{}}"#)
        }
        #expect(tested.service.store.sessionCount == 5)
    }

    @Test("what has ended or was revoked makes room at once, to the millisecond")
    func room() throws {
        let tested = full(1, .refuse)
        _ = try tested.create(#"{"userId":"ann","ttl":7000}"#)
        tested.pass(Milliseconds(6999))
        #expect(try tested.refusal("session.create", #"{"userId":"ann"}"#).code == 429)
        tested.pass(Milliseconds(1))
        let (_, id) = try tested.createNamed()
        #expect(try list(tested) == [id])
    }

    @Test("putting a session that is there needs no room, giving it to another user does")
    func put() throws {
        let tested = full(1)
        let bob = try tested.createNamed(#"{"userId":"bob"}"#)
        let token = "0123456789abcdef"
        let put = { (user: String) in #"{"token":"\#(token)","userId":"\#(user)","data":{}}"# }
        for _ in 0..<2 { _ = try tested.call("session.put", put("ann")) }
        #expect(try list(tested).count == 1)
        #expect(try tested.isAlive(bob.token))
        let moved = try tested.call("session.put", put("bob"))
        #expect(moved["created"] == false)
        #expect(try !tested.isAlive(bob.token))
        #expect(try list(tested, "bob") == [moved["session"]?["id"]?.string])
        #expect(try list(tested) == [])
    }

    @Test("a limit that was lowered takes effect with the next login")
    func lowered() throws {
        let tested = full(5)
        for _ in 0..<5 {
            _ = try tested.create()
            tested.pass(Milliseconds(1))
        }
        tested.service.store.policy.maxSessionsPerUser = 2
        #expect(try list(tested).count == 5)
        let (_, id) = try tested.createNamed()
        #expect(try list(tested).count == 2)
        #expect(try list(tested).first == id)
    }

    @Test(
        "a store that takes all the memory that it may refuses what takes more, and nothing else",
        .rule("the sessions take all the memory that they may and this would take more")
    )
    func memory() throws {
        let tested = ServiceUnderTest()
        let (token, id) = try tested.createNamed()
        tested.service.limits.memory = tested.service.store.memoryBytes + 1
        _ = try tested.create()
        let refused = try tested.refusal("session.create", #"{"userId":"ann"}"#)
        #expect(refused.code == 429)
        #expect(refused.hint?.contains("maxMemory") == true)
        #expect(try tested.refusal("session.put", #"{"token":"0123456789abcdef","data":{}}"#).code == 429)
        #expect(try tested.isAlive(token))
        _ = try tested.call("session.update", #"{"id":"\#(id)","data":{"a":null}}"#)
        _ = try tested.call("session.refresh", #"{"token":"\#(token)"}"#)
        _ = try tested.call("session.revoke", #"{"id":"\#(id)"}"#)
        let stats = try tested.call("server.stats", as: .administrator)
        #expect(stats["store"]?["memoryBytes"] == .number("\(tested.service.store.memoryBytes)"))
        tested.service.limits.memory = 0
        _ = try tested.create()
    }

    @Test("sessions that are there can take no more memory than they may either, by data or by tokens, but less")
    func growth() throws {
        let tested = ServiceUnderTest()
        let token = "0123456789abcdef"
        _ = try tested.call("session.put", #"{"token":"\#(token)","userId":"ann","data":{"a":1,"b":2}}"#)
        let limit = tested.service.store.memoryBytes
        tested.service.limits.memory = limit
        var offenders: [Offender] = []
        tested.service.quotas.report = { offenders.append($0) }
        let more = #"{"token":"\#(token)","data":{"c":3}}"#
        #expect(try tested.refusal("session.update", more).code == 429)
        #expect(try tested.refusal("session.refresh", more).code == 429)
        #expect(try tested.refusal("session.refresh", #"{"token":"\#(token)","rotate":true}"#).code == 429)
        let other = #"{"token":"\#(token)","data":{"a":1,"b":2,"c":3}}"#
        #expect(try tested.refusal("session.put", other).code == 429)
        let replacement = #"{"token":"\#(token)","replace":{"a":"0123456789"}}"#
        #expect(try tested.refusal("session.update", replacement).code == 429)
        #expect(offenders.map(\.offence) == [Offence](repeating: .sessions, count: 5))
        #expect(offenders.allSatisfy { $0.peer == .tester && $0.reason.contains("(\(limit) bytes)") })
        _ = try tested.call("session.update", #"{"token":"\#(token)","data":{"a":4}}"#)
        _ = try tested.call("session.update", #"{"token":"\#(token)","data":{"b":null}}"#)
        _ = try tested.call("session.put", #"{"token":"\#(token)","data":{}}"#)
        #expect(tested.service.store.memoryBytes <= limit)
    }

    @Test("tokens that are held for those who race to rotate count as memory")
    func successors() throws {
        let tested = ServiceUnderTest()
        let token = try tested.create().token
        tested.service.limits.memory = tested.service.store.memoryBytes + 512
        let fresh = try tested.call("session.refresh", #"{"token":"\#(token)","rotate":true}"#)["token"]?.string
        let next = #"{"token":"\#(try #require(fresh))","rotate":true}"#
        #expect(tested.service.store.memoryBytes < tested.service.limits.memory)
        _ = try tested.call("session.refresh", next)
        let taken = tested.service.store.memoryBytes
        tested.service.limits.memory = taken + 256
        #expect(try tested.refusal("session.create", #"{"userId":"ann"}"#).code == 429)
        tested.pass(.seconds(11))
        tested.sweep()
        _ = try tested.create()
    }

    @Test(
        "revocations that end nothing are remembered for as long as changes wait for the disk, but not without end",
        .rule("A revocation that ends nothing is remembered, since what waits for the disk may be taken back"),
        .rule("when 4096 such wait, one more is refused with 429."),
        .rule("One that ends something is never refused.")
    )
    func idleRevocations() throws {
        let tested = ServiceUnderTest()
        let token = try tested.create().token
        tested.isDiskFast = false
        _ = tested.text(request("session.update", #"{"token":"\#(token)","data":{"a":1}}"#))
        let idle = #"{"userId":"nobody"}"#
        for _ in 0..<4096 { _ = tested.text(request("session.revoke", idle)) }
        #expect(tested.text(request("session.revoke", idle)).contains(#""code":429"#))
        #expect(tested.text(request("session.revoke", #"{"token":"\#(token)"}"#)).contains(#""revoked":1"#))
        tested.isDiskFast = true
        tested.work()
        #expect(try tested.call("session.revoke", idle)["revoked"] == 0)
    }

    @Test("what sessions took in memory is free when they have ended")
    func freed() throws {
        let tested = ServiceUnderTest()
        #expect(tested.service.store.memoryBytes == 0)
        let text = String(repeating: "0123456789", count: 10)
        _ = try tested.create(#"{"userId":"ann","ttl":7000,"data":{"x":"\#(text)"}}"#)
        #expect(tested.service.store.memoryBytes > 200)
        tested.pass(.seconds(9))
        tested.sweep()
        #expect(tested.service.store.memoryBytes == 0)
    }
}

@Suite("Amounts of memory in the configuration")
struct MemorySizeTests {
    @Test(
        "are read as systemd reads them",
        arguments: [
            ("1", MemorySize.bytes(1)), ("4K", .bytes(4096)), ("512M", .bytes(536_870_912)),
            ("2G", .bytes(2_147_483_648)),
            ("1T", .bytes(1_099_511_627_776)), ("50%", .percent(50)), ("100%", .percent(100)), ("infinity", .unlimited),
        ]
    )
    func reads(_ text: String, _ size: MemorySize) {
        #expect(MemorySize(text) == size)
        #expect(MemorySize(size.text) == size)
    }

    @Test(
        "are refused otherwise",
        arguments: ["", "0", "0%", "101%", "-1", "1.5G", "1GB", "G", "1 G", "9999999999G", "∞"]
    )
    func refuses(_ text: String) { #expect(MemorySize(text) == nil) }

    @Test("a share is one of this machine's memory")
    func share() {
        let all = MemorySize.percent(100).bytesHere
        #expect(all > 1 << 26)
        #expect(abs(MemorySize.percent(50).bytesHere - all / 2) < 100)
        #expect(MemorySize.unlimited.bytesHere == 0)
    }
}
