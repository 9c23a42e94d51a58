// What ThreadSanitizer is told, linked into what is built for it as address.c is, and what it cannot see by itself: Swift's
// `Mutex` waits in a library that is not built for it, so that nobody would tell it who has waited for whom.

#include <stdint.h>

const char *__tsan_default_options(void) { return "log_path=" REPORTS "/report"; }

void __tsan_acquire(void *address);
void __tsan_release(void *address);

// `_MutexHandle._lockSlow(UInt32)` and `_unlockSlow()`, which a mutex calls when it is not free, or somebody waits for it.
// The linker lets calls of NAME come to __wrap_NAME instead, and calls of __real_NAME to NAME.
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define swiftcall __attribute__((swiftcall))
#define itself __attribute__((swift_context)) void *mutex

swiftcall void lock(uint32_t thread, itself) __asm__("__real_" LOCK);
swiftcall void unlock(itself) __asm__("__real_" UNLOCK);
swiftcall void lockAndTell(uint32_t thread, itself) __asm__("__wrap_" LOCK);
swiftcall void tellAndUnlock(itself) __asm__("__wrap_" UNLOCK);

swiftcall void lockAndTell(uint32_t thread, itself) {
    lock(thread, mutex);
    __tsan_acquire(mutex);
}

swiftcall void tellAndUnlock(itself) {
    __tsan_release(mutex);
    unlock(mutex);
}
