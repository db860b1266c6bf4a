// One piece of C on one thread: blocks of k, strips of B, tiles of C.
#pragma once
#include "core/pool.h"
#include "gemm.h"
#include "pack.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

// A block of rows of A stays in the second-level cache, a strip of B nearly in the first. The blocks of k depend on k alone.
constexpr int64_t kBlockRows = 360 / kTileRows * kTileRows;
constexpr int64_t kBlockDepth = 512;
constexpr int64_t kPassColumns = 1024;
constexpr int64_t kShallow = 8;
constexpr int64_t kWideRows = F32::kLanes == 16 ? 6 : 2;
#if defined(__AVX512F__)
constexpr int64_t kNearBytes = 768 << 10;  // a block of B of this size is read in place,
constexpr int64_t kUnpackedTiles = 11;     // and one that is met by so few tiles of rows,
constexpr int64_t kUnpackedFarTiles = 11;  // or by so few when its rows lie on different pages
constexpr bool kPacksColumnsOfA = false;   // whether columns of A, when they lie on different pages, are copied
#else
constexpr int64_t kNearBytes = 256 << 10;
constexpr int64_t kUnpackedTiles = 6;
constexpr int64_t kUnpackedFarTiles = 2;
constexpr bool kPacksColumnsOfA = true;
#endif
constexpr int64_t kPageBytes = 4096;
constexpr int64_t kFarBytes = int64_t{4} << 20;

static constexpr int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
// The largest of `parts` even parts; a division costs as much as a small tile's row.
static constexpr int64_t even_part(int64_t a, int64_t parts) { return parts == 1 ? a : ceil_div(a, parts); }

// at[vectors - 1][rows - 1]; null where the sums would not fit the registers.
template <typename V>
using TileKernel = void (*)(const Tile<typename V::Scalar>&);

template <typename V, bool kPartial, bool kSegments>
struct TileKernels {
  static constexpr int kHighest = kSegments ? kMostRows : kTileRows;
  TileKernel<V> at[kMostVectors][kHighest] = {};
  constexpr TileKernels() {
    fill<1>();
    fill<2>();
    fill<3>();
    fill<4>();
  }
  template <int kVectors, int kRows = 1>
  constexpr void fill() {
    if constexpr (kRows <= kHighest) {
      if constexpr (kVectors <= vectors_for(kRows)) at[kVectors - 1][kRows - 1] = multiply_tile<V, kRows, kVectors, kPartial, kSegments>;
      fill<kVectors, kRows + 1>();
    }
  }
};

