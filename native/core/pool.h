// The process-wide thread pool: the caller takes part, chunks are handed out by a counter, and nothing is ever destroyed.
#pragma once
#include <stdint.h>

namespace gradtape {

constexpr int kMaxThreads = 64;

// Calls fn(context, chunk) for every chunk in [0, chunks), on several threads at once, and returns when all have run. Runs them in
// order on this thread when the pool is busy (another isolate computes), when this is itself a chunk, or with one thread.
// Which thread runs a chunk is left open, so results must not depend on it. fn must not throw.
void parallel_for(int64_t chunks, void (*fn)(void* context, int64_t chunk), void* context);

// Threads that take part, the caller's included: GRADTAPE_NUM_THREADS, or the cores this process may use.
int thread_count();
// Sets it, within 1 and kMaxThreads; takes effect with the next parallel_for.
void set_thread_count(int count);
// The cores this process may use: its affinity mask, one thread a core, within the quota of its control group.
int usable_cores();

// Memory of the calling thread, 64-byte aligned and kept between calls; null when there is none to be had. A larger request
// moves it. Each purpose has its own, so that a kernel's memory outlives the matrix product it calls.
enum class Scratch { gemm_a, gemm_b, gemm_c, kernel, kernel_2 };
void* scratch(Scratch purpose, int64_t bytes);

}  // namespace gradtape
