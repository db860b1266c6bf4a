// The row resample: along an axis, elements of the result are weighted sums of elements of the input, by a list of (from, to, weight).
#include "families.h"
#include "pointwise.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

// The list in the order of its results: entries [start[r], start[r + 1]) make up result r, in the order in which they came.
template <typename T>
struct Entries {
  const int64_t* start;
  const int32_t* from;
  const T* weight;
};

bool check_places(const Call& call, const char* name, const int32_t* places, int64_t count, int64_t end) {
  for (int64_t i = 0; i < count; i++) {
    if (places[i] >= 0 && places[i] < end) continue;
    call.fail("resample: %s %lld at position %lld is not from 0 to %lld", name, static_cast<long long>(places[i]),
              static_cast<long long>(i), static_cast<long long>(end - 1));
    return false;
  }
  return true;
}

// Makes the table; false where there is no memory. Lists that are in order already are read as they lie.
template <typename T>
bool make_table(const int32_t* from, const int32_t* to, const T* weights, int64_t count, int64_t size, Entries<T>& table) {
  int64_t* const start = static_cast<int64_t*>(scratch(Scratch::kernel, (size + 2) * static_cast<int64_t>(sizeof(int64_t))));
  if (start == nullptr) return false;
  for (int64_t r = 0; r < size + 2; r++) start[r] = 0;
  bool ordered = true;
  for (int64_t i = 0; i < count; i++) {
    start[to[i] + 2]++;
    ordered = ordered && (i == 0 || to[i - 1] <= to[i]);
  }
  for (int64_t r = 1; r < size + 2; r++) start[r] += start[r - 1];
  table = {start + 1, from, weights};
  if (ordered) return true;
  T* const weight = static_cast<T*>(scratch(Scratch::kernel_2, count * static_cast<int64_t>(sizeof(T) + sizeof(int32_t))));
  if (weight == nullptr) return false;
  int32_t* const source = reinterpret_cast<int32_t*>(weight + count);
  // Moves start[r + 1] from where result r begins to where it ends, which is where the next one begins.
  for (int64_t i = 0; i < count; i++) {
    const int64_t at = start[to[i] + 1]++;
    source[at] = from[i];
    weight[at] = weights[i];
  }
  table = {start, source, weight};
  return true;
}

// Results whose elements lie `inner` apart along the axis, vectors across them.
template <typename V, typename T>
GRADTAPE_INLINE void wide_row(const Entries<T>& table, int64_t r, const T* x, T* y, int64_t inner) {
  constexpr int64_t kLanes = V::kLanes;
  const int64_t first = table.start[r], last = table.start[r + 1];
  int64_t j = 0;
  for (; j + 4 * kLanes <= inner; j += 4 * kLanes) {
    V a = V::zero(), b = V::zero(), c = V::zero(), d = V::zero();
    for (int64_t e = first; e < last; e++) {
      const T* const p = x + table.from[e] * inner + j;
      const V w = V::set1(table.weight[e]);
      a = fmadd(w, V::load(p), a);
      b = fmadd(w, V::load(p + kLanes), b);
      c = fmadd(w, V::load(p + 2 * kLanes), c);
      d = fmadd(w, V::load(p + 3 * kLanes), d);
    }
    store(y + j, a);
    store(y + j + kLanes, b);
    store(y + j + 2 * kLanes, c);
    store(y + j + 3 * kLanes, d);
  }
  for (; j < inner; j += kLanes) {
    const int64_t n = inner - j < kLanes ? inner - j : kLanes;
    V a = V::zero();
    for (int64_t e = first; e < last; e++) {
      a = fmadd(V::set1(table.weight[e]), V::load_partial(x + table.from[e] * inner + j, n), a);
    }
    store_partial(y + j, a, n);
  }
}

constexpr int kRowsAtOnce = 4;  // of images whose pixels are few numbers: what the table says is read once for all of them

