// libsystemd as a Swift module: sockets, notification, event loop and journal.

#pragma once

// As in CLinux: the types of one process must look the same in both.
#define _GNU_SOURCE
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <systemd/sd-journal.h>
