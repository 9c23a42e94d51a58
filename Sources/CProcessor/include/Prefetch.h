// The processor's instruction for fetching memory that will be read soon: Swift cannot name it.

#pragma once

// Begins to fetch the cache line that an address lies in, and waits for nothing; any address will do.
static inline void prefetch(const void *_Nullable address) { __builtin_prefetch(address); }
