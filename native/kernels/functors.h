// Arithmetic, functions and activations of elements: `of` for the vectors that have instructions, and for the scalars that have not.
#pragma once
#include <math.h>

#include "gemm/activation.h"
#include "pointwise.h"
#include "simd/math.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

struct Add {
  template <typename V>
  static GRADTAPE_MEMBER V of(V a, V b) {
    return a + b;
  }
  static GRADTAPE_MEMBER int32_t of(int32_t a, int32_t b) { return wrapped(static_cast<uint32_t>(a) + static_cast<uint32_t>(b)); }
};
struct Sub {
  template <typename V>
  static GRADTAPE_MEMBER V of(V a, V b) {
    return a - b;
  }
  static GRADTAPE_MEMBER int32_t of(int32_t a, int32_t b) { return wrapped(static_cast<uint32_t>(a) - static_cast<uint32_t>(b)); }
};
struct Mul {
  template <typename V>
  static GRADTAPE_MEMBER V of(V a, V b) {
    return a * b;
  }
  static GRADTAPE_MEMBER int32_t of(int32_t a, int32_t b) { return wrapped(static_cast<uint32_t>(a) * static_cast<uint32_t>(b)); }
};
struct Div {
  static GRADTAPE_MEMBER F32 of(F32 a, F32 b) { return a / b; }
  static GRADTAPE_MEMBER F64 of(F64 a, F64 b) { return a / b; }
};
struct Neg {
  template <typename V>
  static GRADTAPE_MEMBER V of(V x) {
    return -x;
  }
  static GRADTAPE_MEMBER int32_t of(int32_t x) { return wrapped(0u - static_cast<uint32_t>(x)); }
};
struct Square {
  template <typename V>
  static GRADTAPE_MEMBER V of(V x) {
    return x * x;
  }
  static GRADTAPE_MEMBER int32_t of(int32_t x) { return Mul::of(x, x); }
};
struct Maximum {
  template <typename V>
  static GRADTAPE_MEMBER V of(V a, V b) {
    return max(a, b);
  }
  static GRADTAPE_MEMBER int32_t of(int32_t a, int32_t b) { return a > b ? a : b; }
};
struct Minimum {
  template <typename V>
  static GRADTAPE_MEMBER V of(V a, V b) {
    return min(a, b);
  }
  static GRADTAPE_MEMBER int32_t of(int32_t a, int32_t b) { return a < b ? a : b; }
};
struct SquaredDifference {
  template <typename V>
  static GRADTAPE_MEMBER V of(V a, V b) {
    return Square::of(Sub::of(a, b));
  }
};
struct Pow {
  static GRADTAPE_MEMBER F32 of(F32 a, F32 b) { return pow(a, b); }
  static GRADTAPE_MEMBER double of(double a, double b) { return ::pow(a, b); }
  // Negative powers are rounded towards zero.
  static GRADTAPE_MEMBER int32_t of(int32_t a, int32_t b) {
    if (b < 0) return a == 1 ? 1 : a == -1 ? (b % 2 == 0 ? 1 : -1) : 0;
    int32_t result = 1;
    for (; b > 0; b /= 2) {
      if (b % 2 == 1) result = Mul::of(result, a);
      a = Mul::of(a, a);
    }
    return result;
  }
};
struct Abs {
  template <typename V>
  static GRADTAPE_MEMBER V of(V x) {
    return abs(x);
  }
  static GRADTAPE_MEMBER int32_t of(int32_t x) { return x < 0 ? wrapped(0u - static_cast<uint32_t>(x)) : x; }
};
struct Relu {
  static GRADTAPE_MEMBER F32 of(F32 x) { return relu(x); }
  static GRADTAPE_MEMBER F64 of(F64 x) { return relu(x); }
  static GRADTAPE_MEMBER I32 of(I32 x) { return max(x, I32::zero()); }
  static GRADTAPE_MEMBER int32_t of(int32_t x) { return x < 0 ? 0 : x; }
};
struct Sqrt {
  template <typename V>
  static GRADTAPE_MEMBER V of(V x) {
    return sqrt(x);
  }
};
struct Rsqrt {
  template <typename V>
  static GRADTAPE_MEMBER V of(V x) {
    return V::set1(1) / sqrt(x);
  }
};
struct Reciprocal {
  template <typename V>
  static GRADTAPE_MEMBER V of(V x) {
    return V::set1(1) / x;
  }
};
struct Exp {
  static GRADTAPE_MEMBER F32 of(F32 x) { return exp(x); }
  static GRADTAPE_MEMBER double of(double x) { return ::exp(x); }
};
struct Expm1 {
  static GRADTAPE_MEMBER F32 of(F32 x) { return expm1(x); }
  static GRADTAPE_MEMBER double of(double x) { return ::expm1(x); }
};
struct Log {
  static GRADTAPE_MEMBER F32 of(F32 x) { return log(x); }
  static GRADTAPE_MEMBER double of(double x) { return ::log(x); }
};
struct Log1p {
  static GRADTAPE_MEMBER F32 of(F32 x) { return log1p(x); }
  static GRADTAPE_MEMBER double of(double x) { return ::log1p(x); }
};
struct Tanh {
  static GRADTAPE_MEMBER F32 of(F32 x) { return tanh(x); }
  static GRADTAPE_MEMBER double of(double x) { return ::tanh(x); }
};
struct Sin {
  static GRADTAPE_MEMBER F32 of(F32 x) { return sin(x); }
  static GRADTAPE_MEMBER double of(double x) { return ::sin(x); }
};
struct Cos {
  static GRADTAPE_MEMBER F32 of(F32 x) { return cos(x); }
  static GRADTAPE_MEMBER double of(double x) { return ::cos(x); }
};
struct Tan {
  static GRADTAPE_MEMBER F32 of(F32 x) { return sin(x) / cos(x); }
  static GRADTAPE_MEMBER double of(double x) { return ::tan(x); }
};
struct Sinh {
  // Far from 0 one exponential vanishes and the other is made of halves, which do not overflow before the result does.
  static GRADTAPE_MEMBER F32 of(F32 x) {
    const F32 t = abs(x), half = F32::set1(0.5f);
    const F32 e = expm1(t), near = half * (e + e / (e + F32::set1(1.0f))), root = exp(half * t);
    return copysign(select(lt(t, F32::set1(10.0f)), near, half * root * root), x);
  }
  static GRADTAPE_MEMBER double of(double x) { return ::sinh(x); }
};
struct Cosh {
  static GRADTAPE_MEMBER F32 of(F32 x) {
    const F32 half = F32::set1(0.5f), root = exp(half * abs(x));
    return half * root * root + half / root / root;
  }
  static GRADTAPE_MEMBER double of(double x) { return ::cosh(x); }
};
struct Asin {
  static GRADTAPE_MEMBER float of(float x) { return ::asinf(x); }
  static GRADTAPE_MEMBER double of(double x) { return ::asin(x); }
};
struct Acos {
  static GRADTAPE_MEMBER float of(float x) { return ::acosf(x); }
  static GRADTAPE_MEMBER double of(double x) { return ::acos(x); }
};
struct Atan {
  static GRADTAPE_MEMBER float of(float x) { return ::atanf(x); }
  static GRADTAPE_MEMBER double of(double x) { return ::atan(x); }
};
struct Erf {
  static GRADTAPE_MEMBER F32 of(F32 x) { return erf(x); }
  static GRADTAPE_MEMBER double of(double x) { return ::erf(x); }
};
struct Sigmoid {
  static GRADTAPE_MEMBER F32 of(F32 x) { return sigmoid(x); }
  static GRADTAPE_MEMBER double of(double x) { return 1 / (1 + ::exp(-x)); }
};

