// The frame of the optimizers' steps: one loop over the elements of all variables of a step, whatever rule moves them.
//
// The variables' elements count as one row of elements, in which every variable begins at a multiple of kLine. The row is cut into
// pieces of one size, and threads take pieces: many small variables are one piece on one thread, one large variable is many pieces.
// Nothing has to lie in one slab for that, and since no element depends on another, bits do not depend on threads.
//
// Outputs may be the memory of the value and the slots that they replace: a vector of everything is read before any of it is
// written, and no other vector needs those elements. Keep it so.
//
// The gradient of a table of which few rows were read is those rows, and for each row of the table the place of its gradient among
// them; elsewhere the gradient is zero.
#pragma once
#include "broadcast.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

constexpr int64_t kPiece = 16384;
// Elements in a cache line of floats: no two pieces write to the same line, and only the end of a variable is part of a vector.
constexpr int64_t kLine = 16;

// Element i of a vector of any dtype, or its only element.
[[maybe_unused]] double number_of(const View& view, int64_t i = 0) {
  if (view.size == 0) return __builtin_nan("");
  if (view.size == 1) i = 0;
  switch (view.dtype) {
    case DType::float32:
      return static_cast<double>(static_cast<const float*>(view.data)[i]);
    case DType::float64:
      return static_cast<const double*>(view.data)[i];
    case DType::int32:
      return static_cast<const int32_t*>(view.data)[i];
    default:
      return static_cast<const uint8_t*>(view.data)[i];
  }
}

template <typename V>
GRADTAPE_INLINE V constant(double x) {
  return V::set1(static_cast<typename V::Scalar>(x));
}

// A gradient for rows that were not read, in runs of at most so many elements.
constexpr int64_t kZeros = 1024;
template <typename T>
alignas(64) constexpr T zeros[kZeros] = {};

// A step of variables with S slots each: `scalars` inputs before them, `own` attributes before those that every rule has.
template <int S>
struct Step {
  const View* in;
  const View* out;
  const View* places;  // of the variables whose gradients are some rows
  const View* scales;  // null without
  double rate, limit;
  const double *decay, *sparse;
  int64_t count;
  bool large = false;
  // Whether a variable without decay stays as it is where its gradient is zero.
  bool rests = false;

  Step(const Call& call, int scalars, int own)
      : in(call.inputs + scalars),
        out(call.outputs),
        rate(number_of(call.inputs[0])),
        limit(call.attrs[own]),
        decay(call.attrs + own + 2),
        count(static_cast<int64_t>(call.attrs[own + 1])) {
    sparse = decay + count + 1;
    int64_t end = scalars + count * (2 + S);
    places = call.inputs + end;
    for (int64_t k = 0; k < count; k++) end += sparse[k] != 0;
    scales = end < call.input_count ? call.inputs + end : nullptr;
  }

  // For each row of variable k the place of its gradient; null where every row has its own.
  const View* places_of(int64_t k) const {
    if (sparse[k] == 0) return nullptr;
    const View* found = places;
    for (int64_t j = 0; j < k; j++) found += sparse[j] != 0;
    return found;
  }

  int64_t size_of(int64_t k) const { return out[k * (1 + S)].size; }
  int64_t lines_of(int64_t k) const { return (size_of(k) + kLine - 1) / kLine * kLine; }
};

// The n elements at p, n within 1 and the lanes; where n is known to be all of them, no mask is made.
template <typename V>
GRADTAPE_INLINE V load_some(const typename V::Scalar* p, int64_t n) {
  return n == V::kLanes ? V::load(p) : V::load_partial(p, n);
}
template <typename V>
GRADTAPE_INLINE void store_some(typename V::Scalar* p, V a, int64_t n) {
  if (n == V::kLanes) return store(p, a);
  store_partial(p, a, n);
}

