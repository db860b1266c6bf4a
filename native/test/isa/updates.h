// The tables of optimizer steps as the tests ask for them, one pair per instruction set.
#pragma once
#include "core/kernel.h"

namespace gradtape {

struct Updates {
  Table tables[2];
};

#if defined(__x86_64__)
namespace sse2 {
Updates updates();
}
namespace avx2 {
Updates updates();
}
namespace avx512 {
Updates updates();
}
#else
namespace neon {
Updates updates();
}
#endif

}  // namespace gradtape
