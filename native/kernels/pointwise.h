// How a function of one or two elements becomes a kernel: walked, cut into pieces, in vectors where the dtype has them.
#pragma once
#include <math.h>

#include "broadcast.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

[[maybe_unused]] constexpr int64_t kPiece = 32768;

template <typename T>
struct VectorOf;
template <>
struct VectorOf<float> {
  using Type = F32;
};
template <>
struct VectorOf<double> {
  using Type = F64;
};
template <>
struct VectorOf<int32_t> {
  using Type = I32;
};

// Steps that load a vector, or repeat one value.
template <bool Steps, typename V>
GRADTAPE_INLINE V take(const typename V::Scalar* p, int64_t i) {
  if constexpr (Steps) return V::load(p + i);
  return V::set1(*p);
}
template <bool Steps, typename V>
GRADTAPE_INLINE V take_partial(const typename V::Scalar* p, int64_t i, int64_t n) {
  if constexpr (Steps) return V::load_partial(p + i, n);
  return V::set1(*p);
}

template <typename F, bool StepA, bool StepB, typename T>
GRADTAPE_INLINE void run_pair(const T* a, const T* b, T* y, int64_t n) {
  if constexpr (sizeof(T) == 1) {
    for (int64_t i = 0; i < n; i++)
      y[i] = static_cast<T>(F::of(static_cast<int32_t>(a[StepA ? i : 0]), static_cast<int32_t>(b[StepB ? i : 0])));
  } else if constexpr (requires(typename VectorOf<T>::Type v) { F::of(v, v); }) {
    using V = typename VectorOf<T>::Type;
    int64_t i = 0;
    for (; i + V::kLanes <= n; i += V::kLanes) store(y + i, F::of(take<StepA, V>(a, i), take<StepB, V>(b, i)));
    if (i < n) store_partial(y + i, F::of(take_partial<StepA, V>(a, i, n - i), take_partial<StepB, V>(b, i, n - i)), n - i);
  } else {
    for (int64_t i = 0; i < n; i++) y[i] = F::of(a[StepA ? i : 0], b[StepB ? i : 0]);
  }
}

template <typename F, typename T>
void pairs(const Call& call) {
  const Walk walk(call.outputs[0], call.inputs, 2);
  const T* const a = static_cast<const T*>(call.inputs[0].data);
  const T* const b = static_cast<const T*>(call.inputs[1].data);
  T* const y = static_cast<T*>(call.outputs[0].data);
  const bool step_a = walk.stride[0][walk.rank - 1] != 0, step_b = walk.stride[1][walk.rank - 1] != 0;
  for_pieces(walk.size, kPiece, [&](int64_t from, int64_t to) {
    walk.runs(from, to, [&](int64_t at, const int64_t* offset, int64_t n) {
      const T* const p = a + offset[0];
      const T* const q = b + offset[1];
      if (step_a && step_b) return run_pair<F, true, true>(p, q, y + at, n);
      if (step_a) return run_pair<F, true, false>(p, q, y + at, n);
      if (step_b) return run_pair<F, false, true>(p, q, y + at, n);
      run_pair<F, false, false>(p, q, y + at, n);
    });
  });
}

template <typename F>
void binary(const Call& call) {
  switch (call.outputs[0].dtype) {
    case DType::float32:
      return pairs<F, float>(call);
    case DType::float64:
      return pairs<F, double>(call);
    case DType::int32:
      return pairs<F, int32_t>(call);
    default:
      return pairs<F, uint8_t>(call);
  }
}

// An op with constants of its own is an object; one without is a type.
template <typename F, typename T>
void each_by(const Call& call, const F& f) {
  const T* const x = static_cast<const T*>(call.inputs[0].data);
  T* const y = static_cast<T*>(call.outputs[0].data);
  for_pieces(call.outputs[0].size, kPiece, [&](int64_t from, int64_t to) {
    int64_t i = from;
    if constexpr (sizeof(T) == 1) {
      for (; i < to; i++) y[i] = static_cast<T>(f.of(static_cast<int32_t>(x[i])));
    } else if constexpr (requires(typename VectorOf<T>::Type v) { f.of(v); }) {
      using V = typename VectorOf<T>::Type;
      for (; i + V::kLanes <= to; i += V::kLanes) store(y + i, f.of(V::load(x + i)));
      if (i < to) store_partial(y + i, f.of(V::load_partial(x + i, to - i)), to - i);
    } else {
      for (; i < to; i++) y[i] = f.of(x[i]);
    }
  });
}

template <typename F, typename T>
void each(const Call& call) {
  each_by<F, T>(call, F{});
}

template <typename F>
void unary_float_by(const Call& call, const F& f) {
  if (call.outputs[0].dtype == DType::float64) return each_by<F, double>(call, f);
  each_by<F, float>(call, f);
}

template <typename F>
void unary_by(const Call& call, const F& f) {
  switch (call.outputs[0].dtype) {
    case DType::float32:
      return each_by<F, float>(call, f);
    case DType::float64:
      return each_by<F, double>(call, f);
    case DType::int32:
      return each_by<F, int32_t>(call, f);
    default:
      return each_by<F, uint8_t>(call, f);
  }
}

// An op on floats: integers were converted before.
template <typename F>
void unary_float(const Call& call) {
  unary_float_by(call, F{});
}

template <typename F>
void unary(const Call& call) {
  unary_by(call, F{});
}

// A number as JavaScript's typed arrays keep it: integers without their fraction, wrapped around, and 0 for what is no number.
template <typename T>
[[maybe_unused]] T stored_as(double x) {
  if constexpr (static_cast<T>(0.5) != 0) {
    return static_cast<T>(x);
  } else {
    if (!(x - x == 0)) return 0;
    return static_cast<T>(static_cast<uint32_t>(static_cast<int64_t>(::fmod(::trunc(x), 4294967296.0))));
  }
}

template <typename T>
[[maybe_unused]] void fill_view(const View& y, T value) {
  T* const data = static_cast<T*>(y.data);
  for_pieces(y.size, 2 * kPiece, [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i++) data[i] = value;
  });
}

[[maybe_unused]] int32_t wrapped(uint32_t x) { return static_cast<int32_t>(x); }

// Calls f(T{}) for the C++ type of a dtype.
template <typename F>
GRADTAPE_INLINE void with_type(DType dtype, const F& f) {
  switch (dtype) {
    case DType::float32:
      return f(float{});
    case DType::float64:
      return f(double{});
    case DType::int32:
      return f(int32_t{});
    default:
      return f(uint8_t{});
  }
}

template <typename F>
void binary_float(const Call& call) {
  if (call.outputs[0].dtype == DType::float64) return pairs<F, double>(call);
  pairs<F, float>(call);
}

}  // namespace
}  // namespace gradtape::GRADTAPE_ISA
