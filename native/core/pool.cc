// Threads that spin for a moment and then sleep; a counter of chunks that are left is the whole queue.
#include "pool.h"

#include <pthread.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "float_mode.h"
#include "park.h"
#include "thread.h"

namespace gradtape {
namespace {

constexpr int kSpins = 2000;  // about 30 to 50 microseconds of pauses

struct Job {
  void (*fn)(void*, int64_t);
  void* context;
  int64_t chunks;
};

class Pool {
 public:
  // False when another thread has the pool.
  bool try_run(const Job& job, int threads);

 private:
  static void* worker(void* pool);
  void work();
  void take_chunks();
  void start(int workers);

  // A job is written before `left_` is stored and read after a chunk was taken from `left_`; until that chunk is counted in
  // `done_` the job stays. A thread that comes late takes nothing, or a chunk of the next job.
  alignas(64) std::atomic<int64_t> left_{0};
  alignas(64) std::atomic<int64_t> done_{0};
  alignas(64) std::atomic<uint32_t> epoch_{0};
  std::atomic<int> sleepers_{0};
  std::atomic<int> invited_{0};  // workers with a lower number take part
  alignas(64) std::atomic<bool> busy_{false};
  Job job_{};
  int started_ = 0;
  bool refused_ = false;  // the system gave no more threads
  std::atomic<int> numbers_{0};
};

std::atomic<Pool*> pool{nullptr};
std::atomic<int> wanted{0};
thread_local bool inside = false;

void run_serially(const Job& job) {
  for (int64_t chunk = 0; chunk < job.chunks; chunk++) job.fn(job.context, chunk);
}

// A forked child has none of the threads.
void forget_pool() { pool.store(nullptr, std::memory_order_relaxed); }

Pool* the_pool() {
  Pool* current = pool.load(std::memory_order_acquire);
  if (current != nullptr) return current;
  Pool* fresh = new (std::nothrow) Pool;
  if (fresh == nullptr) return nullptr;
  if (pool.compare_exchange_strong(current, fresh, std::memory_order_acq_rel)) {
    static std::atomic<bool> registered{false};
    if (!registered.exchange(true)) pthread_atfork(nullptr, nullptr, forget_pool);
    return fresh;
  }
  delete fresh;
  return current;
}

void* Pool::worker(void* self) {
  FlushDenormals flush;
  inside = true;
  static_cast<Pool*>(self)->work();
  return nullptr;
}

void Pool::work() {
  const int number = numbers_.fetch_add(1, std::memory_order_relaxed);
  for (;;) {
    const uint32_t seen = epoch_.load(std::memory_order_acquire);
    bool found = false;
    for (int spin = 0; spin < kSpins && !found; spin++) {
      found = left_.load(std::memory_order_relaxed) > 0 && number < invited_.load(std::memory_order_relaxed);
      if (!found) pause();
    }
    if (found) {
      take_chunks();
      continue;
    }
    sleepers_.fetch_add(1, std::memory_order_seq_cst);
    if (epoch_.load(std::memory_order_seq_cst) == seen) park(epoch_, seen);
    sleepers_.fetch_sub(1, std::memory_order_relaxed);
  }
}

void Pool::take_chunks() {
  int64_t taken = 0;
  for (;;) {
    const int64_t left = left_.fetch_sub(1, std::memory_order_acq_rel);
    if (left <= 0) break;
    job_.fn(job_.context, job_.chunks - left);
    taken++;
  }
  if (taken > 0) done_.fetch_add(taken, std::memory_order_release);
}

void Pool::start(int workers) {
  for (; started_ < workers && !refused_; started_++) {
    refused_ = !start_thread(worker, this);
    if (refused_) break;
  }
}

bool Pool::try_run(const Job& job, int threads) {
  if (busy_.exchange(true, std::memory_order_acquire)) return false;
  start(threads - 1);
  job_ = job;
  done_.store(0, std::memory_order_relaxed);
  invited_.store(threads - 1, std::memory_order_relaxed);
  left_.store(job.chunks, std::memory_order_release);
  epoch_.fetch_add(1, std::memory_order_seq_cst);
  if (sleepers_.load(std::memory_order_seq_cst) > 0) unpark_all(epoch_);
  inside = true;
  take_chunks();
  inside = false;
  for (int spin = 0; done_.load(std::memory_order_acquire) < job.chunks; spin++) {
    if (spin < kSpins) {
      pause();
    } else {
      yield_to_others();  // a worker lost its core in the middle of a chunk
    }
  }
  busy_.store(false, std::memory_order_release);
  return true;
}

int clamped(long count) { return static_cast<int>(count < 1 ? 1 : count > kMaxThreads ? kMaxThreads : count); }

}  // namespace

void parallel_for(int64_t chunks, void (*fn)(void* context, int64_t chunk), void* context) {
  const Job job{fn, context, chunks};
  const int threads = chunks > 1 && !inside ? thread_count() : 1;
  if (threads > 1) {
    Pool* const shared = the_pool();
    if (shared != nullptr && shared->try_run(job, threads)) return;
  }
  run_serially(job);
}

int thread_count() {
  const int count = wanted.load(std::memory_order_relaxed);
  if (count > 0) return count;
  const char* asked = std::getenv("GRADTAPE_NUM_THREADS");
  const long number = asked == nullptr ? 0 : std::strtol(asked, nullptr, 10);
  const int found = clamped(number > 0 ? number : usable_cores());
  int none = 0;
  return wanted.compare_exchange_strong(none, found, std::memory_order_relaxed) ? found : none;
}

void set_thread_count(int count) { wanted.store(clamped(count), std::memory_order_relaxed); }

}  // namespace gradtape