template <typename V, bool kSegments = false>
GRADTAPE_INLINE TileKernel<V> tile_kernel(int64_t rows, int64_t columns) {
  static constexpr TileKernels<V, false, kSegments> kWhole;
  static constexpr TileKernels<V, true, kSegments> kPartial;
  const int64_t vectors = (columns + V::kLanes - 1) / V::kLanes;
  return columns % V::kLanes == 0 ? kWhole.at[vectors - 1][rows - 1] : kPartial.at[vectors - 1][rows - 1];
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

// The loops around the tiles, outermost first: columns that fit the packed copy, blocks of k, blocks of rows, strips, tiles. Rows of
// A are read in place: a tile meets each of its cache lines once, so a copy costs more than it saves.
template <typename V>
class Block {
 public:
  using T = typename V::Scalar;
  static constexpr int64_t kSize = sizeof(T);
  explicit Block(const Gemm<T>& g) : g_(g) {}

  void multiply() {
    const int64_t row_blocks = ceil_div(g_.m, kBlockRows), row_step = ceil_div(even_part(g_.m, row_blocks), kTileRows) * kTileRows;
    const int64_t tiles = ceil_div(g_.m < row_step ? g_.m : row_step, kTileRows);
    const bool shallow = g_.k <= kShallow && g_.b_col == 1;
    const int64_t tall = shallow ? 1 : g_.m < row_step ? even_part(g_.m, tiles) : kTileRows;
    width_ = V::kLanes * vectors_for(tall);
    const int64_t blocks = ceil_div(g_.k, kBlockDepth), depth = g_.k > 0 ? even_part(g_.k, blocks) : 1;
    const int64_t pass = row_blocks > 1 ? kPassColumns / width_ * width_ : g_.n;  // columns packed before they are used again
    const int64_t b_bytes = g_.b_row * kSize, few = b_bytes < kPageBytes ? kUnpackedTiles : kUnpackedFarTiles;
    packs_ = g_.b_col != 1 || (!shallow && depth * b_bytes > kNearBytes && tiles > few);
    if (packs_) {
      const int64_t strips = row_blocks > 1 ? ceil_div(g_.n < pass ? g_.n : pass, width_) : 1;
      packed_ = static_cast<T*>(scratch(Scratch::gemm_b, (strips * depth + V::kLanes) * width_ * kSize));
      if (packed_ == nullptr) {
        if (g_.b_col != 1) return multiply_plainly(g_);
        packs_ = false;
      }
    }
    if (kPacksColumnsOfA && g_.a_row == 1 && g_.a_col * kSize >= kPageBytes / 2 && g_.n > 4 * width_ && !shallow) {
      packed_a_ = static_cast<T*>(scratch(Scratch::gemm_a, ((g_.m < row_step ? g_.m : row_step) * depth + V::kLanes) * kSize));
    }
    tile_.a_row = g_.a_row;
    tile_.a_col = g_.a_col;
    tile_.c_row = g_.c_row;
    tile_.far = g_.m * g_.c_row * kSize > kFarBytes && g_.k > kShallow;
    for (int64_t j = 0; j < g_.n; j += pass) {
      for (int64_t p = 0; p < g_.k || p == 0; p += depth) {
        tile_.k = g_.k - p < depth ? g_.k - p : depth;
        last_ = p + tile_.k >= g_.k;
        tile_.accumulate = g_.accumulate || p > 0;
        tile_.relu = last_ && g_.activation == Activation::relu;
        const int64_t end = g_.n - j < pass ? g_.n : j + pass;
        for (int64_t i = 0; i < g_.m; i += row_step) {
          const int64_t rows = g_.m - i < row_step ? g_.m - i : row_step;
          first_row_ = i;
          first_column_ = j;
          if (shallow) {
            run_rows(i, rows, p, j, end);
          } else {
            run_strips(i, rows, p, j, end, row_blocks > 1);
          }
        }
      }
    }
  }

 private:
  // Every strip against every tile of rows; strips are packed on the way, or when `kept` by the first block of rows for all.
  void run_strips(int64_t first, int64_t rows, int64_t p, int64_t begin, int64_t end, bool kept) {
    const int64_t tiles = ceil_div(rows, kTileRows), tall = even_part(rows, tiles), low = tall * tiles - rows;  // the last `low` are lower
    const T* const b = g_.b + p * g_.b_row;
    for (int64_t j = begin; j < end; j += width_) {
      const int64_t columns = end - j < width_ ? end - j : width_;
      Ahead ahead{};
      if (packs_) {
        const int64_t row = ceil_div(columns, V::kLanes) * V::kLanes;
        T* const to = packed_ + (kept ? (j - begin) * tile_.k : 0);
        if (!kept || first == 0) pack_columns<V>(b + j * g_.b_col, g_.b_row, g_.b_col, tile_.k, columns, row, to);
        tile_.b = to;
        tile_.b_row = row;
        const int64_t next = j + columns, left = end - next < width_ ? end - next : width_;
        if (left > 0) {
          ahead = kept && first > 0 ? ahead_of(to + width_ * tile_.k, width_, 1, tile_.k, left)
                                    : ahead_of(b + next * g_.b_col, g_.b_row, g_.b_col, tile_.k, left);
        }
      } else {
        tile_.b = b + j;
        tile_.b_row = g_.b_row;
      }
      for (int64_t t = 0, i = 0; t < tiles; t++) {
        if (ahead.count > 0) ahead.ask(t, tiles);
        i += run_tile(first + i, t < tiles - low ? tall : tall - 1, p, j, columns);
      }
    }
  }

  // For a small k the product is mostly writing: along the rows of C.
  void run_rows(int64_t first, int64_t rows, int64_t p, int64_t begin, int64_t end) {
    tile_.b_row = g_.b_row;
    for (int64_t i = 0; i < rows;) {
      const int64_t high = rows - i < kWideRows ? rows - i : kWideRows;
      for (int64_t j = begin; j < end; j += width_) {
        tile_.b = g_.b + p * g_.b_row + j;
        run_tile(first + i, high, p, j, end - j < width_ ? end - j : width_);
      }
      i += high;
    }
  }

  int64_t run_tile(int64_t i, int64_t rows, int64_t p, int64_t j, int64_t columns) {
    tile_.a = g_.a + i * g_.a_row + p * g_.a_col;
    if (packed_a_ != nullptr) {
      T* const to = packed_a_ + (i - first_row_) * tile_.k;
      if (j == first_column_) pack_rows<V>(tile_.a, g_.a_col, rows, tile_.k, to);
      tile_.a = to;
      tile_.a_col = rows;
    }
    tile_.c = g_.c + i * g_.c_row + j;
    tile_.columns = columns;
    tile_.bias = last_ && g_.bias != nullptr ? g_.bias + j : nullptr;
    tile_kernel<V>(rows, columns)(tile_);
    if (last_ && g_.activation > Activation::relu) {
      for (int64_t r = 0; r < rows; r++) activate(tile_.c + r * g_.c_row, columns, g_.activation, g_.leaky_slope);
    }
    return rows;
  }

  const Gemm<T>& g_;
  Tile<T> tile_{};
  T* packed_ = nullptr;
  T* packed_a_ = nullptr;
  int64_t first_row_ = 0, first_column_ = 0;
  int64_t width_ = 0;
  bool packs_ = false;
  bool last_ = false;
};

}  // namespace
}  // namespace gradtape::GRADTAPE_ISA
