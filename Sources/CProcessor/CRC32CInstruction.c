#include "CRC32CInstruction.h"

#include <string.h>

#if defined(__x86_64__)

bool crc32c_instruction_exists(void) { return __builtin_cpu_supports("sse4.2"); }

__attribute__((target("sse4.2")))
uint32_t crc32c_instruction(uint32_t value, const uint8_t *bytes, size_t count) {
    uint64_t wide = value;
    for (; count >= 8; bytes += 8, count -= 8) {
        uint64_t word;
        memcpy(&word, bytes, sizeof word);
        wide = __builtin_ia32_crc32di(wide, word);
    }
    value = (uint32_t)wide;
    if (count >= 4) {
        uint32_t word;
        memcpy(&word, bytes, sizeof word);
        value = __builtin_ia32_crc32si(value, word);
        bytes += 4;
        count -= 4;
    }
    for (; count > 0; bytes++, count--) value = __builtin_ia32_crc32qi(value, *bytes);
    return value;
}

#elif defined(__aarch64__)

#include <arm_acle.h>
#include <sys/auxv.h>

#ifndef HWCAP_CRC32
#define HWCAP_CRC32 (1 << 7)
#endif

bool crc32c_instruction_exists(void) { return getauxval(AT_HWCAP) & HWCAP_CRC32; }

__attribute__((target("crc")))
uint32_t crc32c_instruction(uint32_t value, const uint8_t *bytes, size_t count) {
    for (; count >= 8; bytes += 8, count -= 8) {
        uint64_t word;
        memcpy(&word, bytes, sizeof word);
        value = __crc32cd(value, word);
    }
    for (; count > 0; bytes++, count--) value = __crc32cb(value, *bytes);
    return value;
}

#else

bool crc32c_instruction_exists(void) { return false; }

uint32_t crc32c_instruction(uint32_t value, const uint8_t *bytes, size_t count) {
    (void)bytes;
    (void)count;
    return value;
}

#endif
