// swift-tools-version: 6.2

import PackageDescription

let package = Package(
    name: "sessiond",
    products: [
        .executable(name: "sessiond", targets: ["sessiond"]),
        .executable(name: "sessionctl", targets: ["sessionctl"]),
    ],
    dependencies: [
        // SHA-256 of tokens: swift-crypto's BoringSSL, which is called below its API (see Token.swift).
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        // The command line, its help and its completions.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        // The configuration file: TOML 1.0 with positions in its errors.
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
        // Latencies in the load generator: the field's standard histogram.
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CSystemd",
            pkgConfig: "libsystemd",
            providers: [.apt(["libsystemd-dev"])]
        ),
        .target(name: "CLinux"),
        // Instructions of the processor that Swift cannot name.
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
        .executableTarget(
            name: "sessiond",
            dependencies: [
                "SessionServer",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),
        // The generator of load that `sessionctl bench` measures with; only a client of the daemon.
        .target(
            name: "LoadGenerator",
            dependencies: [
                "CLinux", "Durability", "JSONRPC", "SessionClient",
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ]
        ),
        // What a caller of the daemon needs: its sockets, a connection, its answers.
        .target(name: "SessionClient", dependencies: ["JSONRPC", "CLinux"]),
        // What a person at a terminal sees.
        .target(name: "Terminal", dependencies: ["CLinux"]),
        // What `sessionctl top` knows and shows; does no I/O.
        .target(name: "LiveView", dependencies: ["SessionClient", "Terminal"]),
        .executableTarget(
            name: "sessionctl",
            dependencies: [
                "CLinux", "JSONRPC", "LiveView", "LoadGenerator", "SessionClient", "Sessions", "Terminal",
                // What the offline commands read and write.
                "Durability",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),
        // What several test targets draw on.
        .target(name: "TestSupport", path: "Tests/TestSupport"),
        .testTarget(name: "JSONRPCTests", dependencies: ["JSONRPC", "TestSupport"]),
        .testTarget(
            name: "SessionsTests",
            dependencies: ["Sessions", "TestSupport", .product(name: "Crypto", package: "swift-crypto")]
        ),
        .testTarget(name: "DurabilityTests", dependencies: ["Durability", "Sessions", "TestSupport"]),
        .testTarget(
            name: "SessionServerTests",
            dependencies: ["SessionServer", "JSONRPC", "Sessions", "Durability", "TestSupport"]
        ),
        .testTarget(name: "LoadGeneratorTests", dependencies: ["LoadGenerator", "JSONRPC", "TestSupport"]),
        .testTarget(name: "SessionClientTests", dependencies: ["SessionClient", "TestSupport"]),
        .testTarget(name: "TerminalTests", dependencies: ["Terminal", "TestSupport"]),
        .testTarget(name: "LiveViewTests", dependencies: ["LiveView", "SessionClient", "Terminal"]),
        // What users see: the built binary, driven by socat and by a real systemd.
        .testTarget(name: "SystemTests", dependencies: ["TestSupport"], exclude: ["container", "preload"]),
        // The soak: a program, since it measures. What drives a daemon is the system tests', by a symbolic link.
        .executableTarget(
            name: "Soak",
            dependencies: ["CLinux", "LoadGenerator"],
            path: "Tests/Soak",
            exclude: ["run"]
        ),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets where [.executable, .regular, .test].contains(target.type) {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),  // SE-0335
        .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409
        .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),  // SE-0461
        .enableExperimentalFeature("Lifetimes"),  // spans as properties, until SE-0465's annotations are final
        .strictMemorySafety(),  // SE-0458
        .treatAllWarnings(as: .error),  // SE-0480
    ]
}

// For Tests/Sanitizers/run: only what works hard in tests is worth the time that it takes to optimise.
if Context.environment["SESSIOND_SANITIZED"] != nil {
    let optimised = ["JSONRPC", "Sessions", "Durability", "SessionServer", "SessionsTests", "DurabilityTests"]
    for target in package.targets where !optimised.contains(target.name) {
        target.swiftSettings?.append(.unsafeFlags(["-Onone"]))
    }
}
