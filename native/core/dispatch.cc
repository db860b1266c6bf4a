// Chooses among the tables that native/kernels/table.cc makes, one per instruction set.
#include "dispatch.h"

namespace gradtape {

#if defined(__aarch64__)
namespace neon {
Table kernel_table();
}
#else
namespace sse2 {
Table kernel_table();
}
namespace avx2 {
Table kernel_table();
}
namespace avx512 {
Table kernel_table();
}
#endif

const Table& table_for(Isa isa) {
#if defined(__aarch64__)
  static const Table table = neon::kernel_table();
  (void)isa;
#else
  static const Table table = isa == Isa::avx512 ? avx512::kernel_table() : isa == Isa::avx2 ? avx2::kernel_table() : sse2::kernel_table();
#endif
  return table;
}

}  // namespace gradtape
