// A file system of its own for a state directory, to be filled up and mended.

import Foundation

/// A file system for the state, in a namespace of its own: of a few megabytes, where nothing else is said.
struct SmallDisk {
    let folder: TemporaryDirectory
    let mounts: OwnMounts
    /// A script that mounts it, if it is not in use somewhere.
    let mountOnce: String
    var state: String { folder.path(of: "state") }

    static func tmpfs() async throws -> SmallDisk {
        let folder = try TemporaryDirectory()
        let state = folder.path(of: "state")
        let mount = "mount -t tmpfs -o size=2m,mode=0700 tmpfs \(state)"
        return SmallDisk(folder: folder, mounts: try await OwnMounts("mkdir \(state)\n\(mount)"), mountOnce: mount)
    }

    /// On a loop device; it is freed with its mount, and the mount ends with the namespace.
    static func ext4(megabytes: Int = 16) async throws -> SmallDisk {
        let folder = try TemporaryDirectory()
        let (image, state) = (folder.path(of: "image"), folder.path(of: "state"))
        let make = "truncate -s \(megabytes)M \(image); mkfs.ext4 -q -m 0 \(image); mkdir \(state)"
        let mount = "[ -z \"$(losetup -j \(image))\" ] && mount -o loop \(image) \(state)"
        do {
            let mounts = try await OwnMounts("\(make)\n\(mount)")
            return SmallDisk(folder: folder, mounts: mounts, mountOnce: mount)
        } catch let error as CommandFailed {
            try OwnMounts.missing("there is no loop device with ext4 here: \(error.result.errors)")
            throw error
        }
    }
}
