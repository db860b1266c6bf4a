// Keeps a binary made on a new Linux loadable on an old one: included ahead of every file there.
//
// glibc and libstdc++ gave some functions a new version although old callers need nothing of it. Naming the first version of
// each lets one binary load wherever Node itself does (glibc 2.28); test/package/elf.test.ts reads what was asked for.
#pragma once

#if defined(__linux__) && defined(__has_include)
#if __has_include(<features.h>)
#include <features.h>  // says whether this is glibc; musl needs nothing of this file
#endif
#endif

#if defined(__GLIBC__) && (defined(__x86_64__) || defined(__aarch64__))
#if defined(__x86_64__)
#define GRADTAPE_FIRST_GLIBC "GLIBC_2.2.5"
#else
#define GRADTAPE_FIRST_GLIBC "GLIBC_2.17"
#endif
#define GRADTAPE_BIND(symbol, version) __asm__(".symver " #symbol "," #symbol "@" version)

// libm, new in 2.29 (exp, log, pow and their base-2 forms set errno differently).
GRADTAPE_BIND(exp, GRADTAPE_FIRST_GLIBC);
GRADTAPE_BIND(exp2, GRADTAPE_FIRST_GLIBC);
GRADTAPE_BIND(log, GRADTAPE_FIRST_GLIBC);
GRADTAPE_BIND(log2, GRADTAPE_FIRST_GLIBC);
GRADTAPE_BIND(pow, GRADTAPE_FIRST_GLIBC);
// libm, new in 2.38.
GRADTAPE_BIND(fmod, GRADTAPE_FIRST_GLIBC);
// libpthread and libdl, moved into libc in 2.34.
GRADTAPE_BIND(pthread_create, GRADTAPE_FIRST_GLIBC);
GRADTAPE_BIND(pthread_detach, GRADTAPE_FIRST_GLIBC);
GRADTAPE_BIND(pthread_join, GRADTAPE_FIRST_GLIBC);
GRADTAPE_BIND(pthread_key_create, GRADTAPE_FIRST_GLIBC);
GRADTAPE_BIND(__pthread_key_create, GRADTAPE_FIRST_GLIBC);
GRADTAPE_BIND(pthread_getspecific, GRADTAPE_FIRST_GLIBC);
GRADTAPE_BIND(pthread_setspecific, GRADTAPE_FIRST_GLIBC);
GRADTAPE_BIND(pthread_once, GRADTAPE_FIRST_GLIBC);
GRADTAPE_BIND(pthread_mutex_trylock, GRADTAPE_FIRST_GLIBC);
GRADTAPE_BIND(pthread_attr_setstacksize, GRADTAPE_FIRST_GLIBC);
GRADTAPE_BIND(pthread_sigmask, GRADTAPE_FIRST_GLIBC);
GRADTAPE_BIND(dlopen, GRADTAPE_FIRST_GLIBC);
GRADTAPE_BIND(dlsym, GRADTAPE_FIRST_GLIBC);
GRADTAPE_BIND(dlclose, GRADTAPE_FIRST_GLIBC);
GRADTAPE_BIND(dlerror, GRADTAPE_FIRST_GLIBC);
// std::condition_variable::wait, re-versioned in libstdc++ 12.
GRADTAPE_BIND(_ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE, "GLIBCXX_3.4.11");
#undef GRADTAPE_BIND
#undef GRADTAPE_FIRST_GLIBC

#ifdef __cplusplus
#include <bits/c++config.h>
// Timed waits by CLOCK_MONOTONIC need glibc 2.30; without these libstdc++ waits by the wall clock, as it did before.
#undef _GLIBCXX_USE_PTHREAD_COND_CLOCKWAIT
#undef _GLIBCXX_USE_PTHREAD_MUTEX_CLOCKLOCK
#endif
#endif
