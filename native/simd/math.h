// Vector functions of floats: exp, expm1, log, log1p, tanh, sigmoid, erf, erfc here; sin, cos and pow in trig_pow.h.
//
// Each is within 4 units in the last place of the true value (exp within 2, erfc within 8), exact at zeros, infinities and NaN; results below
// the smallest normal number may be flushed to zero. The polynomials were fitted to minimise the largest error on their range.
// native/test/math_test.cc measures them.
#pragma once
#include "simd.h"

namespace gradtape::GRADTAPE_ISA {

constexpr float kInfinity = __builtin_inff();
constexpr float kNan = __builtin_nanf("");

// A polynomial, its coefficients from the highest power on. They are taken in pairs: half of the multiply-adds do not wait for the
// ones before, and long chains of them are what these functions would spend their time on.
GRADTAPE_INLINE F32 pairs_onto(F32 y, F32, F32) { return y; }
template <typename... Rest>
GRADTAPE_INLINE F32 pairs_onto(F32 y, F32 x, F32 square, float a, float b, Rest... rest) {
  return pairs_onto(fmadd(y, square, fmadd(F32::set1(a), x, F32::set1(b))), x, square, rest...);
}
template <typename... Rest>
GRADTAPE_INLINE F32 polynomial(F32 x, F32 square, float a, float b, Rest... rest) {
  if constexpr (sizeof...(rest) % 2 == 1) {
    return pairs_onto(F32::set1(a), x, square, b, rest...);
  } else {
    return pairs_onto(fmadd(F32::set1(a), x, F32::set1(b)), x, square, rest...);
  }
}

// x * 2^n for whole n within -252 and 252.
GRADTAPE_INLINE F32 scale_by_power(F32 x, F32 n) {
#if defined(__AVX512F__)
  return {_mm512_scalef_ps(x.v, n.v)};
#else
  const I32 whole = truncate_to_int(n);
  const I32 half = sar(whole, 1), bias = I32::set1(127);
  return x * as_float(shl(half + bias, 23)) * as_float(shl(whole - half + bias, 23));
#endif
}

// x = n * ln 2 + r with |r| <= ln 2 / 2. The larger part of ln 2 has so few bits that n times it is exact.
GRADTAPE_INLINE F32 split_by_ln2(F32 x, F32& n) {
  // To a whole number by a summand whose last bit is 1.
  const F32 whole = F32::set1(12582912.0f);
  n = fmadd(x, F32::set1(1.44269504f), whole) - whole;
  const F32 r = fnmadd(n, F32::set1(0.693145752f), x);
  return fnmadd(n, F32::set1(1.42860677e-6f), r);
}

// exp(x) for |x| <= 150.
GRADTAPE_INLINE F32 exp_inside(F32 x) {
  F32 n;
  const F32 r = split_by_ln2(x, n), square = r * r;
  const F32 q = polynomial(r, square, 1.382046845e-3f, 8.369250223e-3f, 4.166828468e-2f, 1.666651666e-1f, 4.999999404e-1f);
  return scale_by_power(fmadd(q, square, r) + F32::set1(1.0f), n);
}

GRADTAPE_INLINE F32 exp(F32 x) {
  // Constant first: a NaN in x stays.
  return exp_inside(min_or_b(F32::set1(89.0f), max_or_b(F32::set1(-104.0f), x)));
}

// exp(x) - 1 for x within -18 and 89, without the care for signed zeros.
GRADTAPE_INLINE F32 expm1_inside(F32 x) {
  F32 n;
  const F32 r = split_by_ln2(x, n), square = r * r;
  const F32 q = polynomial(r, square, 1.994426566e-4f, 1.393356477e-3f, 8.333208039e-3f, 4.166648164e-2f, 1.666666716e-1f, 0.5f);
  const F32 p = fmadd(q, square, r);
  // 2^n p + (2^n - 1), halved because 2^128 is no float.
  const F32 half = F32::set1(0.5f);
  const F32 s = scale_by_power(half, n);
  const F32 y = fmadd(s, p, s - half);
  return y + y;
}

GRADTAPE_INLINE F32 expm1(F32 x) {
  const F32 y = expm1_inside(min_or_b(F32::set1(89.0f), max_or_b(F32::set1(-18.0f), x)));
  return select(lt(abs(x), F32::set1(1e-30f)), x, y);
}

// log(2^e * (1 + f)) for 1 + f within sqrt(1/2) and sqrt(2).
GRADTAPE_INLINE F32 log_of_parts(F32 f, F32 e) {
  const F32 square = f * f;
  const F32 q = polynomial(f, square, 6.750956178e-2f, -1.167144924e-1f, 1.188356802e-1f, -1.240603179e-1f, 1.422032714e-1f,
                           -1.666799635e-1f, 2.000207305e-1f, -2.500000894e-1f, 3.333331347e-1f);
  F32 y = q * f * square;
  y = fmadd(e, F32::set1(1.42860677e-6f), y);
  y = fnmadd(F32::set1(0.5f), square, y);
  return fmadd(e, F32::set1(0.693145752f), f + y);
}

// A positive normal x as 2^e * m with m within sqrt(1/2) and sqrt(2).
GRADTAPE_INLINE F32 split_power(F32 x, I32& e) {
  const I32 from_root = as_int(x) - I32::set1(0x3f3504f3);  // the bits of sqrt(1/2)
  e = sar(from_root, 23);
  return as_float((from_root & I32::set1(0x007fffff)) + I32::set1(0x3f3504f3));
}

// What log makes of 0, negative numbers, infinity and NaN, and y elsewhere.
GRADTAPE_INLINE F32 log_edges(F32 x, F32 y) {
  y = select(lt(x, F32::set1(kInfinity)), y, x);
  y = select(eq(x, F32::zero()), F32::set1(-kInfinity), y);
  return select(lt(x, F32::zero()), F32::set1(kNan), y);
}

GRADTAPE_INLINE F32 log(F32 x) {
  const M32 tiny = lt(x, F32::set1(1.17549435e-38f));
  const F32 normal = select(tiny, x * F32::set1(8388608.0f), x);
  I32 e;
  const F32 m = split_power(normal, e);
  const F32 exponent = to_float(e) - select(tiny, F32::set1(23.0f), F32::zero());
  return log_edges(x, log_of_parts(m - F32::set1(1.0f), exponent));
}

GRADTAPE_INLINE F32 log1p(F32 x) {
  const F32 one = F32::set1(1.0f);
  const F32 u = one + x;
  // What the addition lost: exact when the larger of the two is taken away first.
  const M32 large = lt(one, x);
  const F32 lost = select(large, one - (u - x), x - (u - one));
  I32 e;
  const F32 m = split_power(u, e);
  const F32 shrink = as_float(shl(max(I32::set1(127) - e, I32::set1(1)), 23));
  const F32 f = fmadd(lost, shrink, m - one);
  const F32 y = log_edges(u, log_of_parts(f, to_float(e)));
  return select(lt(abs(x), F32::set1(1e-30f)), x, y);
}

GRADTAPE_INLINE F32 tanh(F32 x) {
  // (e - 1) / (e + 1) for e = exp(2 |x|); from 10 on the quotient rounds to 1.
  const F32 magnitude = abs(x);
  const F32 y = expm1_inside(min_or_b(F32::set1(20.0f), magnitude + magnitude));
  const F32 t = y / (y + F32::set1(2.0f));
  return copysign(select(lt(magnitude, F32::set1(1e-4f)), magnitude, t), x);
}

GRADTAPE_INLINE F32 sigmoid(F32 x) {
  const F32 one = F32::set1(1.0f);
  return one / (one + exp(-x));
}

GRADTAPE_INLINE F32 erf(F32 x) {
  const F32 square = x * x;
  F32 near = fmadd(F32::set1(-5.76990948e-4f), square, F32::set1(4.94816434e-3f));
  near = fmadd(near, square, F32::set1(-2.67347861e-2f));
  near = fmadd(near, square, F32::set1(1.12809069e-1f));
  near = fmadd(near, square, F32::set1(-3.76124054e-1f));
  near = fmadd(near, square, F32::set1(1.28379136e-1f));
  near = fmadd(near, x, x);
  // 1 - 1 / p(|x|)^8: what the powers lose matters less than the unit of 1, which costs less than an exponential (after
  // Abramowitz and Stegun 7.1.28).
  const F32 t = abs(x);
  F32 p = fmadd(F32::set1(5.01743576e-4f), t, F32::set1(-3.50518641e-3f));
  p = fmadd(p, t, F32::set1(1.52770616e-2f));
  p = fmadd(p, t, F32::set1(-2.63266955e-2f));
  p = fmadd(p, t, F32::set1(6.30458593e-2f));
  p = fmadd(p, t, F32::set1(5.94514236e-2f));
  p = fmadd(p, t, F32::set1(1.54073909e-1f));
  p = fmadd(p, t, F32::set1(9.97593999e-1f));
  p = p * p;
  p = p * p;
  const F32 far = F32::set1(1.0f) - F32::set1(1.0f) / (p * p);
  return select(lt(t, F32::set1(0.95f)), near, copysign(far, x));
}

// 1 - erf(x) without its loss of digits: exp(-x^2) times a polynomial in (|x| - 3) / (|x| + 3).
GRADTAPE_INLINE F32 erfc(F32 x) {
  const F32 t = min_or_b(F32::set1(11.0f), abs(x));  // nothing is left there
  // t^2 = square + rest, for all that exp makes of the rest: the upper half of t's bits has an exact square.
  const F32 square = t * t, high = t & as_float(I32::set1(static_cast<int32_t>(0xfffff000))), low = t - high;
  const F32 rest = ((high * high - square) + F32::set1(2.0f) * high * low) + low * low;
  const F32 u = (t - F32::set1(3.0f)) / (t + F32::set1(3.0f));
  const F32 p = polynomial(u, u * u, -6.782830751e-5f, -5.872317706e-4f, 7.907697000e-4f, 4.279667046e-3f, -2.441533096e-2f,
                           7.166302204e-2f, -1.501133889e-1f, 2.456039488e-1f, -3.262336552e-1f, 1.790011525e-1f);
  const F32 far = exp_inside(-square) * fnmadd(rest, p, p);
  return select(lt(x, F32::zero()), F32::set1(2.0f) - far, far);
}

}  // namespace gradtape::GRADTAPE_ISA

#include "trig_pow.h"
