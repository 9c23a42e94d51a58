// `Fuzzing TARGET [OPTIONS] [CORPUS]`: libFuzzer with one of the targets, its options and its corpora. `Fuzzing seeds FOLDER`
// writes inputs to begin with, made by the code itself.

internal import CFuzzer
internal import Glibc

/// What is fuzzed, by the names on the command line.
let targets: [(name: String, run: ([UInt8]) -> Void)] = [
    ("json", fuzzJSON), ("request", fuzzRequest), ("patch", fuzzPatch), ("journal", fuzzJournal),
    ("snapshot", fuzzSnapshot), ("conversation", fuzzConversation),
]

/// The one that was asked for; set once, before anything is run.
nonisolated(unsafe) var target: ([UInt8]) -> Void = { _ in }

/// Ends the process: libFuzzer then keeps the input and says where.
func fail(_ what: String) -> Never { fatalError(what) }

let name = CommandLine.arguments.dropFirst().first ?? ""
if name == "seeds", CommandLine.arguments.count == 3 {
    try writeSeeds(to: CommandLine.arguments[2])
} else if let chosen = targets.first(where: { $0.name == name }) {
    unsafe target = chosen.run
    // The name of the target is not for libFuzzer.
    var count = CommandLine.argc - 1
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = unsafe CommandLine.unsafeArgv + 1
    let code = unsafe LLVMFuzzerRunDriver(&count, &arguments) { data, size in
        unsafe target(Array(UnsafeBufferPointer(start: data, count: size)))
        return 0
    }
    exit(code)
} else {
    print("usage: Fuzzing \(targets.map(\.name).joined(separator: "|")) [OPTIONS] [CORPUS], or Fuzzing seeds FOLDER")
    exit(64)
}
