// What AddressSanitizer is told. It is linked into what is built for it, because the tests start the daemon with an
// environment of their own. A report goes into a file of the process's own in the folder REPORTS, and is found there also
// when nobody has read what the process wrote, or when it was killed afterwards.

// The method table and its like live as long as the process, behind pointers that leak detection does not see through. The
// last two spare system calls for memory, which tests that make thousands of stores would spend most of their time on.
const char *__asan_default_options(void) {
    return "log_path=" REPORTS "/report:detect_leaks=0:allocator_release_to_os_interval_ms=-1:quarantine_size_mb=16";
}
