// The two symbols that libstdc++'s headers ask for and older systems lack, defined here and hidden.
#include "glibc_compat.h"

#if defined(__GLIBC__)
#include <new>

// glibc 2.32: shared_ptr reads it to save atomic operations; "several threads" is always safe to answer.
extern "C" {
__attribute__((visibility("hidden"))) char __libc_single_threaded = 0;
}

// libstdc++ 11: what `new T[n]` calls when n is too large.
namespace std {
[[noreturn]] __attribute__((visibility("hidden"))) void __throw_bad_array_new_length() { throw bad_array_new_length(); }
}  // namespace std
#endif
