// Rows sum and mean over any axes: floats are added in blocks and the blocks in doubles, in an order that the shape decides.
#include "broadcast.h"
#include "families.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

constexpr int64_t kBlock = 1024;    // floats added as floats
constexpr int64_t kTile = 128;      // results computed side by side
constexpr int64_t kPiece = 131072;  // elements worth a thread

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

GRADTAPE_INLINE float plus(float a, float b) { return a + b; }
GRADTAPE_INLINE double plus(double a, double b) { return a + b; }
GRADTAPE_INLINE uint32_t plus(uint32_t a, uint32_t b) { return a + b; }

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

GRADTAPE_INLINE double sum_run(const float* x, int64_t n) {
  double total = 0;
  for (; n > kBlock; n -= kBlock, x += kBlock) total += static_cast<double>(sum_block<F32>(x, kBlock));
  return total + static_cast<double>(sum_block<F32>(x, n));
}
GRADTAPE_INLINE double sum_run(const double* x, int64_t n) { return sum_block<F64>(x, n); }
template <typename T>
GRADTAPE_INLINE uint32_t sum_run(const T* x, int64_t n) {
  uint32_t total = 0;
  for (int64_t i = 0; i < n; i++) total += static_cast<uint32_t>(x[i]);
  return total;
}

// Sums the summands [from, to) of the results [first, last), which lie in one tile, into `totals`.
template <typename T, typename Sum>
void sum_tile(const Axes& axes, const T* x, int64_t first, int64_t last, int64_t from, int64_t to, Sum* totals) {
  const Axes::List& kept = axes.kept;
  const Axes::List& gone = axes.gone;
  if (axes.last_gone) {
    const int64_t run = gone.rank > 0 ? gone.shape[gone.rank - 1] : 1;
    for (int64_t o = first; o < last; o++) {
      const T* const base = x + kept.offset(o);
      Sum total = 0;
      for (int64_t i = from; i < to;) {
        int64_t n = run - i % run;
        if (n > to - i) n = to - i;
        total = plus(total, sum_run(base + gone.offset(i), n));
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
    Sum* const sums = totals + (o - first);
    for (int64_t j = 0; j < n; j++) sums[j] = 0;
    for (int64_t i = from; i < to; i++) {
      const T* const row = base + gone.offset(i);
      for (int64_t j = 0; j < n; j++) sums[j] = plus(sums[j], static_cast<Sum>(row[j]));
    }
    o += n;
  }
}

template <typename T, typename Sum>
void sum_all(const Call& call, const Axes& axes, double divisor) {
  const T* const x = static_cast<const T*>(call.inputs[0].data);
  T* const y = static_cast<T*>(call.outputs[0].data);
  const int64_t results = axes.kept.size, summands = axes.gone.size;
  const auto finish = [&](Sum total) {
    if constexpr (requires { total / divisor; } && sizeof(T) >= 4 && sizeof(Sum) == 8) return static_cast<T>(total / divisor);
    return static_cast<T>(total);
  };
  const int64_t tiles = (results + kTile - 1) / kTile;
  // Few results of many summands: the summands are cut too, and the parts added in order.
  int64_t parts = 1;
  if (tiles < 16) {
    const int64_t wide = results < kTile ? results : kTile;
    parts = summands * wide / kPiece + 1;
    if (parts > 64) parts = 64;
  }
  Sum* const partial =
      parts > 1 ? static_cast<Sum*>(scratch(Scratch::kernel, parts * results * static_cast<int64_t>(sizeof(Sum)))) : nullptr;
  if (parts > 1 && partial == nullptr) return call.fail("sum: out of memory");
  const int64_t part = (summands + parts - 1) / parts;
  const auto work = [&](int64_t task) {
    const int64_t first = task / parts * kTile, p = task % parts;
    const int64_t last = first + kTile < results ? first + kTile : results;
    const int64_t from = p * part < summands ? p * part : summands, to = from + part < summands ? from + part : summands;
    if (partial != nullptr) return sum_tile<T, Sum>(axes, x, first, last, from, to, partial + p * results + first);
    Sum totals[kTile];
    sum_tile<T, Sum>(axes, x, first, last, from, to, totals);
    for (int64_t o = first; o < last; o++) y[o] = finish(totals[o - first]);
  };
  const int64_t tasks = tiles * parts;
  int64_t together = kPiece * tasks / (call.inputs[0].size + 1);
  for_pieces(tasks, together < 1 ? 1 : together, [&](int64_t from, int64_t to) {
    for (int64_t task = from; task < to; task++) work(task);
  });
  if (partial == nullptr) return;
  for (int64_t o = 0; o < results; o++) {
    Sum total = partial[o];
    for (int64_t p = 1; p < parts; p++) total = plus(total, partial[p * results + o]);
    y[o] = finish(total);
  }
}

void sum_row(const Call& call) {
  const Axes axes(call);
  switch (call.inputs[0].dtype) {
    case DType::float32:
      return sum_all<float, double>(call, axes, 1);
    case DType::float64:
      return sum_all<double, double>(call, axes, 1);
    case DType::int32:
      return sum_all<int32_t, uint32_t>(call, axes, 1);
    default:
      return sum_all<uint8_t, uint32_t>(call, axes, 1);
  }
}

// Floats only: integers were converted before.
void mean_row(const Call& call) {
  const Axes axes(call);
  const double count = static_cast<double>(axes.gone.size);
  if (call.inputs[0].dtype == DType::float64) return sum_all<double, double>(call, axes, count);
  sum_all<float, double>(call, axes, count);
}

constexpr Row kRows[] = {{"sum", sum_row}, {"mean", mean_row}};

}  // namespace

Table reduce_table() { return {kRows, sizeof kRows / sizeof kRows[0]}; }

}  // namespace gradtape::GRADTAPE_ISA
