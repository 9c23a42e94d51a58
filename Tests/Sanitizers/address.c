// What AddressSanitizer is told. It is linked into what is built for it, because the tests start the daemon with an
// environment of their own. A report goes into a file of the process's own in the folder REPORTS, and is found there also
// when nobody has read what the process wrote, or when it was killed afterwards.

// The method table and its like live as long as the process, behind pointers that leak detection does not see through.
const char *__asan_default_options(void) { return "log_path=" REPORTS "/report:detect_leaks=0"; }
