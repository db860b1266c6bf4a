// Large pages by madvise on Linux; elsewhere the system decides by itself.
#include "pages.h"

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace gradtape {

#if defined(__linux__) && defined(MADV_HUGEPAGE)

namespace {

constexpr uintptr_t kPage = uintptr_t{2} << 20;
constexpr int64_t kLargeBytes = int64_t{4} << 20;

}  // namespace

void prefer_large_pages(void* data, int64_t bytes) {
  if (bytes < kLargeBytes) return;
  const uintptr_t begin = (reinterpret_cast<uintptr_t>(data) + kPage - 1) / kPage * kPage;
  const uintptr_t end = (reinterpret_cast<uintptr_t>(data) + static_cast<uintptr_t>(bytes)) / kPage * kPage;
  // Advice only: where it is not taken, nothing changes.
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
}

#else

void prefer_large_pages(void*, int64_t) {}

#endif

}  // namespace gradtape
