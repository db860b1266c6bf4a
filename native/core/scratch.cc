// Each thread's working memory, grown when asked for more and released when the thread ends.
#include <pthread.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "pool.h"

namespace gradtape {
namespace {

constexpr int kPurposes = static_cast<int>(Scratch::kernel_2) + 1;
constexpr int64_t kGranule = 4096;
constexpr int64_t kMostBytes = int64_t{1} << 38;

struct Memory {
  void* data[kPurposes];
  int64_t bytes[kPurposes];
};

thread_local Memory* mine = nullptr;

void release(void* memory) {
  Memory* const own = static_cast<Memory*>(memory);
  for (void* data : own->data) std::free(data);
  std::free(own);
}

// The key's destructor is what frees the memory of a thread that ends: a thread_local with one of its own could outlive this code.
pthread_key_t thread_end() {
  static pthread_key_t key;
  static const int failed = pthread_key_create(&key, release);
  (void)failed;
  return key;
}

}  // namespace

void* scratch(Scratch purpose, int64_t bytes) {
  if (mine == nullptr) {
    mine = static_cast<Memory*>(std::calloc(1, sizeof(Memory)));
    if (mine == nullptr) return nullptr;
    pthread_setspecific(thread_end(), mine);
  }
  const int slot = static_cast<int>(purpose);
  if (bytes <= mine->bytes[slot]) return mine->data[slot];
  if (bytes > kMostBytes) return nullptr;
  const int64_t size = (bytes + kGranule - 1) / kGranule * kGranule;
  void* data = nullptr;
  if (posix_memalign(&data, 64, static_cast<size_t>(size)) != 0) return nullptr;
  std::free(mine->data[slot]);
  mine->data[slot] = data;
  mine->bytes[slot] = size;
  return data;
}

}  // namespace gradtape
