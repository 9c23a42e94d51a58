#define _DEFAULT_SOURCE

#include "Secrecy.h"

#include <string.h>
#include <sys/prctl.h>

__attribute__((noinline))
void wipe_stack(void) {
    char below[64 * 1024];
    explicit_bzero(below, sizeof below);
}

bool forbid_dumps(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0; }
