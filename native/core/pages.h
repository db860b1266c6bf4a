// Large pages for large blocks of memory, where the system has them.
#pragma once
#include <stdint.h>

namespace gradtape {

// Asks for large pages in a block that has just been made: they are touched for the first time 512 times less often, and a walk from row to row of a
// matrix does not wait for addresses. Small blocks and systems without such pages are left alone.
void prefer_large_pages(void* data, int64_t bytes);

}  // namespace gradtape
