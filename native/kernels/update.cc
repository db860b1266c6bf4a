// Rows sgdUpdate, rmspropUpdate and adamUpdate: one pass over a variable, its gradient and its slots.
#include <math.h>

#include "broadcast.h"
#include "families.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

constexpr int64_t kPiece = 16384;

// The only element of a scalar of any dtype.
double scalar_of(const View& view) {
  if (view.size == 0) return __builtin_nan("");
  switch (view.dtype) {
    case DType::float32:
      return static_cast<double>(*static_cast<const float*>(view.data));
    case DType::float64:
      return *static_cast<const double*>(view.data);
    case DType::int32:
      return *static_cast<const int32_t*>(view.data);
    default:
      return *static_cast<const uint8_t*>(view.data);
  }
}

template <typename V>
GRADTAPE_INLINE V constant(double x) {
  return V::set1(static_cast<typename V::Scalar>(x));
}

// The n elements at p, n within 1 and the lanes; where n is known to be all of them, no mask is made.
template <typename V>
GRADTAPE_INLINE V load_some(const void* data, int64_t at, int64_t n) {
  const typename V::Scalar* const p = static_cast<const typename V::Scalar*>(data) + at;
  return n == V::kLanes ? V::load(p) : V::load_partial(p, n);
}
template <typename V>
GRADTAPE_INLINE void store_some(void* data, int64_t at, V a, int64_t n) {
  typename V::Scalar* const p = static_cast<typename V::Scalar*>(data) + at;
  if (n == V::kLanes) return store(p, a);
  store_partial(p, a, n);
}

// Calls f(at, n) for every vector of [0, size), the last of each piece perhaps a part of one.
template <typename V, typename F>
GRADTAPE_INLINE void for_vectors(int64_t size, const F& f) {
  for_pieces(size, kPiece, [&](int64_t from, int64_t to) {
    int64_t i = from;
    for (; i + V::kLanes <= to; i += V::kLanes) f(i, static_cast<int64_t>(V::kLanes));
    if (i < to) f(i, to - i);
  });
}

// Inputs value, gradient, rate and perhaps a velocity; attrs momentum, nesterov.
template <typename V>
void sgd(const Call& call) {
  const View* const in = call.inputs;
  const View* const out = call.outputs;
  const V step = constant<V>(scalar_of(in[2])), momentum = constant<V>(call.attrs[0]);
  const bool nesterov = call.attrs[1] != 0, moving = call.input_count > 3;
  for_vectors<V>(
      out[0].size, [=](int64_t at, int64_t n) __attribute__((always_inline)) {
        const V change = -(step * load_some<V>(in[1].data, at, n));
        const V value = load_some<V>(in[0].data, at, n);
        if (!moving) return store_some(out[0].data, at, value + change, n);
        const V speed = fmadd(momentum, load_some<V>(in[3].data, at, n), change);
        store_some(out[1].data, at, speed, n);
        store_some(out[0].data, at, value + (nesterov ? fmadd(momentum, speed, change) : speed), n);
      });
}

// Inputs value, gradient, rate, mean square, then a speed if there is momentum, then a mean if centered; attrs rho, momentum,
// epsilon, centered.
template <typename V>
void rmsprop(const Call& call) {
  const View* const in = call.inputs;
  const View* const out = call.outputs;
  const V step = constant<V>(scalar_of(in[2])), rho = constant<V>(call.attrs[0]), rest = constant<V>(1 - call.attrs[0]);
  const V momentum = constant<V>(call.attrs[1]), epsilon = constant<V>(call.attrs[2]);
  const bool moving = call.attrs[1] > 0, centered = call.attrs[3] != 0;
  const int mean_at = call.input_count - 1;
  for_vectors<V>(
      out[0].size, [=](int64_t at, int64_t n) __attribute__((always_inline)) {
        const V g = load_some<V>(in[1].data, at, n);
        const V square = fmadd(rho, load_some<V>(in[3].data, at, n), rest * g * g);
        store_some(out[1].data, at, square, n);
        V variance = square;
        if (centered) {
          const V mean = fmadd(rho, load_some<V>(in[mean_at].data, at, n), rest * g);
          store_some(out[mean_at - 2].data, at, mean, n);
          variance = fnmadd(mean, mean, variance);
        }
        V change = step * g / sqrt(variance + epsilon);
        if (moving) {
          change = fmadd(momentum, load_some<V>(in[4].data, at, n), change);
          store_some(out[2].data, at, change, n);
        }
        store_some(out[0].data, at, load_some<V>(in[0].data, at, n) - change, n);
      });
}

// Inputs value, gradient, rate, steps before this one, both moments and perhaps the greatest second one; attrs beta1, beta2,
// epsilon, amsgrad.
template <typename V>
void adam(const Call& call) {
  const View* const in = call.inputs;
  const View* const out = call.outputs;
  const double beta1 = call.attrs[0], beta2 = call.attrs[1], t = scalar_of(in[3]) + 1;
  const V step = constant<V>(scalar_of(in[2]) * ::sqrt(1 - ::pow(beta2, t)) / (1 - ::pow(beta1, t)));
  const V part1 = constant<V>(1 - beta1), part2 = constant<V>(1 - beta2), epsilon = constant<V>(call.attrs[2]);
  const bool greatest = call.attrs[3] != 0;
  for_vectors<V>(
      out[0].size, [=](int64_t at, int64_t n) __attribute__((always_inline)) {
        const V g = load_some<V>(in[1].data, at, n);
        const V first = load_some<V>(in[4].data, at, n), second = load_some<V>(in[5].data, at, n);
        const V m = fmadd(g - first, part1, first), v = fmadd(fmsub(g, g, second), part2, second);
        store_some(out[1].data, at, m, n);
        store_some(out[2].data, at, v, n);
        V scale = v;
        if (greatest) {
          scale = max(load_some<V>(in[6].data, at, n), v);
          store_some(out[3].data, at, scale, n);
        }
        store_some(out[0].data, at, load_some<V>(in[0].data, at, n) - m * step / (sqrt(scale) + epsilon), n);
      });
}

// Everything but the scalars has the dtype of the variable, which is a floating one: the op sees to that.
template <void (*Single)(const Call&), void (*Double)(const Call&)>
void update(const Call& call) {
  if (call.outputs[0].dtype == DType::float64) return Double(call);
  Single(call);
}

constexpr Row kRows[] = {
    {"sgdUpdate", update<sgd<F32>, sgd<F64>>},
    {"rmspropUpdate", update<rmsprop<F32>, rmsprop<F64>>},
    {"adamUpdate", update<adam<F32>, adam<F64>>},
};

}  // namespace

Table update_table() { return {kRows, sizeof kRows / sizeof kRows[0]}; }

}  // namespace gradtape::GRADTAPE_ISA
