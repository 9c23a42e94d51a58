import Testing

@testable import LoadGenerator

@Suite("Medians")
struct MedianTests {
    @Test("the median of an even number of rounds is the mean of the two in the middle")
    func even() {
        #expect(median([4, 1, 3, 2]) == 2.5)
    }
}
