// The processor's own instruction for CRC-32C, where it has one: Swift cannot name it.

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Whether this processor has it.
bool crc32c_instruction_exists(void);

// Goes on with the inverted checksum over `count` bytes. Only where the instruction exists.
uint32_t crc32c_instruction(uint32_t value, const uint8_t *bytes, size_t count);
