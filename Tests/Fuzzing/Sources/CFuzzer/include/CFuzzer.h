// What libFuzzer offers to programs that bring their own main (llvm.org/docs/LibFuzzer.html).

#pragma once

#include <stddef.h>
#include <stdint.h>

// Runs `test` on one input after the other, as the arguments say.
int LLVMFuzzerRunDriver(int *count, char ***arguments, int (*test)(const uint8_t *data, size_t size));

// Changes an input in one of libFuzzer's own ways, and returns its new size.
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t limit);
