// sin, cos and pow of float vectors, by way of doubles: their arguments lose too many bits otherwise.
#pragma once
#include "simd.h"

namespace gradtape::GRADTAPE_ISA {

// x modulo pi / 2 for any finite x, by the bits of 2 / pi that matter for it; the quadrant goes to `quadrant`.
static inline float reduce_large(float x, int32_t& quadrant) {
  // 32 zeros, then 2 / pi after the point.
  static constexpr uint32_t kTwoOverPi[9] = {0x00000000, 0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0,
                                             0xdb629599, 0x3c439041, 0xfe5163ab, 0xdebbc561};
  uint32_t word;
  memcpy(&word, &x, 4);
  const int power = static_cast<int>((word >> 23) & 0xff) - 150;
  const uint64_t mantissa = (word & 0x7fffff) | 0x800000;
  // Bits that count whole turns are left out: the window starts with the bit of weight 2.
  const int start = 31 + power - 1, cell = start >> 5, offset = start & 31;
  uint64_t high = (static_cast<uint64_t>(kTwoOverPi[cell]) << 32) | kTwoOverPi[cell + 1];
  uint64_t low = (static_cast<uint64_t>(kTwoOverPi[cell + 2]) << 32) | kTwoOverPi[cell + 3];
  if (offset != 0) {
    high = (high << offset) | (low >> (64 - offset));
    low <<= offset;
  }
  const uint64_t product = mantissa * high + ((mantissa * (low >> 32)) >> 32);
  const uint64_t nearest = (product + (uint64_t{1} << 61)) >> 62;
  const double rest = static_cast<double>(static_cast<int64_t>(product - (nearest << 62)));
  const float r = static_cast<float>(rest * 3.4061215800304046e-19);  // pi / 2 / 2^62
  quadrant = static_cast<int32_t>(word >> 31 ? 0 - nearest : nearest);
  return word >> 31 ? -r : r;
}

// x - n pi / 2 for the nearest n.
GRADTAPE_INLINE F64 reduce_half(F64 x, F64& n) {
  n = round(x * F64::set1(0.63661977236758134));
  const F64 r = fnmadd(n, F64::set1(1.5707963267341256), x);  // 33 bits of pi / 2: n times it is exact
  return fnmadd(n, F64::set1(6.0771005065061922e-11), r);
}

// sin(x + shift pi / 2)
GRADTAPE_INLINE F32 sin_shifted(F32 x, int32_t shift) {
  F64 low_n, high_n;
  const F64 low = reduce_half(to_double_low(x), low_n), high = reduce_half(to_double_high(x), high_n);
  F32 r = to_float(low, high);
  I32 quadrant = truncate_to_int(to_float(low_n, high_n));
  if (!all(lt(abs(x), F32::set1(131072.0f)))) {
    alignas(64) float values[F32::kLanes], rests[F32::kLanes];
    alignas(64) int32_t quadrants[F32::kLanes];
    store(values, x);
    store(rests, r);
    store(quadrants, quadrant);
    for (int i = 0; i < F32::kLanes; i++) {
      const float magnitude = values[i] < 0 ? -values[i] : values[i];
      if (magnitude < 131072.0f) continue;
      quadrants[i] = 0;
      rests[i] = magnitude < kInfinity ? reduce_large(values[i], quadrants[i]) : kNan;
    }
    r = F32::load(rests);
    quadrant = I32::load(quadrants);
  }
  quadrant = quadrant + I32::set1(shift);
  const F32 square = r * r;
  F32 sine = fmadd(F32::set1(-1.951840823e-4f), square, F32::set1(8.332190104e-3f));
  sine = fmadd(sine, square, F32::set1(-1.666665524e-1f));
  sine = fmadd(sine * square, r, r);
  F32 cosine = fmadd(F32::set1(2.443066114e-5f), square, F32::set1(-1.388730132e-3f));
  cosine = fmadd(cosine, square, F32::set1(4.166664556e-2f));
  cosine = fmadd(cosine * square, square, fnmadd(F32::set1(0.5f), square, F32::set1(1.0f)));
  const F32 y = select(eq(quadrant & I32::set1(1), I32::zero()), sine, cosine);
  return y ^ as_float(shl(quadrant & I32::set1(2), 30));
}

GRADTAPE_INLINE F32 sin(F32 x) { return select(eq(x, F32::zero()), x, sin_shifted(x, 0)); }
GRADTAPE_INLINE F32 cos(F32 x) { return sin_shifted(x, 1); }

// log2 of m within sqrt(1/2) and sqrt(2).
GRADTAPE_INLINE F64 log2_of_mantissa(F64 m) {
  const F64 one = F64::set1(1.0);
  const F64 s = (m - one) / (m + one), z = s * s;
  F64 q = fmadd(F64::set1(0.28293242530218315), z, F64::set1(0.31990348801582863));
  q = fmadd(q, z, F64::set1(0.41220930503696357));
  q = fmadd(q, z, F64::set1(0.5770779418564216));
  q = fmadd(q, z, F64::set1(0.9617966941150852));
  q = fmadd(q, z, F64::set1(2.8853900817778504));
  return q * s;
}

// 2^r for |r| <= 1/2.
GRADTAPE_INLINE F64 exp2_near_zero(F64 r) {
  F64 q = fmadd(F64::set1(1.5316459870906628e-05), r, F64::set1(0.00015469731669920454));
  q = fmadd(q, r, F64::set1(0.0013333422653270255));
  q = fmadd(q, r, F64::set1(0.009618025604115989));
  q = fmadd(q, r, F64::set1(0.05550410976099713));
  q = fmadd(q, r, F64::set1(0.24022651213584464));
  q = fmadd(q, r, F64::set1(0.6931471805350299));
  return fmadd(q, r, F64::set1(1.0));
}

// x to the power y, with C's pow's answers at the edges: 1 for y = 0 and for x = 1, NaN for negative x and broken y.
GRADTAPE_INLINE F32 pow(F32 x, F32 y) {
  const F32 zero = F32::zero(), one = F32::set1(1.0f), infinity = F32::set1(kInfinity);
  const F32 base = abs(x);
  const M32 tiny = lt(base, F32::set1(1.17549435e-38f));
  I32 e;
  const F32 m = split_power(select(tiny, base * F32::set1(8388608.0f), base), e);
  const F32 exponent = to_float(e) - select(tiny, F32::set1(23.0f), zero);
  F64 low = (to_double_low(exponent) + log2_of_mantissa(to_double_low(m))) * to_double_low(y);
  F64 high = (to_double_high(exponent) + log2_of_mantissa(to_double_high(m))) * to_double_high(y);
  low = min_or_b(F64::set1(130.0), max_or_b(F64::set1(-152.0), low));
  high = min_or_b(F64::set1(130.0), max_or_b(F64::set1(-152.0), high));
  const F64 low_n = round(low), high_n = round(high);
  const F32 p = to_float(exp2_near_zero(low - low_n), exp2_near_zero(high - high_n));
  F32 z = scale_by_power(p, to_float(low_n, high_n));
  // Zero and infinite bases, infinite exponents of bases that are not 1.
  const M32 grows = gt(base, one) ^ lt(y, zero);
  const M32 extreme = eq(base, zero) | eq(base, infinity) | (eq(abs(y), infinity) & ne(base, one));
  z = select(extreme, select(grows, infinity, zero), z);
  z = select(eq(base, one) & !is_nan(y), one, z);
  const M32 whole = eq(floor(y), y);
  const F32 half = y * F32::set1(0.5f);
  const M32 odd = whole & ne(floor(half), half);
  const M32 negative = lt(as_int(x), I32::zero());
  z = select(negative & odd, -z, z);
  z = select(lt(x, zero) & !whole & gt(x, -infinity), F32::set1(kNan), z);
  z = select(is_nan(x) | is_nan(y), F32::set1(kNan), z);
  return select(eq(y, zero) | eq(x, one), one, z);
}

}  // namespace gradtape::GRADTAPE_ISA
