// What normalization and its gradient share: their operands, sums of a row, and how rows are cut into parts.
#pragma once
#include "fold.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

constexpr int64_t kPieceElements = 16384;  // elements worth a thread
constexpr int64_t kBlockRows = 64;         // rows that stay near while their columns are added
constexpr int64_t kMostParts = 64;         // sums that are joined in order

template <typename T>
struct Normalization {
  int64_t rows, columns;
  const T* x;
  const T* scale;   // of each column
  const T* offset;  // of each column
  T* y;
  T* mean;
  T* variance;
  double epsilon;
  bool centered;
  bool streams;
};

// Parts of the rows that are summed by themselves: the shape decides, so that any number of threads adds in the same order.
[[maybe_unused]] int64_t parts_of(int64_t rows, int64_t columns) {
  const int64_t blocks = (rows + kBlockRows - 1) / kBlockRows, wanted = rows * columns / kPieceElements + 1;
  const int64_t parts = wanted < blocks ? wanted : blocks;
  return parts < 1 ? 1 : parts > kMostParts ? kMostParts : parts;
}

// The sum, blocks of it in double precision.
template <typename V>
GRADTAPE_INLINE double sum_of(const typename V::Scalar* x, int64_t n) {
  double total = 0;
  for (; n > 1024; n -= 1024, x += 1024) total += static_cast<double>(sum_block<V>(x, 1024));
  return total + static_cast<double>(sum_block<V>(x, n));
}

// The sum of squared distances from `mean`.
template <typename V>
GRADTAPE_INLINE double squares_of(const typename V::Scalar* x, typename V::Scalar mean, int64_t n) {
  using T = typename V::Scalar;
  const V middle = V::set1(mean);
  double total = 0;
  for (int64_t from = 0; from < n; from += 1024) {
    const int64_t to = from + 1024 < n ? from + 1024 : n;
    V s0 = V::zero(), s1 = V::zero(), s2 = V::zero(), s3 = V::zero();
    int64_t i = from;
    for (; i + 4 * V::kLanes <= to; i += 4 * V::kLanes) {
      const V a = V::load(x + i) - middle, b = V::load(x + i + V::kLanes) - middle;
      const V c = V::load(x + i + 2 * V::kLanes) - middle, d = V::load(x + i + 3 * V::kLanes) - middle;
      s0 = fmadd(a, a, s0);
      s1 = fmadd(b, b, s1);
      s2 = fmadd(c, c, s2);
      s3 = fmadd(d, d, s3);
    }
    for (; i + V::kLanes <= to; i += V::kLanes) {
      const V a = V::load(x + i) - middle;
      s0 = fmadd(a, a, s0);
    }
    total += static_cast<double>(sum((s0 + s1) + (s2 + s3)));
    for (; i < to; i++) {
      const T away = x[i] - mean;
      total += static_cast<double>(away * away);
    }
  }
  return total;
}

}  // namespace
}  // namespace gradtape::GRADTAPE_ISA
