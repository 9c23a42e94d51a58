// How far a command is, as a bar.

/// A line such as `reading [######----------] 37% of 412 MiB`.
///
/// - Parameters:
///   - done: How many bytes are dealt with.
///   - total: How many there are; nil when nobody knows.
func progressBar(_ what: String, _ done: Int, of total: Int?) -> String {
    guard let total, total > 0 else { return "\(what) \(done >> 20) MiB" }
    let width = 30
    let part = min(Double(done) / Double(total), 1)
    let filled = Int(part * Double(width))
    let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled)
    return "\(what) [\(bar)] \(Int(part * 100))% of \(total >> 20) MiB"
}
