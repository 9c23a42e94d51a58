// A row of numbers as a small graph of blocks, one or several lines high.

/// Graphs of blocks.
public enum Sparkline {
    /// From nothing to a whole cell, in eighths.
    static let blocks = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    static let blocksInASCII = [" ", "_", ".", "-", "=", "+", "*", "%", "#"]

    /// The graph of some numbers, a column each, in lines from the top down.
    ///
    /// - Parameters:
    ///   - values: Nil where there is none, which is left blank; zero, and less, is the lowest block.
    ///   - most: The number that reaches the top; what is more does, too.
    ///   - rows: How many lines it is high.
    public static func lines(_ values: [Double?], most: Double, rows: Int = 1) -> [String] {
        let levels = values.map { value -> Int in
            guard let value, value.isFinite else { return 0 }
            guard value > 0, most > 0 else { return 1 }
            return max(Int((min(value / most, 1) * Double(rows * 8)).rounded()), 1)
        }
        return (0..<max(rows, 0))
            .map { row in
                let base = (rows - 1 - row) * 8
                return levels.map { blocks[min(max($0 - base, 0), 8)] }.joined()
            }
    }
}
