// Rows sgdUpdate, rmspropUpdate and adamUpdate: one pass over all variables, their gradients and their slots.
#include "update.h"

#include <math.h>

#include "families.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

// Slot: a velocity, if there is momentum. Attributes momentum, nesterov.
template <typename V>
void sgd(const Call& call) {
  const V step = constant<V>(number_of(call.inputs[0])), momentum = constant<V>(call.attrs[0]);
  if (!(call.attrs[0] > 0)) {
    return move_all<V, 0>(
        call, 1, 2, [=](V value, V g, V*) __attribute__((always_inline)) { return fnmadd(step, g, value); },
        __builtin_isfinite(number_of(call.inputs[0])));
  }
  const bool nesterov = call.attrs[1] != 0;
  move_all<V, 1>(
      call, 1, 2, [=](V value, V g, V * slots) __attribute__((always_inline)) {
        const V change = -(step * g);
        slots[0] = fmadd(momentum, slots[0], change);
        return value + (nesterov ? fmadd(momentum, slots[0], change) : slots[0]);
      });
}

// Slots: the mean square, then a speed if there is momentum, then the mean if centered. Attributes rho, momentum, epsilon, centered.
template <typename V, bool Moving, bool Centered>
void rmsprop_of(const Call& call) {
  const V step = constant<V>(number_of(call.inputs[0])), rho = constant<V>(call.attrs[0]), rest = constant<V>(1 - call.attrs[0]);
  const V momentum = constant<V>(call.attrs[1]), epsilon = constant<V>(call.attrs[2]);
  constexpr int kMean = Moving ? 2 : 1;
  move_all<V, 1 + Moving + Centered>(
      call, 1, 4, [=](V value, V g, V * slots) __attribute__((always_inline)) {
        V variance = slots[0] = fmadd(rho, slots[0], rest * g * g);
        if constexpr (Centered) {
          slots[kMean] = fmadd(rho, slots[kMean], rest * g);
          variance = fnmadd(slots[kMean], slots[kMean], variance);
        }
        V change = step * g / sqrt(variance + epsilon);
        if constexpr (Moving) slots[1] = change = fmadd(momentum, slots[1], change);
        return value - change;
      });
}

template <typename V>
void rmsprop(const Call& call) {
  if (call.attrs[1] > 0) return call.attrs[3] != 0 ? rmsprop_of<V, true, true>(call) : rmsprop_of<V, true, false>(call);
  return call.attrs[3] != 0 ? rmsprop_of<V, false, true>(call) : rmsprop_of<V, false, false>(call);
}

// Slots: both moments, then the greatest second one for AMSGrad. Attributes beta1, beta2, epsilon, amsgrad.
template <typename V, bool Greatest>
void adam_of(const Call& call) {
  const double beta1 = call.attrs[0], beta2 = call.attrs[1], t = number_of(call.inputs[1]) + 1;
  const V step = constant<V>(number_of(call.inputs[0]) * ::sqrt(1 - ::pow(beta2, t)) / (1 - ::pow(beta1, t)));
  const V part1 = constant<V>(1 - beta1), part2 = constant<V>(1 - beta2), epsilon = constant<V>(call.attrs[2]);
  move_all<V, Greatest ? 3 : 2>(
      call, 2, 4, [=](V value, V g, V * slots) __attribute__((always_inline)) {
        slots[0] = fmadd(g - slots[0], part1, slots[0]);
        V scale = slots[1] = fmadd(fmsub(g, g, slots[1]), part2, slots[1]);
        if constexpr (Greatest) slots[2] = scale = max(slots[2], scale);
        return value - slots[0] * step / (sqrt(scale) + epsilon);
      });
}

template <typename V>
void adam(const Call& call) {
  if (call.attrs[3] != 0) return adam_of<V, true>(call);
  adam_of<V, false>(call);
}

constexpr Row kRows[] = {
    {"sgdUpdate", by_dtype<sgd<F32>, sgd<F64>>},
    {"rmspropUpdate", by_dtype<rmsprop<F32>, rmsprop<F64>>},
    {"adamUpdate", by_dtype<adam<F32>, adam<F64>>},
};

}  // namespace

Table update_table() { return {kRows, sizeof kRows / sizeof kRows[0]}; }

}  // namespace gradtape::GRADTAPE_ISA
