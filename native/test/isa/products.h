// Matrix products as the tests ask for them, one list per instruction set.
#pragma once
#include <stdint.h>

#include "core/kernel.h"

namespace gradtape {

template <typename T>
struct AskedProduct {
  int64_t m, n, k;
  const T* a;
  int64_t a_row, a_col;
  const T* b;
  int64_t b_row, b_col;
  T* c;
  int64_t c_row;
  bool accumulate;
  const T* bias;
  int32_t activation;
  float leaky_slope;
};

struct Products {
  void (*floats)(const AskedProduct<float>& product);
  void (*doubles)(const AskedProduct<double>& product);
  Table (*table)();
};

#if defined(__x86_64__)
namespace sse2 {
Products products();
}
namespace avx2 {
Products products();
}
namespace avx512 {
Products products();
}
#else
namespace neon {
Products products();
}
#endif

}  // namespace gradtape
