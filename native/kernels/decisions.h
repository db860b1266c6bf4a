// Functors that round, bound, compare and sort numbers into kinds, and those on truth values.
#pragma once
#include <math.h>

#include "pointwise.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

struct Sign {
  // Zeros keep their sign, and NaN stays.
  template <typename V>
  static GRADTAPE_MEMBER V of(V x) {
    return select(lt(V::zero(), x), V::set1(1), select(lt(x, V::zero()), V::set1(-1), x));
  }
  static GRADTAPE_MEMBER int32_t of(int32_t x) { return (x > 0) - (x < 0); }
};
struct Floor {
  static GRADTAPE_MEMBER F32 of(F32 x) { return floor(x); }
  static GRADTAPE_MEMBER F64 of(F64 x) { return floor(x); }
  static GRADTAPE_MEMBER int32_t of(int32_t x) { return x; }
};
struct Ceil {
  static GRADTAPE_MEMBER F32 of(F32 x) { return ceil(x); }
  static GRADTAPE_MEMBER F64 of(F64 x) { return ceil(x); }
  static GRADTAPE_MEMBER int32_t of(int32_t x) { return x; }
};
struct Round {
  static GRADTAPE_MEMBER F32 of(F32 x) { return round(x); }
  static GRADTAPE_MEMBER F64 of(F64 x) { return round(x); }
  static GRADTAPE_MEMBER int32_t of(int32_t x) { return x; }
};

template <typename T>
struct Clip {
  T low, high;
  GRADTAPE_MEMBER F32 of(F32 x) const { return min(max(x, F32::set1(static_cast<float>(low))), F32::set1(static_cast<float>(high))); }
  GRADTAPE_MEMBER F64 of(F64 x) const { return min(max(x, F64::set1(low)), F64::set1(high)); }
  GRADTAPE_MEMBER int32_t of(int32_t x) const {
    const int32_t above = x < low ? static_cast<int32_t>(low) : x;
    return above > high ? static_cast<int32_t>(high) : above;
  }
};

struct Step {
  double alpha;
  GRADTAPE_MEMBER F32 of(F32 x) const {
    return select(is_nan(x), x, select(lt(F32::zero(), x), F32::set1(1), F32::set1(static_cast<float>(alpha))));
  }
  GRADTAPE_MEMBER F64 of(F64 x) const { return select(is_nan(x), x, select(lt(F64::zero(), x), F64::set1(1), F64::set1(alpha))); }
  int32_t of(int32_t x) const { return x > 0 ? 1 : stored_as<int32_t>(alpha); }
};

struct IsNan {
  template <typename T>
  static GRADTAPE_MEMBER bool of(T x) {
    return x != x;
  }
  static GRADTAPE_MEMBER M32 of(F32 x) { return is_nan(x); }
};
struct IsFinite {
  template <typename T>
  static GRADTAPE_MEMBER bool of(T x) {
    return x - x == 0;
  }
  static GRADTAPE_MEMBER M32 of(F32 x) { return eq(x - x, F32::zero()); }
};
struct IsInf {
  template <typename T>
  static GRADTAPE_MEMBER bool of(T x) {
    return (x == x) & !(x - x == 0);
  }
  static GRADTAPE_MEMBER M32 of(F32 x) { return !(is_nan(x) | IsFinite::of(x)); }
};

