// How elements over any axes become one: in blocks, in an order that the shape decides, on several threads where it pays.
#pragma once
#include "pointwise.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

constexpr int64_t kTile = 128;          // results computed one after the other
constexpr int64_t kWideTile = 512;      // results computed side by side: long stretches of each row
constexpr int64_t kRowsTogether = 8;    // rows of them that are folded before they are joined to the others
constexpr int64_t kFoldPiece = 131072;  // elements worth a thread
constexpr int64_t kSumBlock = 1024;     // floats added as floats

template <typename V>
GRADTAPE_INLINE typename V::Scalar sum_block(const typename V::Scalar* x, int64_t n) {
  V s0 = V::zero(), s1 = V::zero(), s2 = V::zero(), s3 = V::zero();
  int64_t i = 0;
  for (; i + 4 * V::kLanes <= n; i += 4 * V::kLanes) {
    s0 = s0 + V::load(x + i);
    s1 = s1 + V::load(x + i + V::kLanes);
    s2 = s2 + V::load(x + i + 2 * V::kLanes);
    s3 = s3 + V::load(x + i + 3 * V::kLanes);
  }
  for (; i + V::kLanes <= n; i += V::kLanes) s0 = s0 + V::load(x + i);
  if (i < n) s1 = s1 + V::load_partial(x + i, n - i);
  return sum((s0 + s1) + (s2 + s3));
}

// Axes with neighbours of the same kind merged: `kept` ones make the result, `gone` ones are summed over.
struct Axes {
  struct List {
    int32_t rank = 0;
    int64_t size = 1;
    int64_t shape[kMaxRank], stride[kMaxRank];

    int64_t offset(int64_t i) const {
      int64_t at = 0;
      for (int32_t d = rank - 1; d >= 0; d--) {
        at += i % shape[d] * stride[d];
        i /= shape[d];
      }
      return at;
    }
  };
  List kept, gone;
  bool last_gone = true;

  explicit Axes(const Call& call) {
    const View& x = call.inputs[0];
    bool reduced[kMaxRank] = {};
    for (int64_t i = 0; i < static_cast<int64_t>(call.attrs[0]); i++) reduced[static_cast<int32_t>(call.attrs[1 + i])] = true;
    int64_t stride = x.size;
    int32_t before = -1;
    for (int32_t d = 0; d < x.rank; d++) {
      const int64_t length = x.shape[d];
      if (length == 0) {
        stride = 0;
      } else {
        stride /= length;
      }
      if (reduced[d]) {
        gone.size *= length;
      } else {
        kept.size *= length;
      }
      if (length == 1) continue;
      List& list = reduced[d] ? gone : kept;
      if (before == static_cast<int32_t>(reduced[d])) {
        list.shape[list.rank - 1] *= length;
        list.stride[list.rank - 1] = stride;
      } else {
        list.shape[list.rank] = length;
        list.stride[list.rank++] = stride;
      }
      before = reduced[d];
    }
    last_gone = before != 0;
  }
};

// A fold F has a type Sum, start(), join(a, b), run(x, n, o) for what n neighbouring elements add to result o, and
// strip(x, n, o, totals) that adds one element to each of n neighbouring results. It may have strips(x, step, n, totals) for kRowsTogether at once.

// Folds the elements [from, to) of the results [first, last), which lie in one tile, into `totals`.
template <typename F, typename T>
void fold_tile(const Axes& axes, const F& f, const T* x, int64_t first, int64_t last, int64_t from, int64_t to, typename F::Sum* totals) {
  const Axes::List& kept = axes.kept;
  const Axes::List& gone = axes.gone;
  if (axes.last_gone) {
    const int64_t run = gone.rank > 0 ? gone.shape[gone.rank - 1] : 1;
    for (int64_t o = first; o < last; o++) {
      const T* const base = x + kept.offset(o);
      typename F::Sum total = f.start();
      for (int64_t i = from; i < to;) {
        int64_t n = run - i % run;
        if (n > to - i) n = to - i;
        total = f.join(total, f.run(base + gone.offset(i), n, o));
        i += n;
      }
      totals[o - first] = total;
    }
    return;
  }
  const int64_t run = kept.shape[kept.rank - 1];
  for (int64_t o = first; o < last;) {
    int64_t n = run - o % run;
    if (n > last - o) n = last - o;
    const T* const base = x + kept.offset(o);
    typename F::Sum* const sums = totals + (o - first);
    for (int64_t j = 0; j < n; j++) sums[j] = f.start();
    int64_t i = from;
    if constexpr (requires { f.strips(base, i, n, sums); }) {
      const int64_t length = gone.rank > 0 ? gone.shape[gone.rank - 1] : 1, step = gone.rank > 0 ? gone.stride[gone.rank - 1] : 0;
      while (i + kRowsTogether <= to) {
        const int64_t left = length - i % length;
        if (left >= kRowsTogether) {
          f.strips(base + gone.offset(i), step, n, sums);
          i += kRowsTogether;
        } else {
          for (int64_t end = i + left; i < end; i++) f.strip(base + gone.offset(i), n, o, sums);
        }
      }
    }
    for (; i < to; i++) f.strip(base + gone.offset(i), n, o, sums);
    o += n;
  }
}

