// Random operations on a buffer and on an array that means the same, from a printed seed: after each of them both
// hold the same bytes.

import TestSupport
import Testing

@testable import JSONRPC

@Suite("A byte buffer is an array that is cheap to consume")
struct ByteBufferModelTests {
    @Test("after any operations the buffer holds what the model holds")
    func model() {
        let seed = seed(for: "byte buffer against its model")
        var random = SplitMix64(seed: seed)
        for round in 0..<100 {
            var buffer = ByteBuffer()
            var model: [UInt8] = []
            for step in 0..<300 {
                perform(Int.random(in: 0..<14, using: &random), on: &buffer, and: &model, &random)
                let held = bytes(of: buffer)
                let (count, isEmpty) = (buffer.count, buffer.isEmpty)
                let isSame = held == model && count == model.count && isEmpty == model.isEmpty
                #expect(isSame, "seed \(seed), round \(round), step \(step)")
                guard isSame else { return }
            }
        }
    }

    private func perform(
        _ operation: Int,
        on buffer: inout ByteBuffer,
        and model: inout [UInt8],
        _ random: inout SplitMix64
    ) {
        switch operation {
        case 0, 1:
            let byte = UInt8.random(in: 0...255, using: &random)
            buffer.append(byte)
            model.append(byte)
        case 2, 3:
            let chunk = chunk(&random)
            buffer.append(chunk.span)
            model += chunk
        case 4:
            buffer.append("literal")
            model += Array("literal".utf8)
        case 5:
            let string = random.string().content
            buffer.append(utf8: string)
            model += Array(string.utf8)
        case 6:
            let integer = Int64.random(in: .min ... .max, using: &random) >> Int64.random(in: 0..<64, using: &random)
            buffer.append(integer)
            model += Array("\(integer)".utf8)
        case 7, 8, 9:
            let count = random.oneIn(4) ? model.count : Int.random(in: 0...model.count, using: &random)
            buffer.consume(count)
            model.removeFirst(count)
        case 10:
            let count = Int.random(in: 0...model.count, using: &random)
            buffer.truncate(to: count)
            model.removeLast(model.count - count)
        case 11:
            guard let index = model.indices.randomElement(using: &random) else { return }
            buffer.overwrite(at: index, with: 0xAA)
            model[index] = 0xAA
        case 12:
            let chunk = chunk(&random)
            let room = chunk.count + Int.random(in: 1...500, using: &random)
            let isFailing = random.oneIn(3)
            let written = unsafe buffer.appendFromSystemCall(capacity: room) { memory in
                if isFailing { return -1 }
                unsafe memory.copyBytes(from: chunk)
                return chunk.count
            }
            #expect(written == (isFailing ? -1 : chunk.count))
            if !isFailing { model += chunk }
        default:
            switch Int.random(in: 0..<10, using: &random) {
            case 0:
                buffer.reset(keeping: Int.random(in: 0...2000, using: &random))
                model = []
            case 1:
                buffer.wipe()
                model = []
            case 2: buffer.wipeConsumed()
            default: buffer.reserve(Int.random(in: 0...1000, using: &random))
            }
        }
    }

    /// Some random bytes, now and then many.
    private func chunk(_ random: inout SplitMix64) -> [UInt8] {
        let count = Int.random(in: 0...(random.oneIn(10) ? 2000 : 60), using: &random)
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }
}