constexpr double kSeluScale = 1.05070098735548049342, kSeluAlpha = 1.67326324235437728481;

double sigmoid_of(double x) { return 1 / (1 + ::exp(-x)); }
double softplus_of(double x) { return (x < 0 ? 0 : x) + ::log1p(::exp(x < 0 ? x : -x)); }

struct LeakyRelu {
  double alpha;
  GRADTAPE_MEMBER F32 of(F32 x) const { return select(lt(F32::zero(), x), x, F32::set1(static_cast<float>(alpha)) * x); }
  GRADTAPE_MEMBER F64 of(F64 x) const { return select(lt(F64::zero(), x), x, F64::set1(alpha) * x); }
};
struct Elu {
  double alpha;
  GRADTAPE_MEMBER F32 of(F32 x) const { return select(lt(F32::zero(), x), x, F32::set1(static_cast<float>(alpha)) * expm1(x)); }
  GRADTAPE_MEMBER double of(double x) const { return x > 0 ? x : alpha * ::expm1(x); }
};
struct Gelu {
  static GRADTAPE_MEMBER F32 of(F32 x) { return gelu(x); }
  static GRADTAPE_MEMBER double of(double x) { return 0.5 * x * ::erfc(x * -0.70710678118654752440); }
};
struct GeluTanh {
  static GRADTAPE_MEMBER F32 of(F32 x) { return gelu_tanh(x); }
  static GRADTAPE_MEMBER double of(double x) { return 0.5 * x * (1 + ::tanh(0.79788456080286535588 * x * (1 + 0.044715 * x * x))); }
};
struct Selu {
  static GRADTAPE_MEMBER F32 of(F32 x) { return selu(x); }
  static GRADTAPE_MEMBER double of(double x) { return kSeluScale * (x > 0 ? x : kSeluAlpha * ::expm1(x)); }
};
struct Silu {
  static GRADTAPE_MEMBER F32 of(F32 x) { return silu(x); }
  static GRADTAPE_MEMBER double of(double x) { return x * sigmoid_of(x); }
};
struct Softplus {
  static GRADTAPE_MEMBER F32 of(F32 x) { return softplus(x); }
  static GRADTAPE_MEMBER double of(double x) { return softplus_of(x); }
};
struct LogSigmoid {
  static GRADTAPE_MEMBER F32 of(F32 x) { return -softplus(-x); }
  static GRADTAPE_MEMBER double of(double x) { return -softplus_of(-x); }
};
struct Softsign {
  template <typename V>
  static GRADTAPE_MEMBER V of(V x) {
    return x / (V::set1(1) + abs(x));
  }
};
struct HardSigmoid {
  template <typename V>
  static GRADTAPE_MEMBER V of(V x) {
    return min(max(x / V::set1(6) + V::set1(static_cast<typename V::Scalar>(0.5)), V::zero()), V::set1(1));
  }
};
struct Relu6 {
  template <typename V>
  static GRADTAPE_MEMBER V of(V x) {
    return min(max(x, V::zero()), V::set1(6));
  }
  static GRADTAPE_MEMBER int32_t of(int32_t x) { return x < 0 ? 0 : x > 6 ? 6 : x; }
};

}  // namespace
}  // namespace gradtape::GRADTAPE_ISA
