// swift-tools-version: 6.2

// A package beside the product's, so that this one stays free of what fuzzing needs: sanitizers, and internals in sight. Its
// targets are the product's own sources, by symbolic links, built so that libFuzzer sees which branches an input takes.

import PackageDescription

let package = Package(
    name: "fuzzing",
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    ],
    targets: [
        .systemLibrary(name: "CSystemd", path: "Sources/CSystemd", pkgConfig: "libsystemd"),
        .target(name: "CLinux"),
        .target(name: "CProcessor"),
        .target(name: "JSONRPC"),
        .target(name: "Sessions", dependencies: ["CProcessor", .product(name: "Crypto", package: "swift-crypto")]),
        .target(name: "Durability", dependencies: ["Sessions", "CLinux", "CProcessor"]),
        .target(
            name: "SessionServer",
            dependencies: [
                "JSONRPC", "Sessions", "Durability", "CSystemd", "CLinux",
                .product(name: "TOMLKit", package: "TOMLKit"),
            ]
        ),
        // libFuzzer's interface.
        .target(name: "CFuzzer"),
        .executableTarget(
            name: "Fuzzing",
            dependencies: ["CFuzzer", "JSONRPC", "Sessions", "Durability", "SessionServer"],
            linkerSettings: [.unsafeFlags(["-sanitize=address"])]
        ),
    ],
    swiftLanguageModes: [.v6]
)

let swift: [Target.TargetType] = [.executable, .regular]
for target in package.targets where swift.contains(target.type) && !target.name.hasPrefix("C") {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .enableExperimentalFeature("Lifetimes"),
        .strictMemorySafety(),
        .treatAllWarnings(as: .error),
        .unsafeFlags(["-sanitize=fuzzer,address", "-enable-testing"]),
    ]
}
