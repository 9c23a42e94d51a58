// Keeping secrets out of where others could find them. Swift can neither name the stack below it nor call prctl(2), which
// takes any number of arguments.

#pragma once

#include <stdbool.h>

// Overwrites 64 KiB of the stack below the caller: what functions that have returned left there.
void wipe_stack(void);

// Forbids core files, and everyone but root to look into the memory of this process. Returns whether that worked.
bool forbid_dumps(void);
