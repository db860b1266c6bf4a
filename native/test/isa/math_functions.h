// The vector functions as plain loops, one list per instruction set, for the tests.
#pragma once
#include <stdint.h>

namespace gradtape {

struct MathFunctions {
  void (*exp)(const float* x, float* y, int64_t n);
  void (*expm1)(const float* x, float* y, int64_t n);
  void (*log)(const float* x, float* y, int64_t n);
  void (*log1p)(const float* x, float* y, int64_t n);
  void (*tanh)(const float* x, float* y, int64_t n);
  void (*sigmoid)(const float* x, float* y, int64_t n);
  void (*erf)(const float* x, float* y, int64_t n);
  void (*erfc)(const float* x, float* y, int64_t n);
  void (*sin)(const float* x, float* y, int64_t n);
  void (*cos)(const float* x, float* y, int64_t n);
  void (*pow)(const float* x, const float* y, float* z, int64_t n);
  void (*round)(const float* x, float* y, int64_t n);
  void (*floor)(const float* x, float* y, int64_t n);
  void (*ceil)(const float* x, float* y, int64_t n);
  void (*trunc)(const float* x, float* y, int64_t n);
  void (*max)(const float* x, const float* y, float* z, int64_t n);
  void (*min)(const float* x, const float* y, float* z, int64_t n);
  // Loads n of the x by load_partial, stores them by store_partial.
  void (*copy)(const float* x, float* y, int64_t n);
  void (*copy_ints)(const int32_t* x, int32_t* y, int64_t n);
  void (*copy_doubles)(const double* x, double* y, int64_t n);
  void (*multiply_ints)(const int32_t* x, const int32_t* y, int32_t* z, int64_t n);
  void (*widen_bytes)(const uint8_t* x, int32_t* y, int64_t n);
  void (*narrow_bytes)(const int32_t* x, uint8_t* y, int64_t n);
  // y[j * lanes + i] = x[i * lanes + j]; gives the lanes.
  int (*transpose)(const float* x, float* y);
  float (*sum)(const float* x, int64_t n);
};

#if defined(__x86_64__)
namespace sse2 {
MathFunctions math_functions();
}
namespace avx2 {
MathFunctions math_functions();
}
namespace avx512 {
MathFunctions math_functions();
}
#else
namespace neon {
MathFunctions math_functions();
}
#endif

}  // namespace gradtape
