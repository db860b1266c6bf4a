// Starts threads that no host has to know of.
#include "thread.h"

#include <pthread.h>
#include <signal.h>

#include <cstddef>

namespace gradtape {

namespace {

constexpr size_t kStackBytes = size_t{2} << 20;

}  // namespace

bool start_thread(void* (*work)(void*), void* context) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);  // signals are for the host's threads
  pthread_t thread;
  const bool started = pthread_create(&thread, &attributes, work, context) == 0;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  return started;
}

}  // namespace gradtape
