// How a thread waits: a pause in a spin, a turn given away, a sleep until a word changes.
#pragma once
#include <sched.h>

#include <atomic>
#include <climits>
#include <cstdint>

#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#else
#include <pthread.h>
#endif

namespace gradtape {

inline void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb");
#endif
}

inline void yield_to_others() { sched_yield(); }

#if defined(__linux__)

// Sleeps unless `word` no longer holds `seen`; may return early.
inline void park(std::atomic<uint32_t>& word, uint32_t seen) {
  static_assert(sizeof(word) == 4);
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, seen, nullptr, nullptr, 0);
}

// Wakes all that sleep on `word`, which has changed before.
inline void unpark_all(std::atomic<uint32_t>& word) { syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0); }

#else

inline pthread_mutex_t park_lock = PTHREAD_MUTEX_INITIALIZER;
inline pthread_cond_t park_signal = PTHREAD_COND_INITIALIZER;

inline void park(std::atomic<uint32_t>& word, uint32_t seen) {
  pthread_mutex_lock(&park_lock);
  while (word.load(std::memory_order_seq_cst) == seen) pthread_cond_wait(&park_signal, &park_lock);
  pthread_mutex_unlock(&park_lock);
}

inline void unpark_all(std::atomic<uint32_t>&) {
  pthread_mutex_lock(&park_lock);  // so that a thread between its look and its sleep is not missed
  pthread_mutex_unlock(&park_lock);
  pthread_cond_broadcast(&park_signal);
}

#endif

}  // namespace gradtape
