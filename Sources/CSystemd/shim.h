// libsystemd as a Swift module: sockets, notification, event loop and journal.

#pragma once

#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <systemd/sd-journal.h>
