// Products whose operands both run along k, with few rows on one side: vectors run along k too, and nothing is packed.
#pragma once
#include "gemm.h"
#include "simd/simd.h"

namespace gradtape::GRADTAPE_ISA {

// A tile of sums: its rows by its columns, as many as the registers hold.
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int kDotRows = 4;
#else
constexpr int kDotRows = 2;
#endif
constexpr int kDotColumns = 4;
constexpr int kLoneDotColumns = 8;  // of a lone row
constexpr int64_t kMostDotRows = kDotRows == 4 ? 32 : 8;

// By the whole product's shape, since sums along the lanes round differently.
template <typename T>
static bool prefers_dot(const Gemm<T>& g) {
  if (g.a_col != 1 || g.b_row != 1 || g.k < 16 || (g.b_col == 1 && g.n > 1)) return false;
  // Short sums are soon over, and adding up the lanes is not.
  const bool skinny = g.m <= 4 || g.n <= kDotColumns;
  return skinny || (g.m <= kMostDotRows && g.k * static_cast<int64_t>(sizeof(T)) >= 1024);
}

// The sums of the lanes of `count` vectors.
GRADTAPE_INLINE void sum_lanes(const F32* v, int count, float* to) {
  for (int i = 0; i < count; i += F32::kLanes) {
    F32 group[F32::kLanes];
    for (int j = 0; j < F32::kLanes; j++) group[j] = i + j < count ? v[i + j] : F32::zero();
    const F32 sums = sum_each(group);
    if (count - i >= F32::kLanes) {
      store(to + i, sums);
    } else {
      store_partial(to + i, sums, count - i);
    }
  }
}
GRADTAPE_INLINE void sum_lanes(const F64* v, int count, double* to) {
  for (int i = 0; i < count; i++) to[i] = sum(v[i]);
}

// x is rows by k, y is columns by k, and the sum of row r and column c goes to z[r * z_row + c * z_col].
template <typename T>
struct Dots {
  int64_t k;
  const T* x;
  int64_t x_row;
  const T* y;
  int64_t y_row;
  T* z;
  int64_t z_row, z_col;
  bool accumulate;
};

// Of kColumns columns the first `columns` are asked for.
template <typename V, int kRows, int kColumns>
static __attribute__((noinline)) void multiply_dots(const Dots<typename V::Scalar>& d, int64_t columns) {
  using T = typename V::Scalar;
  const T* x[kRows];
  const T* y[kColumns];
  unroll<kRows>([&](auto r) __attribute__((always_inline)) { x[r.value] = d.x + r.value * d.x_row; });
  unroll<kColumns>([&](auto c)
                       __attribute__((always_inline)) { y[c.value] = d.y + (c.value < columns ? c.value : columns - 1) * d.y_row; });
  V sums[kRows * kColumns];
  unroll<kRows * kColumns>([&](auto i) __attribute__((always_inline)) { sums[i.value] = V::zero(); });
  const auto step = [&](auto load) __attribute__((always_inline)) {
    V column[kColumns];
    unroll<kColumns>([&](auto c) __attribute__((always_inline)) { column[c.value] = load(y[c.value]); });
    unroll<kRows>([&](auto r) __attribute__((always_inline)) {
      const V row = load(x[r.value]);
      unroll<kColumns>([&](auto c) __attribute__((always_inline)) {
        V& sum = sums[r.value * kColumns + c.value];
        sum = fmadd(row, column[c.value], sum);
      });
    });
  };
  int64_t p = 0;
  for (; p + V::kLanes <= d.k; p += V::kLanes) {
    step([&](const T* from) __attribute__((always_inline)) { return V::load(from + p); });
  }
  if (p < d.k) step([&](const T* from) __attribute__((always_inline)) { return V::load_partial(from + p, d.k - p); });
  T result[kRows * kColumns];
  sum_lanes(sums, kRows * kColumns, result);
  for (int64_t r = 0; r < kRows; r++) {
    T* const z = d.z + r * d.z_row;
    for (int64_t c = 0; c < columns; c++) {
      const T sum = result[r * kColumns + c];
      z[c * d.z_col] = d.accumulate ? z[c * d.z_col] + sum : sum;
    }
  }
}

template <typename V, int kRows = kDotRows>
static void multiply_rows_of_dots(const Dots<typename V::Scalar>& d, int64_t rows, int64_t columns) {
  if constexpr (kRows > 1) {
    if (rows < kRows) return multiply_rows_of_dots<V, kRows - 1>(d, rows, columns);
  }
  multiply_dots<V, kRows, kDotColumns>(d, columns);
}

template <typename V>
static void multiply_dot(const Gemm<typename V::Scalar>& g) {
  using T = typename V::Scalar;
  // The longer side is cut into groups of kDotColumns, so that a lone row or column still has several sums under way.
  const bool swapped = g.m > g.n;
  const int64_t rows = swapped ? g.n : g.m, columns = swapped ? g.m : g.n;
  Dots<T> d{g.k, g.a, g.a_row, g.b, g.b_col, g.c, g.c_row, 1, g.accumulate};
  if (swapped) d = {g.k, g.b, g.b_col, g.a, g.a_row, g.c, 1, g.c_row, g.accumulate};
  const int64_t step = rows == 1 ? kLoneDotColumns : kDotColumns;
  for (int64_t j = 0; j < columns; j += step) {
    const int64_t wide = columns - j < step ? columns - j : step;
    for (int64_t i = 0; i < rows; i += kDotRows) {
      Dots<T> tile = d;
      tile.x += i * d.x_row;
      tile.y += j * d.y_row;
      tile.z += i * d.z_row + j * d.z_col;
      if (rows == 1) {
        multiply_dots<V, 1, kLoneDotColumns>(tile, wide);
      } else {
        multiply_rows_of_dots<V>(tile, rows - i, wide);
      }
    }
  }
  if (g.bias == nullptr && g.activation == Activation::linear) return;
  for (int64_t i = 0; i < g.m; i++) {
    T* const c = g.c + i * g.c_row;
    if (g.bias != nullptr) {
      for (int64_t j = 0; j < g.n; j++) c[j] += g.bias[j];
    }
    activate(c, g.n, g.activation, g.leaky_slope);
  }
}

}  // namespace gradtape::GRADTAPE_ISA
