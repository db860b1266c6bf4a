// Rows max, min, argMax, argMin, any, all, and how an extreme's gradient is shared.
#include <string.h>

#include "families.h"
#include "fold.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

template <int Sign>
void extreme(const Call& call) {
  const Axes axes(call);
  with_type(call.inputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    T* const y = static_cast<T*>(call.outputs[0].data);
    fold(call, axes, Extreme<T, Sign>{}, static_cast<const T*>(call.inputs[0].data), [=](int64_t o, T best) { y[o] = best; });
  });
}

// Whether any is true (Wanted 1), or (0) whether none is false.
template <uint8_t Wanted>
struct Truth {
  using Sum = uint8_t;
  static GRADTAPE_MEMBER uint8_t start() { return 1 - Wanted; }
  static GRADTAPE_MEMBER uint8_t join(uint8_t a, uint8_t b) { return static_cast<uint8_t>(Wanted == 1 ? a | b : a & b); }
  static GRADTAPE_MEMBER uint8_t run(const uint8_t* x, int64_t n, int64_t) {
    return memchr(x, Wanted, static_cast<size_t>(n)) != nullptr ? Wanted : 1 - Wanted;
  }
  static GRADTAPE_MEMBER void strip(const uint8_t* x, int64_t n, int64_t, uint8_t* totals) {
    for (int64_t j = 0; j < n; j++) totals[j] = join(totals[j], x[j]);
  }
};

template <uint8_t Wanted>
void truth(const Call& call) {
  uint8_t* const y = static_cast<uint8_t*>(call.outputs[0].data);
  fold(call, Axes(call), Truth<Wanted>{}, static_cast<const uint8_t*>(call.inputs[0].data),
       [=](int64_t o, uint8_t found) { y[o] = found; });
}

template <typename T>
GRADTAPE_INLINE bool same(T a, T b) {
  return a == b || (a != a && b != b);
}

// How many elements are the extreme of their line.
template <typename T>
struct Ties {
  using Sum = int32_t;
  const T* extreme;

  static GRADTAPE_MEMBER int32_t start() { return 0; }
  static GRADTAPE_MEMBER int32_t join(int32_t a, int32_t b) { return a + b; }
  GRADTAPE_MEMBER int32_t run(const T* x, int64_t n, int64_t o) const {
    const T y = extreme[o];
    int32_t count = 0;
    for (int64_t i = 0; i < n; i++) count += same(x[i], y);
    return count;
  }
  GRADTAPE_MEMBER void strip(const T* x, int64_t n, int64_t o, int32_t* totals) const {
    for (int64_t j = 0; j < n; j++) totals[j] += same(x[j], extreme[o + j]);
  }
};

template <typename T>
void share_of(const Call& call) {
  const View& x = call.inputs[0];
  const View& y = call.inputs[1];
  const Axes axes(call);
  int32_t* const ties = static_cast<int32_t*>(scratch(Scratch::kernel_2, axes.kept.size * static_cast<int64_t>(sizeof(int32_t))));
  if (ties == nullptr) return call.fail("native: out of memory");
  const T* const values = static_cast<const T*>(x.data);
  const T* const extremes = static_cast<const T*>(y.data);
  T* const share = static_cast<T*>(call.outputs[0].data);
  fold(call, axes, Ties<T>{extremes}, values, [=](int64_t o, int32_t count) { ties[o] = count; });
  const Walk walk(x, call.inputs, 2);
  const bool steps = walk.stride[1][walk.rank - 1] != 0;
  for_pieces(walk.size, kPiece, [&](int64_t from, int64_t to) {
    walk.runs(from, to, [&](int64_t at, const int64_t* offset, int64_t n) {
      const T* const best = extremes + offset[1];
      const int32_t* const count = ties + offset[1];
      for (int64_t i = 0; i < n; i++) {
        const int64_t o = steps ? i : 0;
        share[at + i] = same(values[at + i], best[o]) ? static_cast<T>(1.0 / count[o]) : T{0};
      }
    });
  });
}

// Inputs x and its extreme with reduced axes of size 1.
void extreme_share(const Call& call) {
  with_type(call.inputs[0].dtype, [&](auto zero) { share_of<decltype(zero)>(call); });
}

// The first place of the extreme in a line of neighbours.
template <typename T, int Sign>
GRADTAPE_INLINE int32_t place_in(const T* x, int64_t n) {
  const T best = Extreme<T, Sign>::run(x, n, 0);
  int64_t i = 0;
  while (!same(x[i], best)) i++;
  return static_cast<int32_t>(i);
}

// The first places of the extremes of `lines` lines side by side.
template <typename T, int Sign>
GRADTAPE_INLINE void places(const T* x, int64_t count, int64_t step, int64_t lines, int32_t* at) {
  T best[kTile];
  for (int64_t j = 0; j < lines; j++) best[j] = x[j], at[j] = 0;
  for (int64_t i = 1; i < count; i++) {
    const T* const row = x + i * step;
    for (int64_t j = 0; j < lines; j++) {
      const T v = row[j], b = best[j];
      const bool better = (Sign > 0 ? v > b : v < b) || ((v != v) & (b == b));
      best[j] = better ? v : b;
      at[j] = better ? static_cast<int32_t>(i) : at[j];
    }
  }
}

// attrs: the axis.
template <int Sign>
void extreme_index(const Call& call) {
  const View& x = call.inputs[0];
  const int32_t axis = static_cast<int32_t>(call.attrs[0]);
  int32_t* const y = static_cast<int32_t*>(call.outputs[0].data);
  if (x.size == 0) return;
  const int64_t count = x.shape[axis], all = x.size / count, piece = kPiece / count > 0 ? kPiece / count : 1;
  int64_t step = 1;
  for (int32_t d = axis + 1; d < x.rank; d++) step *= x.shape[d];
  with_type(x.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T* const data = static_cast<const T*>(x.data);
    for_pieces(all, piece, [&](int64_t from, int64_t to) {
      for (int64_t at = from; at < to;) {
        const T* const start = data + (at / step * step * count + at % step);
        int64_t lines = 1;
        if (step == 1) {
          y[at] = place_in<T, Sign>(start, count);
        } else {
          lines = step - at % step < to - at ? step - at % step : to - at;
          if (lines > kTile) lines = kTile;
          places<T, Sign>(start, count, step, lines, y + at);
        }
        at += lines;
      }
    });
  });
}

constexpr Row kRows[] = {
    {"max", extreme<1>}, {"min", extreme<-1>}, {"argMax", extreme_index<1>},    {"argMin", extreme_index<-1>},
    {"any", truth<1>},   {"all", truth<0>},    {"extremeShare", extreme_share},
};

}  // namespace

Table extremes_table() { return {kRows, sizeof kRows / sizeof kRows[0]}; }

}  // namespace gradtape::GRADTAPE_ISA
