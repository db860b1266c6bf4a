// Strips of B in the order in which the micro-kernel reads them.
#pragma once
#include "micro.h"

namespace gradtape::GRADTAPE_ISA {

// A block of memory that will be read soon, asked into the second-level cache a share at a time while tiles are computed.
struct Ahead {
  const char* rows;
  int64_t stride, count, bytes;  // count rows of so many bytes, stride bytes apart

  // Share `part` of `parts`.
  GRADTAPE_MEMBER void ask(int64_t part, int64_t parts) const {
    for (int64_t i = count * part / parts; i < count * (part + 1) / parts; i++) {
      const char* row = rows + i * stride;
      for (int64_t at = 0; at < bytes; at += 64) prefetch_l2(row + at);
      prefetch_l2(row + bytes - 1);
    }
  }
};

// The block of k by `columns` that starts at b.
template <typename T>
GRADTAPE_INLINE Ahead ahead_of(const T* b, int64_t b_row, int64_t b_col, int64_t k, int64_t columns) {
  constexpr int64_t kSize = sizeof(T);
  const char* rows = reinterpret_cast<const char*>(b);
  if (b_col == 1) return {rows, b_row * kSize, k, columns * kSize};
  if (b_row == 1) return {rows, b_col * kSize, columns, k * kSize};
  return {rows, 0, 0, 0};
}

// The transpose of a block of which `rows` rows and `columns` columns are there; what is missing counts as zeros.
template <typename V>
GRADTAPE_INLINE void transpose_part(const float* from, int64_t from_row, int64_t rows, int64_t columns, float* to, int64_t to_row) {
  constexpr int64_t kLanes = V::kLanes;
  if (rows >= kLanes && columns >= kLanes) return transpose_block(from, from_row, to, to_row);
  alignas(64) float block[kLanes * kLanes];
  const int64_t count = columns < kLanes ? columns : kLanes;
  for (int64_t i = 0; i < kLanes; i++) store(block + i * kLanes, i < rows ? V::load_partial(from + i * from_row, count) : V::zero());
  transpose_block(block, kLanes, to, to_row);
}

// One strip of `columns` columns of B, `width` wide with zeros behind them: row p goes to `to + p * width`. width is a multiple of
// the lanes. May write up to a vector's worth of rows behind the last.
template <typename V>
static void pack_columns(const typename V::Scalar* b, int64_t b_row, int64_t b_col, int64_t k, int64_t columns, int64_t width,
                         typename V::Scalar* to) {
  using T = typename V::Scalar;
  constexpr int64_t kLanes = V::kLanes;
  if (b_col == 1) {
    if (columns == width && width == 2 * kLanes) {
      for (int64_t p = 0; p < k; p++, b += b_row, to += width) {
        const V first = V::load(b), second = V::load(b + kLanes);
        store(to, first);
        store(to + kLanes, second);
      }
      return;
    }
    for (int64_t p = 0; p < k; p++, b += b_row, to += width) {
      for (int64_t j = 0; j < width; j += kLanes) {
        const int64_t rest = columns - j;
        store(to + j, rest >= kLanes ? V::load(b + j) : rest > 0 ? V::load_partial(b + j, rest) : V::zero());
      }
    }
    return;
  }
  if constexpr (sizeof(T) == 4) {
    if (b_row == 1) {
      for (int64_t j = 0; j < width; j += kLanes) {
        for (int64_t p = 0; p < k; p += kLanes) transpose_part<V>(b + j * b_col + p, b_col, columns - j, k - p, to + p * width + j, width);
      }
      return;
    }
  }
  for (int64_t p = 0; p < k; p++, b += b_row, to += width) {
    for (int64_t j = 0; j < width; j++) to[j] = j < columns ? b[j * b_col] : 0;
  }
}

// `rows` rows of A, contiguous along its columns: element (i, p) goes to `to + p * rows + i`. May write a vector past the end.
template <typename V>
static void pack_rows(const typename V::Scalar* a, int64_t a_col, int64_t rows, int64_t k, typename V::Scalar* to) {
  constexpr int64_t kLanes = V::kLanes;
  for (int64_t p = 0; p < k; p++, a += a_col, to += rows) {
    for (int64_t i = 0; i < rows; i += kLanes) {
      // Whole vectors where A has them: what is too much is written over by the next column.
      store(to + i, p + 1 < k ? V::load(a + i) : V::load_partial(a + i, rows - i < kLanes ? rows - i : kLanes));
    }
  }
}

}  // namespace gradtape::GRADTAPE_ISA
