// One piece of C on one thread: blocks of k, strips of B, tiles of C.
#pragma once
#include "core/pool.h"
#include "gemm.h"
#include "pack.h"

namespace gradtape::GRADTAPE_ISA {

// A block of A stays in the second-level cache, a strip of B in the first. The blocks of k depend on k alone.
constexpr int64_t kBlockRows = 480 / kTileRows * kTileRows;
constexpr int64_t kBlockDepth = 256;
constexpr int64_t kRowPadding = 16;  // elements between packed rows, so that they do not compete for the same cache lines

// kTiles[vectors - 1][rows - 1]; null where the sums would not fit the registers.
template <typename V>
using TileKernel = void (*)(const Tile<typename V::Scalar>&);

template <typename V, bool kPartial>
struct TileKernels {
  TileKernel<V> at[kMostVectors][kTileRows] = {};
  constexpr TileKernels() {
    fill<1>();
    fill<2>();
    fill<3>();
    fill<4>();
  }
  template <int kVectors, int kRows = 1>
  constexpr void fill() {
    if constexpr (kRows <= kTileRows) {
      if constexpr (kVectors <= vectors_for(kRows)) at[kVectors - 1][kRows - 1] = multiply_tile<V, kRows, kVectors, kPartial>;
      fill<kVectors, kRows + 1>();
    }
  }
};

#if defined(__AVX512F__)
constexpr bool kAlwaysPartial = true;  // a masked load costs what a plain one does
#else
constexpr bool kAlwaysPartial = false;
#endif

template <typename V>
GRADTAPE_INLINE TileKernel<V> tile_kernel(int64_t rows, int64_t columns) {
  static constexpr TileKernels<V, true> kPartial;
  const int64_t vectors = (columns + V::kLanes - 1) / V::kLanes;
  if constexpr (!kAlwaysPartial) {
    static constexpr TileKernels<V, false> kWhole;
    if (columns % V::kLanes == 0) return kWhole.at[vectors - 1][rows - 1];
  }
  return kPartial.at[vectors - 1][rows - 1];
}

// Whether reading along `stride` elements meets the same few cache lines again and again.
template <typename T>
GRADTAPE_INLINE bool collides(int64_t stride) {
  return stride * static_cast<int64_t>(sizeof(T)) % 1024 == 0;
}

// Without working memory.
template <typename T>
static void multiply_plainly(const Gemm<T>& g) {
  for (int64_t i = 0; i < g.m; i++) {
    T* const c = g.c + i * g.c_row;
    for (int64_t j = 0; j < g.n; j++) {
      T sum = 0;
      for (int64_t p = 0; p < g.k; p++) sum += g.a[i * g.a_row + p * g.a_col] * g.b[p * g.b_row + j * g.b_col];
      c[j] = (g.accumulate ? c[j] + sum : sum) + (g.bias != nullptr ? g.bias[j] : 0);
    }
    activate(c, g.n, g.activation, g.leaky_slope);
  }
}

template <typename V>
static void multiply_block(const Gemm<typename V::Scalar>& g) {
  using T = typename V::Scalar;
  constexpr int64_t kSize = sizeof(T);
  // Rows are dealt out evenly, so that no last tile is too low to keep the multipliers busy.
  const int64_t tiles = (g.m + kTileRows - 1) / kTileRows, tall = (g.m + tiles - 1) / tiles;
  const int64_t width = V::kLanes * vectors_for(tall);
  const int64_t strips = (g.n + width - 1) / width;
  const int64_t blocks = g.k <= kBlockDepth ? 1 : (g.k + kBlockDepth - 1) / kBlockDepth;
  const int64_t depth = g.k > 0 ? (g.k + blocks - 1) / blocks : 1;
  bool packs_b = g.b_col != 1 || tiles > 6 || (tiles > 2 && collides<T>(g.b_row));
  bool packs_a = strips > 8 || (strips > 2 && (g.a_col == 1 ? collides<T>(g.a_row) : g.a_row != 1 || collides<T>(g.a_col)));
  T* const a_memory = packs_a ? static_cast<T*>(scratch(Scratch::gemm_a, g.m * (depth + kRowPadding) * kSize)) : nullptr;
  T* const b_memory = packs_b ? static_cast<T*>(scratch(Scratch::gemm_b, depth * width * kSize)) : nullptr;
  packs_a = packs_a && a_memory != nullptr;
  if (packs_b && b_memory == nullptr) {
    if (g.b_col != 1) return multiply_plainly(g);
    packs_b = false;
  }
  const bool others = g.activation != Activation::linear && g.activation != Activation::relu;
  Tile<T> tile{};
  tile.c_row = g.c_row;
  for (int64_t p = 0; p < g.k || p == 0; p += depth) {
    const int64_t k = g.k - p < depth ? g.k - p : depth;
    const bool last = p + k >= g.k;
    const T* const a = g.a + p * g.a_col;
    const T* const b = g.b + p * g.b_row;
    tile.k = k;
    tile.accumulate = g.accumulate || p > 0;
    tile.relu = last && g.activation == Activation::relu;
    for (int64_t strip = 0, j = 0; strip < strips; strip++, j += width) {
      const int64_t columns = g.n - j < width ? g.n - j : width;
      tile.columns = columns;
      tile.bias = last && g.bias != nullptr ? g.bias + j : nullptr;
      if (packs_b) {
        const int64_t ahead = g.n - j - columns;
        const int64_t stride = (columns + V::kLanes - 1) / V::kLanes * V::kLanes;
        pack_columns<V>(b + j * g.b_col, g.b_row, g.b_col, k, columns, stride, ahead < width ? ahead : width, b_memory);
        tile.b = b_memory;
        tile.b_row = stride;
      } else {
        tile.b = b + j;
        tile.b_row = g.b_row;
      }
      for (int64_t t = 0, i = 0; t < tiles; t++) {
        const int64_t rows = (g.m - i + tiles - t - 1) / (tiles - t);
        if (packs_a) {
          T* const packed = a_memory + i * (depth + kRowPadding);
          const bool along_k = g.a_col == 1;
          if (strip == 0) pack_rows<V>(a + i * g.a_row, g.a_row, g.a_col, rows, k, depth + kRowPadding, packed);
          tile.a = packed;
          tile.a_row = along_k ? depth + kRowPadding : 1;
          tile.a_col = along_k ? 1 : rows;
        } else {
          tile.a = a + i * g.a_row;
          tile.a_row = g.a_row;
          tile.a_col = g.a_col;
        }
        tile.c = g.c + i * g.c_row + j;
        tile_kernel<V>(rows, columns)(tile);
        if (last && others) {
          for (int64_t r = 0; r < rows; r++) activate(tile.c + r * g.c_row, columns, g.activation, g.leaky_slope);
        }
        i += rows;
      }
    }
  }
}

}  // namespace gradtape::GRADTAPE_ISA
