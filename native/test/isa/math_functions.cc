// Loops over the vector functions, compiled once per instruction set.
#include "math_functions.h"

#include "simd/math.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

template <F32 (*f)(F32)>
void map(const float* x, float* y, int64_t n) {
  for (int64_t i = 0; i < n; i += F32::kLanes) {
    const int64_t count = n - i < F32::kLanes ? n - i : F32::kLanes;
    store_partial(y + i, f(F32::load_partial(x + i, count)), count);
  }
}

template <typename V, V (*f)(V, V)>
void map_two(const typename V::Scalar* x, const typename V::Scalar* y, typename V::Scalar* z, int64_t n) {
  for (int64_t i = 0; i < n; i += V::kLanes) {
    const int64_t count = n - i < V::kLanes ? n - i : V::kLanes;
    store_partial(z + i, f(V::load_partial(x + i, count), V::load_partial(y + i, count)), count);
  }
}

template <typename V>
void copy(const typename V::Scalar* x, typename V::Scalar* y, int64_t n) {
  for (int64_t i = 0; i < n; i += V::kLanes) {
    const int64_t count = n - i < V::kLanes ? n - i : V::kLanes;
    store_partial(y + i, V::load_partial(x + i, count), count);
  }
}

F32 exp_of(F32 x) { return exp(x); }
F32 expm1_of(F32 x) { return expm1(x); }
F32 log_of(F32 x) { return log(x); }
F32 log1p_of(F32 x) { return log1p(x); }
F32 tanh_of(F32 x) { return tanh(x); }
F32 sigmoid_of(F32 x) { return sigmoid(x); }
F32 erf_of(F32 x) { return erf(x); }
F32 erfc_of(F32 x) { return erfc(x); }
F32 sin_of(F32 x) { return sin(x); }
F32 cos_of(F32 x) { return cos(x); }
F32 round_of(F32 x) { return round(x); }
F32 floor_of(F32 x) { return floor(x); }
F32 ceil_of(F32 x) { return ceil(x); }
F32 trunc_of(F32 x) { return trunc(x); }
F32 pow_of(F32 x, F32 y) { return pow(x, y); }
F32 max_of(F32 x, F32 y) { return max(x, y); }
F32 min_of(F32 x, F32 y) { return min(x, y); }
I32 product_of(I32 x, I32 y) { return x * y; }

void widen_bytes(const uint8_t* x, int32_t* y, int64_t n) {
  for (int64_t i = 0; i < n; i += I32::kLanes) {
    const int64_t count = n - i < I32::kLanes ? n - i : I32::kLanes;
    store_partial(y + i, count == I32::kLanes ? I32::load_u8(x + i) : load_u8_partial(x + i, count), count);
  }
}

void narrow_bytes(const int32_t* x, uint8_t* y, int64_t n) {
  for (int64_t i = 0; i < n; i += I32::kLanes) {
    const int64_t count = n - i < I32::kLanes ? n - i : I32::kLanes;
    const I32 a = I32::load_partial(x + i, count);
    count == I32::kLanes ? store_u8(y + i, a) : store_u8_partial(y + i, a, count);
  }
}

int transpose(const float* x, float* y) {
  transpose_block(x, F32::kLanes, y, F32::kLanes);
  return F32::kLanes;
}

float sum_of(const float* x, int64_t n) {
  F32 total = F32::zero();
  for (int64_t i = 0; i < n; i += F32::kLanes) {
    total = total + F32::load_partial(x + i, n - i < F32::kLanes ? n - i : F32::kLanes);
  }
  return sum(total);
}

}  // namespace

MathFunctions math_functions() {
  return {map<exp_of>,
          map<expm1_of>,
          map<log_of>,
          map<log1p_of>,
          map<tanh_of>,
          map<sigmoid_of>,
          map<erf_of>,
          map<erfc_of>,
          map<sin_of>,
          map<cos_of>,
          map_two<F32, pow_of>,
          map<round_of>,
          map<floor_of>,
          map<ceil_of>,
          map<trunc_of>,
          map_two<F32, max_of>,
          map_two<F32, min_of>,
          copy<F32>,
          copy<I32>,
          copy<F64>,
          map_two<I32, product_of>,
          widen_bytes,
          narrow_bytes,
          transpose,
          sum_of};
}

}  // namespace gradtape::GRADTAPE_ISA
