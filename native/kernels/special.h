// Functors of special functions - the complementary error function, the gamma function's logarithm and its derivative, logarithms
// of sums - and of the bits of whole numbers.
#pragma once
#include <math.h>

#include "pointwise.h"
#include "simd/math.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

// Of log gamma(2 + z) the coefficients of z^2 and above, as lib/kernels/gamma.ts makes them: (-1)^n (zeta(n) - 1) / n.
constexpr double kAtTwo[] = {
    0.3224670334241132,      -0.0673523010531981,    0.020580808427784546,    -0.007385551028673986,   0.0028905103307415234,
    -0.001192753911703261,   0.0005096695247430425,  -0.00022315475845357939, 9.945751278180853e-05,   -4.492623673813314e-05,
    2.050721277567069e-05,   -9.439488275268397e-06, 4.374866789907488e-06,   -2.039215753801366e-06,  9.55141213040742e-07,
    -4.492469198764566e-07,  2.1207184805554665e-07, -1.0043224823968099e-07, 4.7698101693639804e-08,  -2.2711094608943164e-08,
    1.0838659214896955e-08,  -5.183475041970047e-09, 2.4836745438024785e-09,  -1.1921401405860912e-09, 5.731367241678862e-10,
    -2.7595228851242334e-10, 1.330476437424449e-10,  -6.4229645638381e-11,    3.1044247747322276e-11,  -1.5021384080754142e-11,
    7.275974480239079e-12,   -3.527742476575915e-12, 1.711991790559618e-12,   -8.315385841420285e-13};
constexpr int kTermsAtTwo = sizeof kAtTwo / sizeof kAtTwo[0];
// Of the asymptotic series: Bernoulli numbers divided by 2 k (2 k - 1), and by 2 k.
constexpr double kStirling[] = {1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188, -691.0 / 360360, 1.0 / 156, -3617.0 / 122400};
constexpr double kDigamma[] = {1.0 / 12, -1.0 / 120, 1.0 / 252, -1.0 / 240, 1.0 / 132, -691.0 / 32760, 1.0 / 12, -3617.0 / 8160};
constexpr int kTermsFar = 8;
constexpr double kPi = 3.14159265358979323846, kOneLessEuler = 0.42278433509846713939, kHalfLogTwoPi = 0.91893853320467274178;
// From here on the asymptotic series give all digits.
constexpr double kFar = 12;

// log gamma(2 + z) for z within -1/2 and 1/2: four sums side by side, since none has to wait for another.
GRADTAPE_INLINE double lgamma_at_two(double z) {
  const double square = z * z, fourth = square * square;
  double a = 0, b = 0, c = kAtTwo[kTermsAtTwo - 2], d = kAtTwo[kTermsAtTwo - 1];
  for (int i = kTermsAtTwo - 6; i >= 0; i -= 4) {
    a = a * fourth + kAtTwo[i + 2];
    b = b * fourth + kAtTwo[i + 3];
    c = c * fourth + kAtTwo[i];
    d = d * fourth + kAtTwo[i + 1];
  }
  return z * (kOneLessEuler + z * ((c + z * d) + square * (a + z * b)));
}

// sin(pi x), whose zeros are exact.
double sin_pi(double x) {
  const double turns = ::floor(x + 0.5), sine = ::sin(kPi * (x - turns));
  return ::fmod(turns, 2.0) == 0 ? sine : -sine;
}

double lgamma_of_positive(double x) {
  if (x < 0.5) return lgamma_at_two(x) - ::log1p(x) - ::log(x);
  if (x < 1.5) return lgamma_at_two(x - 1) - ::log(x);
  if (x < kFar) {
    double factor = 1;
    while (x > 2.5) {
      x -= 1;
      factor *= x;
    }
    return ::log(factor) + lgamma_at_two(x - 2);
  }
  const double q = 1 / (x * x);
  double series = 0;
  for (int k = kTermsFar - 1; k >= 0; k--) series = series * q + kStirling[k];
  // Before the product of the logarithm, so that it does not overflow.
  return (x - 0.5) * (::log(x) - 1) - 0.5 + kHalfLogTwoPi + series / x;
}

double lgamma_of(double x) {
  if (x != x) return x;
  if (x > 0) return x - x == 0 ? lgamma_of_positive(x) : x;
  if (x == ::floor(x)) return __builtin_inf();
  return ::log(kPi / ::fabs(sin_pi(x))) - lgamma_of_positive(1 - x);
}

double digamma_of(double x) {
  double reflected = 0;
  if (x == 0) return -1 / x;
  if (x < 0) {
    if (x == ::floor(x)) return __builtin_nan("");
    reflected = kPi * sin_pi(x + 0.5) / sin_pi(x);
    x = 1 - x;
  }
  double near = 0;
  for (; x < kFar; x += 1) near += 1 / x;
  const double q = 1 / (x * x);
  double series = 0;
  for (int k = kTermsFar - 1; k >= 0; k--) series = series * q + kDigamma[k];
  return ::log(x) - 0.5 / x - series * q - near - reflected;
}

// y, but what f makes of those lanes of x that are not positive.
template <typename F>
GRADTAPE_INLINE F32 where_not_positive(F32 x, F32 y, const F& f) {
  if (!any(le(x, F32::zero()))) return y;
  alignas(64) float from[F32::kLanes], to[F32::kLanes];
  store(from, x);
  store(to, y);
  for (int i = 0; i < F32::kLanes; i++) {
    if (from[i] <= 0) to[i] = static_cast<float>(f(static_cast<double>(from[i])));
  }
  return F32::load(to);
}

