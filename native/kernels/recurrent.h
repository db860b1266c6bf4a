// What whole sequences through recurrent networks share: rows of a batch that go through all steps by themselves, and vectors of their units.
#pragma once
#include "functors.h"
#include "gemm/gemm.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

// Some elements of a row, as the functions of a dtype take them: a vector of floats, a double.
template <typename T>
struct Lanes;
template <>
struct Lanes<float> {
  using V = F32;
  static constexpr int64_t kCount = F32::kLanes;
  static GRADTAPE_MEMBER V one() { return F32::set1(1.0f); }
  static GRADTAPE_MEMBER V load(const float* p, int64_t n) { return n == kCount ? F32::load(p) : F32::load_partial(p, n); }
  static GRADTAPE_MEMBER void put(float* p, V v, int64_t n) { n == kCount ? store(p, v) : store_partial(p, v, n); }
};
template <>
struct Lanes<double> {
  using V = double;
  static constexpr int64_t kCount = 1;
  static GRADTAPE_MEMBER V one() { return 1; }
  static GRADTAPE_MEMBER V load(const double* p, int64_t) { return *p; }
  static GRADTAPE_MEMBER void put(double* p, V v, int64_t) { *p = v; }
};

template <typename T>
GRADTAPE_INLINE void copy(T* to, const T* from, int64_t n) {
  using V = typename VectorOf<T>::Type;
  int64_t i = 0;
  for (; i + V::kLanes <= n; i += V::kLanes) store(to + i, V::load(from + i));
  for (; i < n; i++) to[i] = from[i];
}

// Calls f(i, n) for the elements from i on of a row, n at a time.
template <typename T, typename F>
GRADTAPE_INLINE void for_lanes(int64_t units, const F& f) {
  constexpr int64_t kCount = Lanes<T>::kCount;
  int64_t i = 0;
  for (; i + kCount <= units; i += kCount) f(i, kCount);
  if (i < units) f(i, units - i);
}

// Calls f(from, to) for rows of a batch, on as many threads as the work deserves. A row's results do not depend on those beside it, so pieces may depend on the number of threads.
template <typename F>
static void for_rows(int64_t batch, double work, const F& f) {
  constexpr int64_t kFewestRows = 8;
  int64_t pieces = work < 65536.0 ? 1 : thread_count();
  if (pieces > batch / kFewestRows) pieces = batch / kFewestRows;
  if (pieces <= 1) {
    if (batch > 0) f(int64_t{0}, batch);
    return;
  }
  for_pieces(batch, (batch + pieces - 1) / pieces, f);
}

// The product of rows that lie in memory one after the other and b, which is k by n.
template <typename T>
static Gemm<T> rows_product(const T* a, const T* b, T* c, int64_t rows, int64_t n, int64_t k) {
  Gemm<T> product{};
  product.m = rows;
  product.n = n;
  product.k = k;
  product.a = a;
  product.a_row = k;
  product.a_col = 1;
  product.b = b;
  product.b_row = n;
  product.b_col = 1;
  product.c = c;
  product.c_row = n;
  return product;
}

// A matrix of so many rows transposed into memory of the calling thread; null when there is none. Products of a few rows with it then read it in place, and in an order that does not depend on how
// many rows there are.
template <typename T>
static const T* turned(const T* matrix, int64_t rows, int64_t columns) {
  T* const to = static_cast<T*>(scratch(Scratch::kernel, rows * columns * static_cast<int64_t>(sizeof(T)) + 1));
  if (to == nullptr) return nullptr;
  for (int64_t j = 0; j < columns; j++) {
    for (int64_t i = 0; i < rows; i++) to[j * rows + i] = matrix[i * columns + j];
  }
  return to;
}

}  // namespace
}  // namespace gradtape::GRADTAPE_ISA
