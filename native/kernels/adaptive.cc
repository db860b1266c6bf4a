// Rows adagradUpdate, adadeltaUpdate, adamaxUpdate, nadamUpdate, lionUpdate and ftrlUpdate, in the frame of update.h.
#include <math.h>

#include "families.h"
#include "simd/math.h"
#include "update.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

// Slot: the sum of squares. Attribute epsilon.
template <typename V>
void adagrad(const Call& call) {
  const V step = constant<V>(number_of(call.inputs[0])), epsilon = constant<V>(call.attrs[0]);
  move_all<V, 1>(
      call, 1, 1, [=](V value, V g, V * slots) __attribute__((always_inline)) {
        slots[0] = fmadd(g, g, slots[0]);
        return value - step * g / sqrt(slots[0] + epsilon);
      });
}

// Slots: mean squares of the gradient and of the changes. Attributes rho, epsilon.
template <typename V>
void adadelta(const Call& call) {
  const V step = constant<V>(number_of(call.inputs[0])), rho = constant<V>(call.attrs[0]), rest = constant<V>(1 - call.attrs[0]);
  const V epsilon = constant<V>(call.attrs[1]);
  move_all<V, 2>(
      call, 1, 2, [=](V value, V g, V * slots) __attribute__((always_inline)) {
        slots[0] = fmadd(rho, slots[0], rest * g * g);
        const V change = -(sqrt(slots[1] + epsilon) * g / sqrt(slots[0] + epsilon));
        slots[1] = fmadd(rho, slots[1], rest * change * change);
        return fmadd(step, change, value);
      });
}

// Slots: the first moment and the greatest magnitude. Attributes beta1, beta2, epsilon.
template <typename V>
void adamax(const Call& call) {
  const double beta1 = call.attrs[0], t = number_of(call.inputs[1]) + 1;
  const V step = constant<V>(number_of(call.inputs[0]) / (1 - ::pow(beta1, t))), part1 = constant<V>(1 - beta1);
  const V beta2 = constant<V>(call.attrs[1]), epsilon = constant<V>(call.attrs[2]);
  move_all<V, 2>(
      call, 2, 3, [=](V value, V g, V * slots) __attribute__((always_inline)) {
        slots[0] = fmadd(g - slots[0], part1, slots[0]);
        slots[1] = max(beta2 * slots[1], abs(g));
        return value - step * slots[0] / (slots[1] + epsilon);
      });
}

// Slots: both moments. Attributes beta1, beta2, epsilon.
template <typename V>
void nadam(const Call& call) {
  const double beta1 = call.attrs[0], beta2 = call.attrs[1], rate = number_of(call.inputs[0]), t = number_of(call.inputs[1]) + 1;
  const double product = number_of(call.inputs[2]);
  const double now = beta1 * (1 - 0.5 * ::pow(0.96, t)), soon = beta1 * (1 - 0.5 * ::pow(0.96, t + 1));
  const V of_moment = constant<V>(rate * soon / (1 - product * soon)), of_gradient = constant<V>(rate * (1 - now) / (1 - product));
  const V unbias = constant<V>(1 / (1 - ::pow(beta2, t))), epsilon = constant<V>(call.attrs[2]);
  const V part1 = constant<V>(1 - beta1), part2 = constant<V>(1 - beta2);
  move_all<V, 2>(
      call, 3, 3, [=](V value, V g, V * slots) __attribute__((always_inline)) {
        slots[0] = fmadd(g - slots[0], part1, slots[0]);
        slots[1] = fmadd(fmsub(g, g, slots[1]), part2, slots[1]);
        return value - fmadd(of_moment, slots[0], of_gradient * g) / (sqrt(slots[1] * unbias) + epsilon);
      });
}

// Slot: the moment. Attributes beta1, beta2.
template <typename V>
void lion(const Call& call) {
  const V step = constant<V>(number_of(call.inputs[0]));
  const V beta1 = constant<V>(call.attrs[0]), rest1 = constant<V>(1 - call.attrs[0]);
  const V beta2 = constant<V>(call.attrs[1]), rest2 = constant<V>(1 - call.attrs[1]);
  move_all<V, 1>(
      call, 1, 2, [=](V value, V g, V * slots) __attribute__((always_inline)) {
        const V x = fmadd(beta1, slots[0], rest1 * g);
        slots[0] = fmadd(beta2, slots[0], rest2 * g);
        // Its sign: NaN for NaN.
        const V sign = select(lt(V::zero(), x), V::set1(1), select(lt(x, V::zero()), V::set1(-1), x));
        return fnmadd(step, sign, value);
      });
}

GRADTAPE_INLINE F32 power_of(F32 x, F32 y) { return pow(x, y); }
GRADTAPE_INLINE F64 power_of(F64 x, F64 y) {
  alignas(64) double a[F64::kLanes], b[F64::kLanes];
  store(a, x);
  store(b, y);
  for (int i = 0; i < F64::kLanes; i++) a[i] = ::pow(a[i], b[i]);
  return F64::load(a);
}

// Slots: the sum of squares and the linear term. Attributes: the power of the rate, the strengths l1, l2 and of the shrinkage, beta.
template <typename V, bool Root>
void ftrl_of(const Call& call) {
  const double rate = number_of(call.inputs[0]);
  const V step = constant<V>(rate), exponent = constant<V>(-call.attrs[0]), l1 = constant<V>(call.attrs[1]);
  const V l2 = constant<V>(2 * call.attrs[2] + call.attrs[4] / rate), shrinkage = constant<V>(2 * call.attrs[3]);
  move_all<V, 2>(
      call, 1, 5, [=](V value, V g, V * slots) __attribute__((always_inline)) {
        const V squares = fmadd(g, g, slots[0]);
        V power, before;
        if constexpr (Root) {
          power = sqrt(squares);
          before = sqrt(slots[0]);
        } else {
          power = power_of(squares, exponent);
          before = power_of(slots[0], exponent);
        }
        slots[0] = squares;
        slots[1] = slots[1] + (fmadd(shrinkage, value, g) - (power - before) / step * value);
        return (min(max(slots[1], -l1), l1) - slots[1]) / (power / step + l2);
      });
}

template <typename V>
void ftrl(const Call& call) {
  if (call.attrs[0] == -0.5) return ftrl_of<V, true>(call);
  ftrl_of<V, false>(call);
}

constexpr Row kRows[] = {
    {"adagradUpdate", by_dtype<adagrad<F32>, adagrad<F64>>}, {"adadeltaUpdate", by_dtype<adadelta<F32>, adadelta<F64>>},
    {"adamaxUpdate", by_dtype<adamax<F32>, adamax<F64>>},    {"nadamUpdate", by_dtype<nadam<F32>, nadam<F64>>},
    {"lionUpdate", by_dtype<lion<F32>, lion<F64>>},          {"ftrlUpdate", by_dtype<ftrl<F32>, ftrl<F64>>},
};

}  // namespace

Table adaptive_table() { return {kRows, sizeof kRows / sizeof kRows[0]}; }

}  // namespace gradtape::GRADTAPE_ISA
