// The thread pool: every chunk runs once, whoever calls, however many threads, nested, at the same time, after a fork.
#include "core/pool.h"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

#include "check.h"
#include "core/cpu.h"

namespace gradtape {
namespace {

struct Counts {
  std::vector<std::atomic<int>> times;
  explicit Counts(int64_t n) : times(n) {}
  static void add(void* self, int64_t chunk) { static_cast<Counts*>(self)->times[chunk].fetch_add(1, std::memory_order_relaxed); }
  bool all(int expected) const {
    for (const std::atomic<int>& count : times) {
      if (count.load(std::memory_order_relaxed) != expected) return false;
    }
    return true;
  }
};

void every_chunk_once(Checks& check) {
  for (const int threads : {1, 2, 3, 8}) {
    set_thread_count(threads);
    check.that(thread_count() == threads, "thread count is %d", thread_count());
    for (const int64_t chunks : {0, 1, 2, 7, 1000}) {
      Counts counts(chunks);
      for (int round = 0; round < 50; round++) parallel_for(chunks, Counts::add, &counts);
      check.that(counts.all(50), "%ld chunks on %d threads", static_cast<long>(chunks), threads);
    }
  }
  set_thread_count(-5);
  check.that(thread_count() == 1, "at least one thread, not %d", thread_count());
  set_thread_count(1 << 20);
  check.that(thread_count() == kMaxThreads, "at most %d threads, not %d", kMaxThreads, thread_count());
}

// What a chunk wrote with plain stores is there when parallel_for returns.
void results_are_seen(Checks& check) {
  set_thread_count(4);
  std::vector<int64_t> values(64);
  bool ok = true;
  for (int64_t round = 0; round < 2000; round++) {
    struct Write {
      int64_t* values;
      int64_t round;
      static void one(void* self, int64_t chunk) {
        const Write& write = *static_cast<Write*>(self);
        write.values[chunk] = write.round * 100 + chunk;
      }
    } write{values.data(), round};
    parallel_for(64, Write::one, &write);
    for (int64_t i = 0; i < 64; i++) ok = ok && values[i] == round * 100 + i;
    if (round % 500 == 0) usleep(2000);  // long enough for the workers to fall asleep
  }
  check.that(ok, "results are seen after parallel_for");
}

void nested(Checks& check) {
  set_thread_count(3);
  Counts counts(100);
  parallel_for(
      5, [](void* context, int64_t) { parallel_for(100, Counts::add, context); }, &counts);
  check.that(counts.all(5), "a chunk may call parallel_for");
}

void several_callers(Checks& check) {
  set_thread_count(3);
  Counts counts(200);
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; i++) {
    callers.emplace_back([&counts] {
      for (int round = 0; round < 200; round++) parallel_for(200, Counts::add, &counts);
    });
  }
  for (std::thread& caller : callers) caller.join();
  check.that(counts.all(800), "callers at the same time all get their chunks");
}

void own_memory(Checks& check) {
  std::thread([&check] {
    char* first = static_cast<char*>(scratch(Scratch::kernel, 100));
    char* other = static_cast<char*>(scratch(Scratch::kernel_2, 5000));
    std::memset(first, 1, 100);
    std::memset(other, 2, 5000);
    check.that(reinterpret_cast<uintptr_t>(first) % 64 == 0 && first[99] == 1, "aligned memory that others leave alone");
    check.that(scratch(Scratch::kernel, 50) == first, "a smaller request gets the same memory");
    check.that(scratch(Scratch::kernel, INT64_MAX - 5000) == nullptr, "no memory is an answer");
    check.that(scratch(Scratch::kernel, 60) == first && first[99] == 1, "and leaves the memory that was there");
  }).join();
}

void after_fork(Checks& check) {
// Neither the thread sanitizer nor the emulator that runs ARM code here can fork with threads.
#if !defined(__SANITIZE_THREAD__) && !(defined(__linux__) && defined(__aarch64__))
  set_thread_count(2);
  Counts before(10);
  parallel_for(10, Counts::add, &before);
  const pid_t child = fork();
  if (child == 0) {
    Counts counts(10);
    parallel_for(10, Counts::add, &counts);
    _exit(counts.all(1) ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  check.that(WIFEXITED(status) && WEXITSTATUS(status) == 0, "a forked child makes a pool of its own");
#else
  (void)check;
#endif
}

void instruction_sets(Checks& check) {
  check.that(supports(detect_isa()), "the detected instruction set is supported");
  setenv("GRADTAPE_ISA", "nonsense", 1);
  const Isa best = detect_isa();
  check.that(supports(best), "an unknown GRADTAPE_ISA is ignored");
#if defined(__x86_64__)
  setenv("GRADTAPE_ISA", "sse2", 1);
  check.that(detect_isa() == Isa::sse2, "GRADTAPE_ISA=sse2 gives %s", name_of(detect_isa()));
  setenv("GRADTAPE_ISA", "neon", 1);
  check.that(detect_isa() == best, "an instruction set of another processor is ignored");
#endif
  unsetenv("GRADTAPE_ISA");
}

}  // namespace
}  // namespace gradtape

int main() {
  using namespace gradtape;
  Checks check;
  check.that(usable_cores() >= 1 && thread_count() >= 1, "there is a core");
  every_chunk_once(check);
  results_are_seen(check);
  nested(check);
  several_callers(check);
  own_memory(check);
  after_fork(check);
  instruction_sets(check);
  return check.finish();
}
