// The table of optimizer steps as the tests ask for it, one per instruction set.
#pragma once
#include "core/kernel.h"

namespace gradtape {

#if defined(__x86_64__)
namespace sse2 {
Table tested_updates();
}
namespace avx2 {
Table tested_updates();
}
namespace avx512 {
Table tested_updates();
}
#else
namespace neon {
Table tested_updates();
}
#endif

}  // namespace gradtape