// Few results of many elements: the elements are cut too, and the parts joined in order.
[[maybe_unused]] int64_t fold_parts(int64_t results, int64_t summands, int64_t tile) {
  if ((results + tile - 1) / tile >= 16) return 1;
  const int64_t parts = summands * (results < tile ? results : tile) / kFoldPiece + 1;
  return parts > 64 ? 64 : parts;
}

// Calls done(o, total) for every result. Uses Scratch::kernel.
template <typename F, typename T, typename Done>
void fold(const Call& call, const Axes& axes, const F& f, const T* x, const Done& done) {
  using Sum = typename F::Sum;
  const int64_t results = axes.kept.size, summands = axes.gone.size;
  const int64_t tile = axes.last_gone ? kTile : kWideTile, tiles = (results + tile - 1) / tile;
  const int64_t parts = fold_parts(results, summands, tile);
  Sum* const partial =
      parts > 1 ? static_cast<Sum*>(scratch(Scratch::kernel, parts * results * static_cast<int64_t>(sizeof(Sum)))) : nullptr;
  if (parts > 1 && partial == nullptr) return call.fail("native: out of memory");
  const int64_t part = (summands + parts - 1) / parts;
  const auto work = [&](int64_t task) {
    const int64_t first = task / parts * tile, p = task % parts;
    const int64_t last = first + tile < results ? first + tile : results;
    const int64_t from = p * part < summands ? p * part : summands, to = from + part < summands ? from + part : summands;
    if (partial != nullptr) return fold_tile(axes, f, x, first, last, from, to, partial + p * results + first);
    Sum totals[kWideTile];
    fold_tile(axes, f, x, first, last, from, to, totals);
    for (int64_t o = first; o < last; o++) done(o, totals[o - first]);
  };
  const int64_t tasks = tiles * parts;
  const int64_t together = kFoldPiece * tasks / (call.inputs[0].size + 1);
  for_pieces(tasks, together < 1 ? 1 : together, [&](int64_t from, int64_t to) {
    for (int64_t task = from; task < to; task++) work(task);
  });
  if (partial == nullptr) return;
  for (int64_t o = 0; o < results; o++) {
    Sum total = partial[o];
    for (int64_t p = 1; p < parts; p++) total = f.join(total, partial[p * results + o]);
    done(o, total);
  }
}

// The greatest (Sign 1) or least (Sign -1) element; NaN if there is one.
template <typename T, int Sign>
struct Extreme {
  using Sum = T;
  static constexpr bool kFloating = static_cast<T>(0.5) != 0;

  static GRADTAPE_MEMBER T start() {
    if constexpr (kFloating) {
      return static_cast<T>(-Sign * __builtin_inf());
    } else if constexpr (sizeof(T) == 1) {
      return Sign > 0 ? 0 : 255;
    } else {
      return Sign > 0 ? INT32_MIN : INT32_MAX;
    }
  }
  static GRADTAPE_MEMBER T join(T a, T b) { return (Sign > 0 ? a > b : a < b) || a != a ? a : b; }
  template <typename V>
  static GRADTAPE_MEMBER V of(V a, V b) {
    if constexpr (Sign > 0) return max(a, b);
    return min(a, b);
  }
  static GRADTAPE_MEMBER T run(const T* x, int64_t n, int64_t) {
    T best = start();
    int64_t i = 0;
    if constexpr (sizeof(T) > 1) {
      using V = typename VectorOf<T>::Type;
      if (n >= 4 * V::kLanes) {
        V a = V::set1(best), b = a, c = a, d = a;
        for (; i + 4 * V::kLanes <= n; i += 4 * V::kLanes) {
          a = of(a, V::load(x + i));
          b = of(b, V::load(x + i + V::kLanes));
          c = of(c, V::load(x + i + 2 * V::kLanes));
          d = of(d, V::load(x + i + 3 * V::kLanes));
        }
        alignas(64) T lanes[V::kLanes];
        store(lanes, of(of(a, b), of(c, d)));
        for (int j = 0; j < V::kLanes; j++) best = join(best, lanes[j]);
      }
    }
    for (; i < n; i++) best = join(best, x[i]);
    return best;
  }
  static GRADTAPE_MEMBER void strip(const T* x, int64_t n, int64_t, T* totals) {
    for (int64_t j = 0; j < n; j++) totals[j] = join(totals[j], x[j]);
  }
};

}  // namespace
}  // namespace gradtape::GRADTAPE_ISA
