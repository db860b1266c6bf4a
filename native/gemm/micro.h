// The micro-kernel of the matrix product: one tile of C, held in registers while k runs.
#pragma once
#include "simd/simd.h"

namespace gradtape::GRADTAPE_ISA {

// The largest tile: rows of C by vectors of its columns. Accumulators, one row of B and one broadcast of A fill the registers. Convolutions, whose
// rows are often 14, 28 or 56 results, go up to kMostRows.
#if defined(__AVX512F__)
constexpr int kTileRows = 12, kMostRows = 14;
#elif defined(__AVX2__)
constexpr int kTileRows = 6, kMostRows = 6;
#elif defined(__aarch64__)
constexpr int kTileRows = 8, kMostRows = 8;
#else
constexpr int kTileRows = 4, kMostRows = 4;
#endif
constexpr int kMostVectors = 4;

// How many vectors wide a tile of so many rows is: few rows are made up for by width, so that enough sums are under way.
static constexpr int vectors_for(int64_t rows) {
#if defined(__AVX512F__)
  return rows <= 6 ? 4 : rows <= 8 ? 3 : 2;
#elif defined(__AVX2__)
  return rows <= 2 ? 4 : rows <= 4 ? 3 : 2;
#elif defined(__aarch64__)
  return rows <= 6 ? 4 : 3;
#else
  return rows <= 2 ? 4 : 2;
#endif
}

template <typename T>
struct Tile {
  int64_t k;
  const T* a;  // element (i, p) at a[i * a_row + p * a_col]
  int64_t a_row, a_col;
  const T* b;  // row p at b + p * b_row
  int64_t b_row;
  T* c;
  int64_t c_row;
  int64_t columns;  // within the last vector's reach
  const T* bias;    // added to every row when not null
  bool accumulate;
  bool relu;
  bool far;  // C is not in the caches: it is asked for before the sums begin
  // Of a product in segments: how many there are, each k long, and where in A each begins; B goes on by b_gap elements from one to the next.
  int64_t segments;
  const int64_t* segment;
  int64_t b_gap;
  int64_t lead, trail;  // the first row of A's tile has zeros for the first `lead` columns of a segment, the last one for the last `trail`
};

// The row of A's tile: three rows share a pointer, which is what an x86 address can express.
template <typename T, int kRows>
struct Rows {
  const T* base[(kRows + 2) / 3];
  int64_t row;
  template <int kRow>
  GRADTAPE_MEMBER T at() const {
    return base[kRow / 3][(kRow % 3) * row];
  }
};

template <typename V, int kRows, int kVectors, bool kPartial, bool kSegments>
static __attribute__((noinline)) void multiply_tile(const Tile<typename V::Scalar>& tile) {
  using T = typename V::Scalar;
  constexpr int kLanes = V::kLanes, kGroups = (kRows + 2) / 3;
  const int64_t rest = tile.columns - (kVectors - 1) * kLanes;
  const int64_t c_row = tile.c_row, b_row = tile.b_row, a_col = tile.a_col;
  T* const c = tile.c;
  V sum[kRows][kVectors];
  unroll<kRows>([&](auto i) __attribute__((always_inline)) {
    unroll<kVectors>([&](auto j) __attribute__((always_inline)) { sum[i.value][j.value] = V::zero(); });
  });
  if (tile.far) {
    unroll<kRows>([&](auto i) __attribute__((always_inline)) {
      prefetch(c + i.value * c_row);
      prefetch(c + i.value * c_row + kVectors * kLanes - 1);
    });
  }
  Rows<T, kRows> a;
  a.row = tile.a_row;
  const T* b = tile.b;
  // The next `count` columns of A, for its rows from `first` up to `past`.
  const auto run = [&](int64_t count, auto first, auto past) __attribute__((always_inline)) {
    for (int64_t p = count; p > 0; p--) {
      V row[kVectors];
      unroll<kVectors>([&](auto j) __attribute__((always_inline)) {
        if constexpr (kPartial && j.value == kVectors - 1) {
          row[j.value] = V::load_partial(b + j.value * kLanes, rest);
        } else {
          row[j.value] = V::load(b + j.value * kLanes);
        }
      });
      unroll<kRows>([&](auto i) __attribute__((always_inline)) {
        if constexpr (i.value >= first.value && i.value < past.value) {
          const V x = V::set1(a.template at<i.value>());
          unroll<kVectors>([&](auto j)
                               __attribute__((always_inline)) { sum[i.value][j.value] = fmadd(x, row[j.value], sum[i.value][j.value]); });
        }
      });
      b += b_row;
      unroll<kGroups>([&](auto g) __attribute__((always_inline)) { a.base[g.value] += a_col; });
    }
  };
  const auto start = [&](const T* from) __attribute__((always_inline)) {
    unroll<kGroups>([&](auto g) __attribute__((always_inline)) { a.base[g.value] = from + 3 * g.value * tile.a_row; });
  };
  constexpr Index<0> kNone{};
  constexpr Index<1> kSecond{};
  constexpr Index<kRows - 1> kLast{};
  constexpr Index<kRows> kAll{};
  if constexpr (kSegments) {
    const int64_t inside = tile.k - tile.lead - tile.trail;
    for (int64_t s = 0; s < tile.segments; s++) {
      start(tile.a + tile.segment[s]);
      run(tile.lead, kSecond, kAll);
      run(inside, kNone, kAll);
      run(tile.trail, kNone, kLast);
      b += tile.b_gap;
    }
  } else {
    start(tile.a);
    run(tile.k, kNone, kAll);
  }
  const auto each = [&](auto f) __attribute__((always_inline)) {
    unroll<kRows>([&](auto i) __attribute__((always_inline)) {
      unroll<kVectors>([&](auto j) __attribute__((always_inline)) { f(i, j, sum[i.value][j.value]); });
    });
  };
  if (tile.accumulate) {
    each([&](auto i, auto j, V& s) __attribute__((always_inline)) {
      const T* from = c + i.value * c_row + j.value * kLanes;
      s = s + (kPartial && j.value == kVectors - 1 ? V::load_partial(from, rest) : V::load(from));
    });
  }
  if (tile.bias != nullptr) {
    V bias[kVectors];
    unroll<kVectors>([&](auto j) __attribute__((always_inline)) {
      const T* from = tile.bias + j.value * kLanes;
      bias[j.value] = kPartial && j.value == kVectors - 1 ? V::load_partial(from, rest) : V::load(from);
    });
    each([&](auto, auto j, V& s) __attribute__((always_inline)) { s = s + bias[j.value]; });
  }
  if (tile.relu) each([&](auto, auto, V& s) __attribute__((always_inline)) { s = relu(s); });
  each([&](auto i, auto j, V& s) __attribute__((always_inline)) {
    T* to = c + i.value * c_row + j.value * kLanes;
    if constexpr (kPartial && j.value == kVectors - 1) {
      store_partial(to, s, rest);
    } else {
      store(to, s);
    }
  });
}

}  // namespace gradtape::GRADTAPE_ISA
