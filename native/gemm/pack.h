// Copies of the operands in the order in which the micro-kernel reads them.
#pragma once
#include "micro.h"

namespace gradtape::GRADTAPE_ISA {

// One strip of `columns` columns of B, `width` wide with zeros behind them: row p goes to `to + p * width`. width is a multiple of
// the lanes. While it reads, the strip after it (`next_columns` wide) is asked into the second-level cache.
template <typename V>
static void pack_columns(const typename V::Scalar* b, int64_t b_row, int64_t b_col, int64_t k, int64_t columns, int64_t width,
                         int64_t next_columns, typename V::Scalar* to) {
  using T = typename V::Scalar;
  constexpr int64_t kLanes = V::kLanes;
  if (b_col == 1) {
    const T* next = b + columns + (next_columns > 0 ? next_columns - 1 : 0);
    if (columns == width && width == 2 * kLanes) {
      for (int64_t p = 0; p < k; p++, b += b_row, next += b_row, to += width) {
        const V first = V::load(b), second = V::load(b + kLanes);
        if (next_columns > 0) {
          prefetch_l2(next);
          prefetch_l2(next - kLanes);
        }
        store(to, first);
        store(to + kLanes, second);
      }
      return;
    }
    for (int64_t p = 0; p < k; p++, b += b_row, next += b_row, to += width) {
      if (next_columns > 0) prefetch_l2(next);
      for (int64_t j = 0; j < width; j += kLanes) {
        const int64_t rest = columns - j;
        store(to + j, rest >= kLanes ? V::load(b + j) : rest > 0 ? V::load_partial(b + j, rest) : V::zero());
      }
    }
    return;
  }
  int64_t j = 0;
  if constexpr (sizeof(T) == 4) {
    if (b_row == 1) {
      for (; j + kLanes <= columns; j += kLanes) {
        const T* from = b + j * b_col;
        int64_t p = 0;
        for (; p + kLanes <= k; p += kLanes) transpose_block(from + p, b_col, to + p * width + j, width);
        for (; p < k; p++) {
          for (int64_t i = 0; i < kLanes; i++) to[p * width + j + i] = from[i * b_col + p];
        }
      }
    }
  }
  for (; j < width; j++) {
    if (j < columns) {
      for (int64_t p = 0; p < k; p++) to[p * width + j] = b[p * b_row + j * b_col];
    } else {
      for (int64_t p = 0; p < k; p++) to[p * width + j] = 0;
    }
  }
}

// `rows` rows of A: element (i, p) goes to `to + i * to_row + p` when A is contiguous along k, to `to + p * rows + i` when not.
template <typename V>
static void pack_rows(const typename V::Scalar* a, int64_t a_row, int64_t a_col, int64_t rows, int64_t k, int64_t to_row,
                      typename V::Scalar* to) {
  using T = typename V::Scalar;
  constexpr int64_t kLanes = V::kLanes;
  if (a_col == 1) {
    for (int64_t i = 0; i < rows; i++) {
      const T* from = a + i * a_row;
      T* row = to + i * to_row;
      int64_t p = 0;
      for (; p + kLanes <= k; p += kLanes) store(row + p, V::load(from + p));
      if (p < k) store_partial(row + p, V::load_partial(from + p, k - p), k - p);
    }
    return;
  }
  for (int64_t p = 0; p < k; p++, a += a_col, to += rows) {
    if (a_row == 1) {
      int64_t i = 0;
      for (; i + kLanes <= rows; i += kLanes) store(to + i, V::load(a + i));
      if (i < rows) store_partial(to + i, V::load_partial(a + i, rows - i), rows - i);
    } else {
      for (int64_t i = 0; i < rows; i++) to[i] = a[i * a_row];
    }
  }
}

}  // namespace gradtape::GRADTAPE_ISA
