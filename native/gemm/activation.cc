// Applies an activation in place, to what a matrix product has just written.
#include "activation.h"

#include <math.h>

namespace gradtape::GRADTAPE_ISA {
namespace {

template <typename F>
GRADTAPE_INLINE void map(float* x, int64_t n, F f) {
  int64_t i = 0;
  for (; i + F32::kLanes <= n; i += F32::kLanes) store(x + i, f(F32::load(x + i)));
  if (i < n) store_partial(x + i, f(F32::load_partial(x + i, n - i)), n - i);
}

// As the kernels of these activations compute them: a product that takes one along gives the same bits.
double activated(double x, Activation activation, double leaky_slope) {
  switch (activation) {
    case Activation::linear:
      return x;
    case Activation::relu:
      return x < 0 ? 0 : x;
    case Activation::sigmoid:
      return 1 / (1 + ::exp(-x));
    case Activation::tanh:
      return ::tanh(x);
    case Activation::elu:
      return x < 0 ? ::expm1(x) : x;
    case Activation::gelu:
      return 0.5 * x * ::erfc(x * -0.70710678118654752440);
    case Activation::silu:
      return x * (1 / (1 + ::exp(-x)));
    case Activation::relu6:
      return x < 0 ? 0 : x > 6 ? 6 : x;
    case Activation::softplus:
      return (x < 0 ? 0 : x) + ::log1p(::exp(x < 0 ? x : -x));
    case Activation::leaky_relu:
      return x < 0 ? leaky_slope * x : x;
    case Activation::selu:
      return 1.05070098735548049342 * (x < 0 ? 1.67326324235437728481 * ::expm1(x) : x);
    case Activation::gelu_tanh:
      return 0.5 * x * (1 + ::tanh(0.79788456080286535588 * x * (1 + 0.044715 * x * x)));
  }
  return x;
}

}  // namespace

void activate(float* x, int64_t n, Activation activation, double leaky_slope) {
  switch (activation) {
    case Activation::linear:
      return;
    case Activation::relu:
      return map(
          x, n, [](F32 v) __attribute__((always_inline)) { return relu(v); });
    case Activation::sigmoid:
      return map(
          x, n, [](F32 v) __attribute__((always_inline)) { return sigmoid(v); });
    case Activation::tanh:
      return map(
          x, n, [](F32 v) __attribute__((always_inline)) { return tanh(v); });
    case Activation::elu:
      return map(
          x, n, [](F32 v) __attribute__((always_inline)) { return elu(v); });
    case Activation::gelu:
      return map(
          x, n, [](F32 v) __attribute__((always_inline)) { return gelu(v); });
    case Activation::silu:
      return map(
          x, n, [](F32 v) __attribute__((always_inline)) { return silu(v); });
    case Activation::relu6:
      return map(
          x, n, [](F32 v) __attribute__((always_inline)) { return relu6(v); });
    case Activation::softplus:
      return map(
          x, n, [](F32 v) __attribute__((always_inline)) { return softplus(v); });
    case Activation::leaky_relu:
      return map(
          x,
          n, [slope = F32::set1(static_cast<float>(leaky_slope))](F32 v) __attribute__((always_inline)) { return leaky_relu(v, slope); });
    case Activation::selu:
      return map(
          x, n, [](F32 v) __attribute__((always_inline)) { return selu(v); });
    case Activation::gelu_tanh:
      return map(
          x, n, [](F32 v) __attribute__((always_inline)) { return gelu_tanh(v); });
  }
}

void activate(double* x, int64_t n, Activation activation, double leaky_slope) {
  if (activation == Activation::linear) return;
  for (int64_t i = 0; i < n; i++) x[i] = activated(x[i], activation, leaky_slope);
}

}  // namespace gradtape::GRADTAPE_ISA