// Remainders have the sign of the divisor; by 0 integers give 0.
struct Mod {
  static double of(double a, double b) {
    const double rest = ::fmod(a, b);
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
  }
  // By the quotient in doubles: below 2^27 its product with b is exact, and what is left tells whether it was one too many.
  static GRADTAPE_MEMBER F64 near(F64 a, F64 b, M64& good) {
    const F64 q = floor(a / b), rest = a - q * b, zero = F64::zero(), width = abs(b);
    const F64 along = select(lt(zero, b), rest, -rest);
    const F64 inside = select(lt(along, zero), along + width, along);
    good = lt(abs(q), F64::set1(134217728.0)) & lt(width, F64::set1(__builtin_inf())) & lt(zero, width);
    // A remainder of 0 has the sign of the dividend, as fmod's has.
    return select(eq(inside, zero), copysign(zero, a), select(lt(zero, b), inside, -inside));
  }
  static GRADTAPE_MEMBER F32 of(F32 a, F32 b) {
    M64 low_good, high_good;
    const F32 y = to_float(near(to_double_low(a), to_double_low(b), low_good), near(to_double_high(a), to_double_high(b), high_good));
    if (all(low_good) & all(high_good)) return y;
    alignas(64) float left[F32::kLanes], right[F32::kLanes];
    store(left, a);
    store(right, b);
    for (int i = 0; i < F32::kLanes; i++) left[i] = static_cast<float>(of(static_cast<double>(left[i]), static_cast<double>(right[i])));
    return F32::load(left);
  }
  static GRADTAPE_MEMBER int32_t of(int32_t a, int32_t b) {
    if (b == 0 || b == -1) return 0;
    const int32_t rest = a % b;
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
  }
};
struct FloorDiv {
  // In doubles, where no quotient of two floats is rounded up to a whole number.
  static GRADTAPE_MEMBER F32 of(F32 a, F32 b) {
    return to_float(of(to_double_low(a), to_double_low(b)), of(to_double_high(a), to_double_high(b)));
  }
  // A quotient too small for a double has been flushed to 0: below it, the next whole number is -1.
  static GRADTAPE_MEMBER F64 of(F64 a, F64 b) {
    const F64 zero = F64::zero(), q = a / b;
    const M64 below = (lt(a, zero) & lt(zero, b)) | (lt(zero, a) & lt(b, zero));
    const M64 finite = lt(abs(b), F64::set1(__builtin_inf()));
    return select(eq(q, zero) & below & finite, F64::set1(-1.0), floor(q));
  }
  static GRADTAPE_MEMBER int32_t of(int32_t a, int32_t b) {
    if (b == 0) return 0;
    if (b == -1) return wrapped(0u - static_cast<uint32_t>(a));
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
  }
};
struct DivNoNan {
  template <typename V>
  static GRADTAPE_MEMBER V of(V a, V b) {
    return select(eq(b, V::zero()), V::zero(), a / b);
  }
};

struct Equal {
  template <typename T>
  static GRADTAPE_MEMBER bool of(T a, T b) {
    return a == b;
  }
  static GRADTAPE_MEMBER M32 of(F32 a, F32 b) { return eq(a, b); }
};
struct NotEqual {
  template <typename T>
  static GRADTAPE_MEMBER bool of(T a, T b) {
    return a != b;
  }
  static GRADTAPE_MEMBER M32 of(F32 a, F32 b) { return ne(a, b); }
};
struct Less {
  template <typename T>
  static GRADTAPE_MEMBER bool of(T a, T b) {
    return a < b;
  }
  static GRADTAPE_MEMBER M32 of(F32 a, F32 b) { return lt(a, b); }
};
struct LessEqual {
  template <typename T>
  static GRADTAPE_MEMBER bool of(T a, T b) {
    return a <= b;
  }
  static GRADTAPE_MEMBER M32 of(F32 a, F32 b) { return le(a, b); }
};
struct Greater {
  template <typename T>
  static GRADTAPE_MEMBER bool of(T a, T b) {
    return a > b;
  }
  static GRADTAPE_MEMBER M32 of(F32 a, F32 b) { return gt(a, b); }
};
struct GreaterEqual {
  template <typename T>
  static GRADTAPE_MEMBER bool of(T a, T b) {
    return a >= b;
  }
  static GRADTAPE_MEMBER M32 of(F32 a, F32 b) { return ge(a, b); }
};
// Truth values as whole numbers or as floats 0 and 1.
struct And {
  static GRADTAPE_MEMBER int32_t of(int32_t a, int32_t b) { return a & b; }
  static GRADTAPE_MEMBER F32 of(F32 a, F32 b) { return a & b; }
};
struct Or {
  static GRADTAPE_MEMBER int32_t of(int32_t a, int32_t b) { return a | b; }
  static GRADTAPE_MEMBER F32 of(F32 a, F32 b) { return a | b; }
};
struct Xor {
  static GRADTAPE_MEMBER int32_t of(int32_t a, int32_t b) { return a ^ b; }
  static GRADTAPE_MEMBER F32 of(F32 a, F32 b) { return a ^ b; }
};
struct Not {
  static GRADTAPE_MEMBER int32_t of(int32_t x) { return 1 - x; }
  static GRADTAPE_MEMBER F32 of(F32 x) { return F32::set1(1) - x; }
};

}  // namespace
}  // namespace gradtape::GRADTAPE_ISA
