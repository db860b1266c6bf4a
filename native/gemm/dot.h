// Products of few rows by a transposed matrix: both operands run along k, so that vectors do too and nothing is packed.
#pragma once
#include "gemm.h"
#include "simd/simd.h"

namespace gradtape::GRADTAPE_ISA {

constexpr int kDotColumns = 4;
constexpr int64_t kMostDotRows = 8;

// By the whole product's shape, since sums along the lanes round differently.
template <typename T>
static bool prefers_dot(const Gemm<T>& g) {
  return g.a_col == 1 && g.b_row == 1 && (g.b_col != 1 || g.n == 1) && g.m <= kMostDotRows && g.k >= 16;
}

// The sum of the lanes of each of kDotColumns vectors.
GRADTAPE_INLINE void sum_lanes(const F32* v, float* to) {
  constexpr int kLanes = F32::kLanes;
  alignas(64) float lanes[kLanes * kLanes], turned[kLanes * kLanes];
  for (int i = 0; i < kDotColumns; i++) store(lanes + i * kLanes, v[i]);
  for (int i = kDotColumns; i < kLanes; i++) store(lanes + i * kLanes, F32::zero());
  transpose_block(lanes, kLanes, turned, kLanes);
  F32 part[kLanes];
  for (int i = 0; i < kLanes; i++) part[i] = F32::load(turned + i * kLanes);
  for (int half = kLanes / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; i++) part[i] = part[i] + part[i + half];
  }
  store_partial(to, part[0], kDotColumns);
}
GRADTAPE_INLINE void sum_lanes(const F64* v, double* to) {
  for (int i = 0; i < kDotColumns; i++) to[i] = sum(v[i]);
}

// kRows rows of A by kDotColumns rows of the transposed B; `columns` of them are asked for.
template <typename V, int kRows>
static __attribute__((noinline)) void multiply_dots(const Gemm<typename V::Scalar>& g, int64_t i, int64_t j, int64_t columns) {
  using T = typename V::Scalar;
  const T* a = g.a + i * g.a_row;
  const T* b[kDotColumns];
  for (int c = 0; c < kDotColumns; c++) b[c] = g.b + (j + (c < columns ? c : columns - 1)) * g.b_col;
  V sums[kRows][kDotColumns];
  unroll<kRows>([&](auto r) __attribute__((always_inline)) {
    unroll<kDotColumns>([&](auto c) __attribute__((always_inline)) { sums[r.value][c.value] = V::zero(); });
  });
  const auto step = [&](auto load) __attribute__((always_inline)) {
    V y[kDotColumns];
    unroll<kDotColumns>([&](auto c) __attribute__((always_inline)) { y[c.value] = load(b[c.value]); });
    unroll<kRows>([&](auto r) __attribute__((always_inline)) {
      const V x = load(a + r.value * g.a_row);
      unroll<kDotColumns>([&](auto c)
                              __attribute__((always_inline)) { sums[r.value][c.value] = fmadd(x, y[c.value], sums[r.value][c.value]); });
    });
  };
  int64_t p = 0;
  for (; p + V::kLanes <= g.k; p += V::kLanes) {
    step([&](const T* from) __attribute__((always_inline)) { return V::load(from + p); });
  }
  if (p < g.k) step([&](const T* from) __attribute__((always_inline)) { return V::load_partial(from + p, g.k - p); });
  unroll<kRows>([&](auto r) __attribute__((always_inline)) {
    T result[kDotColumns];
    sum_lanes(sums[r.value], result);
    T* const c = g.c + (i + r.value) * g.c_row + j;
    for (int64_t q = 0; q < columns; q++) {
      c[q] = (g.accumulate ? c[q] + result[q] : result[q]) + (g.bias != nullptr ? g.bias[j + q] : 0);
    }
  });
}

template <typename V>
static void multiply_dot(const Gemm<typename V::Scalar>& g) {
  for (int64_t j = 0; j < g.n; j += kDotColumns) {
    const int64_t columns = g.n - j < kDotColumns ? g.n - j : kDotColumns;
    for (int64_t i = 0; i < g.m;) {
      const int64_t left = g.m - i;
      if (left >= 4) {
        multiply_dots<V, 4>(g, i, j, columns), i += 4;
      } else if (left == 3) {
        multiply_dots<V, 3>(g, i, j, columns), i += 3;
      } else if (left == 2) {
        multiply_dots<V, 2>(g, i, j, columns), i += 2;
      } else {
        multiply_dots<V, 1>(g, i, j, columns), i += 1;
      }
    }
  }
  for (int64_t i = 0; i < g.m; i++) activate(g.c + i * g.c_row, g.n, g.activation, g.leaky_slope);
}

}  // namespace gradtape::GRADTAPE_ISA