// The same for `Rows` lines of pixels of `Inner` numbers, which the compiler knows; lines lie `x_step` and `y_step` apart.
template <int Inner, int Rows, typename T>
GRADTAPE_INLINE void narrow_lines(const Entries<T>& table, int64_t r, const T* x, int64_t x_step, T* y, int64_t y_step) {
  T sums[Rows][Inner] = {};
  for (int64_t e = table.start[r]; e < table.start[r + 1]; e++) {
    const T* const p = x + int64_t{table.from[e]} * Inner;
    const T w = table.weight[e];
#pragma GCC unroll 4
    for (int i = 0; i < Rows; i++) {
#pragma GCC unroll 4
      for (int j = 0; j < Inner; j++) sums[i][j] += w * p[i * x_step + j];
    }
  }
#pragma GCC unroll 4
  for (int i = 0; i < Rows; i++) {
#pragma GCC unroll 4
    for (int j = 0; j < Inner; j++) y[i * y_step + r * Inner + j] = sums[i][j];
  }
}

template <int Inner, typename T>
void resample_narrow(const Entries<T>& table, const T* x, T* y, int64_t outer, int64_t length, int64_t size, int64_t work) {
  const int64_t groups = (outer + kRowsAtOnce - 1) / kRowsAtOnce, x_step = length * Inner, y_step = size * Inner;
  for_pieces(groups * size, kPiece / (work * kRowsAtOnce) + 1, [=](int64_t at, int64_t end) {
    for (; at < end; at++) {
      const int64_t r = at % size;
      int64_t o = at / size * kRowsAtOnce;
      if (o + kRowsAtOnce <= outer) {
        narrow_lines<Inner, kRowsAtOnce>(table, r, x + o * x_step, x_step, y + o * y_step, y_step);
        continue;
      }
      for (; o < outer; o++) narrow_lines<Inner, 1>(table, r, x + o * x_step, x_step, y + o * y_step, y_step);
    }
  });
}

template <typename V>
void resample_of(const Call& call, int64_t outer, int64_t length, int64_t inner, int64_t size) {
  using T = typename V::Scalar;
  const int64_t count = call.inputs[1].size;
  Entries<T> table;
  if (!make_table(static_cast<const int32_t*>(call.inputs[1].data), static_cast<const int32_t*>(call.inputs[2].data),
                  static_cast<const T*>(call.inputs[3].data), count, size, table)) {
    return call.fail("native: out of memory");
  }
  const T* const x = static_cast<const T*>(call.inputs[0].data);
  T* const y = static_cast<T*>(call.outputs[0].data);
  const int64_t work = (count / size + 1) * inner;
  switch (inner) {
    case 1:
      return resample_narrow<1>(table, x, y, outer, length, size, work);
    case 2:
      return resample_narrow<2>(table, x, y, outer, length, size, work);
    case 3:
      return resample_narrow<3>(table, x, y, outer, length, size, work);
    default:
      break;
  }
  for_pieces(outer * size, kPiece / work + 1, [=](int64_t row, int64_t end) {
    for (; row < end; row++) {
      wide_row<V>(table, row % size, x + row / size * length * inner, y + row * inner, inner);
    }
  });
}

// attrs: the axis, and its size in the result.
void resample(const Call& call) {
  const View& x = call.inputs[0];
  const int32_t axis = static_cast<int32_t>(call.attrs[0]);
  const int64_t length = x.shape[axis], size = static_cast<int64_t>(call.attrs[1]), count = call.inputs[1].size;
  if (!check_places(call, "from", static_cast<const int32_t*>(call.inputs[1].data), count, length)) return;
  if (!check_places(call, "to", static_cast<const int32_t*>(call.inputs[2].data), count, size)) return;
  if (call.outputs[0].size == 0) return;
  int64_t outer = 1, inner = 1;
  for (int32_t d = 0; d < axis; d++) outer *= x.shape[d];
  for (int32_t d = axis + 1; d < x.rank; d++) inner *= x.shape[d];
  if (x.dtype == DType::float64) return resample_of<F64>(call, outer, length, inner, size);
  resample_of<F32>(call, outer, length, inner, size);
}

constexpr Row kRows[] = {{"resample", resample}};

}  // namespace

Table resample_table() { return {kRows, sizeof kRows / sizeof kRows[0]}; }

}  // namespace gradtape::GRADTAPE_ISA