struct Erfc {
  static GRADTAPE_MEMBER F32 of(F32 x) { return erfc(x); }
  static GRADTAPE_MEMBER double of(double x) { return ::erfc(x); }
};

struct Lgamma {
  static GRADTAPE_MEMBER F32 of(F32 x) {
    const F32 one = F32::set1(1);
    // Down to 2.5 by factors, or up to 1.5 by divisors: 2 + z in between.
    F32 y = x, factor = one;
    for (int i = 0; i < 6; i++) {
      const M32 above = lt(F32::set1(2.5f), y);
      y = select(above, y - one, y);
      factor = select(above, factor * y, factor);
    }
    const M32 below = lt(x, F32::set1(1.5f)), tiny = lt(x, F32::set1(0.5f));
    const F32 divisor = select(tiny, fmadd(x, x, x), x);
    const F32 z = select(tiny, x, select(below, x - one, y - F32::set1(2)));
    const F32 q = polynomial(z, z * z, 2.05072128e-05f, -4.49262367e-05f, 9.94575128e-05f, -0.000223154758f, 0.000509669525f,
                             -0.00119275391f, 0.00289051033f, -0.00738555103f, 0.0205808084f, -0.0673523011f, 0.322467033f);
    const M32 far = lt(F32::set1(8), x);
    const F32 l = log(select(far, x, select(below, divisor, factor)));
    const F32 at_two = z * fmadd(z, q, F32::set1(0.42278433509846713939f));
    const F32 r = one / x;
    const F32 series = r * fmadd(r * r, F32::set1(-1.0f / 360), F32::set1(1.0f / 12));
    const F32 asymptotic = fmadd(x - F32::set1(0.5f), l - one, F32::set1(0.41893853320467274178f)) + series;
    return where_not_positive(x, select(far, asymptotic, select(below, at_two - l, at_two + l)), lgamma_of);
  }
  static GRADTAPE_MEMBER double of(double x) { return lgamma_of(x); }
};

struct Digamma {
  static GRADTAPE_MEMBER F32 of(F32 x) {
    const F32 one = F32::set1(1), end = F32::set1(4);
    // The first of the reciprocals by itself, since it may be great; the others as one fraction.
    const M32 near = lt(x, end);
    const F32 first = select(near, one / x, F32::zero());
    F32 y = select(near, x + one, x), numerator = F32::zero(), denominator = one;
    for (int i = 0; i < 3; i++) {
      const M32 before = lt(y, end);
      numerator = select(before, fmadd(numerator, y, denominator), numerator);
      denominator = select(before, denominator * y, denominator);
      y = select(before, y + one, y);
    }
    const F32 r = one / y, q = r * r;
    const F32 series = q * polynomial(q, q * q, 1.0f / 132, -1.0f / 240, 1.0f / 252, -1.0f / 120, 1.0f / 12);
    const F32 at_end = log(y) - fmadd(F32::set1(0.5f), r, series);
    return where_not_positive(x, (at_end - numerator / denominator) - first, digamma_of);
  }
  static GRADTAPE_MEMBER double of(double x) { return digamma_of(x); }
};

struct LogAddExp {
  static GRADTAPE_MEMBER F32 of(F32 a, F32 b) {
    const F32 greatest = max(a, b);
    const F32 y = greatest + log1p(exp(-abs(a - b)));
    // Infinities are their own sums, and NaN stays.
    return select(lt(abs(greatest), F32::set1(kInfinity)), y, greatest);
  }
  static GRADTAPE_MEMBER double of(double a, double b) {
    const double greatest = a > b || a != a ? a : b;
    return greatest - greatest == 0 ? greatest + ::log1p(::exp(-::fabs(a - b))) : greatest;
  }
};

struct BitAnd {
  static GRADTAPE_MEMBER I32 of(I32 a, I32 b) { return a & b; }
  static GRADTAPE_MEMBER int32_t of(int32_t a, int32_t b) { return a & b; }
};
struct BitOr {
  static GRADTAPE_MEMBER I32 of(I32 a, I32 b) { return a | b; }
  static GRADTAPE_MEMBER int32_t of(int32_t a, int32_t b) { return a | b; }
};
struct BitXor {
  static GRADTAPE_MEMBER I32 of(I32 a, I32 b) { return a ^ b; }
  static GRADTAPE_MEMBER int32_t of(int32_t a, int32_t b) { return a ^ b; }
};
// Places count from 0 to 31, as in JavaScript.
struct LeftShift {
  static GRADTAPE_MEMBER int32_t of(int32_t a, int32_t b) { return wrapped(static_cast<uint32_t>(a) << (b & 31)); }
};
struct RightShift {
  static GRADTAPE_MEMBER int32_t of(int32_t a, int32_t b) { return a >> (b & 31); }
};

// An op on whole numbers: truth values were converted before.
template <typename F>
void binary_whole(const Call& call) {
  if (call.outputs[0].dtype == DType::int32) return pairs<F, int32_t>(call);
  pairs<F, uint8_t>(call);
}

}  // namespace
}  // namespace gradtape::GRADTAPE_ISA