// Elements [from, to) of variable k.
template <typename V, int S, typename Rule>
void move_part(const Step<S>& step, int64_t k, int64_t from, int64_t to, const Rule& shared) {
  using T = typename V::Scalar;
  if (from >= to) return;
  // Of its own, so that the compiler knows that no store changes it.
  const Rule rule = shared;
  const T* in[2 + S];
  T* out[1 + S];
  for (int j = 0; j < 2 + S; j++) in[j] = static_cast<const T*>(step.in[k * (2 + S) + j].data);
  for (int j = 0; j < 1 + S; j++) out[j] = static_cast<T*>(step.out[k * (1 + S) + j].data);
  const bool decays = step.decay[k] != 0, scaled = step.scales != nullptr, cut = step.limit > 0;
  const V decay = constant<V>(step.decay[k] * step.rate), limit = constant<V>(step.limit);
  const V scale = scaled ? constant<V>(number_of(*step.scales, k)) : V::zero();
  const View* const places = step.places_of(k);
  // In place there is nothing to save: the lines are there already. Rows need not begin where a vector may be streamed.
  bool streams = step.large && places == nullptr && static_cast<const T*>(in[0]) != out[0];
  for (int j = 0; j < 1 + S; j++) streams = streams && reinterpret_cast<uintptr_t>(out[j]) % 64 == 0;
  const auto put = [&](T * p, V a, int64_t n) __attribute__((always_inline)) {
    if (streams && n == V::kLanes) return stream(p, a);
    store_some(p, a, n);
  };
  const auto part = [&](int64_t at, const T* from, int64_t n) __attribute__((always_inline)) {
    V value = load_some<V>(in[0] + at, n), gradient = load_some<V>(from, n), slots[1 + S];
    unroll<S>([&](auto j) __attribute__((always_inline)) { slots[j.value] = load_some<V>(in[2 + j.value] + at, n); });
    if (decays) value = fnmadd(value, decay, value);
    if (scaled) gradient = gradient * scale;
    if (cut) gradient = min(max(gradient, -limit), limit);
    value = rule(value, gradient, slots);
    unroll<S>([&](auto j) __attribute__((always_inline)) { put(out[1 + j.value] + at, slots[j.value], n); });
    put(out[0] + at, value, n);
  };
  const bool rests = step.rests && !decays && in[0] == out[0] && (!scaled || __builtin_isfinite(number_of(*step.scales, k)));
  const int64_t given = step.in[k * (2 + S) + 1].size, width = places == nullptr ? 1 : step.size_of(k) / places->size;
  const int32_t* const place = places == nullptr ? nullptr : static_cast<const int32_t*>(places->data);
  const auto has = [&](int64_t row) { return place[row] >= 0 && place[row] < given / width; };
  for (int64_t i = from; i < to;) {
    const T* gradient = in[1] + i;
    int64_t end = to;
    if (place != nullptr) {
      int64_t row = i / width;
      if (has(row)) {
        gradient = in[1] + place[row] * width + i % width;
        end = (row + 1) * width;
      } else {
        const int64_t most = rests || to < i + kZeros ? to : i + kZeros;
        while ((row + 1) * width < most && !has(row + 1)) row++;
        gradient = zeros<T>;
        end = (row + 1) * width < most ? (row + 1) * width : most;
        if (rests) {
          i = end;
          continue;
        }
      }
      if (end > to) end = to;
    }
    for (; i + V::kLanes <= end; i += V::kLanes, gradient += V::kLanes) part(i, gradient, V::kLanes);
    if (i < end) part(i, gradient, end - i);
    i = end;
  }
  if (streams) stream_end();
}

// Moves every variable by `rule`, which is called as rule(value, gradient, slots), changes the slots and returns the next value.
template <typename V, int S, typename Rule>
void move_all(const Call& call, int scalars, int own, const Rule& rule, bool rests = false) {
  Step<S> step(call, scalars, own);
  step.rests = rests;
  int64_t total = 0;
  for (int64_t k = 0; k < step.count; k++) total += step.lines_of(k);
  step.large = total * (1 + S) * static_cast<int64_t>(sizeof(typename V::Scalar)) >= kStreamedBytes;
  if (total <= kPiece) {
    for (int64_t k = 0; k < step.count; k++) move_part<V>(step, k, 0, step.size_of(k), rule);
    return;
  }
  int64_t* const starts = static_cast<int64_t*>(scratch(Scratch::kernel, (step.count + 1) * static_cast<int64_t>(sizeof(int64_t))));
  if (starts == nullptr) return call.fail("native: out of memory");
  starts[0] = 0;
  for (int64_t k = 0; k < step.count; k++) starts[k + 1] = starts[k] + step.lines_of(k);
  for_pieces(total, kPiece, [&](int64_t from, int64_t to) {
    // The last variable that begins at or before `from`.
    int64_t k = 0, end = step.count;
    while (end - k > 1) {
      const int64_t middle = k + (end - k) / 2;
      if (starts[middle] <= from)
        k = middle;
      else
        end = middle;
    }
    for (; k < step.count && starts[k] < to; k++) {
      const int64_t first = from > starts[k] ? from - starts[k] : 0, size = step.size_of(k), last = to - starts[k];
      if (first < size) move_part<V>(step, k, first, last < size ? last : size, rule);
    }
  });
}

// All variables of a step have one floating dtype: the op sees to that.
template <void (*Single)(const Call&), void (*Double)(const Call&)>
void by_dtype(const Call& call) {
  if (call.outputs[0].dtype == DType::float64) return Double(call);
  Single(call);
}

}  // namespace
}  // namespace gradtape::GRADTAPE_ISA
