// Rows that round, bound and sort numbers into kinds, and the divisions that round.
#include <math.h>

#include "families.h"
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

// attrs: min, max, which for integers are whole numbers, perhaps beyond all integers.
void clip(const Call& call) {
  const double low = call.attrs[0], high = call.attrs[1];
  const DType dtype = call.outputs[0].dtype;
  if (dtype == DType::float32 || dtype == DType::float64) return unary_float_by(call, Clip<double>{low, high});
  if (low > INT32_MAX || high < INT32_MIN) {  // everything becomes that bound
    const double bound = low > INT32_MAX ? low : high;
    return with_type(dtype, [&](auto zero) { fill_view(call.outputs[0], stored_as<decltype(zero)>(bound)); });
  }
  unary_by(call, Clip<int32_t>{low < INT32_MIN ? INT32_MIN : static_cast<int32_t>(low),
                               high > INT32_MAX ? INT32_MAX : static_cast<int32_t>(high)});
}

struct Step {
  double alpha;
  GRADTAPE_MEMBER F32 of(F32 x) const {
    return select(is_nan(x), x, select(lt(F32::zero(), x), F32::set1(1), F32::set1(static_cast<float>(alpha))));
  }
  GRADTAPE_MEMBER F64 of(F64 x) const { return select(is_nan(x), x, select(lt(F64::zero(), x), F64::set1(1), F64::set1(alpha))); }
  int32_t of(int32_t x) const { return x > 0 ? 1 : stored_as<int32_t>(alpha); }
};

// attrs: alpha.
void step(const Call& call) { unary_by(call, Step{call.attrs[0]}); }

// Truth values about numbers of any dtype.
template <typename F>
void kind(const Call& call) {
  uint8_t* const y = static_cast<uint8_t*>(call.outputs[0].data);
  with_type(call.inputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    const T* const x = static_cast<const T*>(call.inputs[0].data);
    for_pieces(call.outputs[0].size, kPiece, [=](int64_t from, int64_t to) {
      for (int64_t i = from; i < to; i++) y[i] = static_cast<uint8_t>(F::of(x[i]));
    });
  });
}

struct IsNan {
  template <typename T>
  static GRADTAPE_MEMBER bool of(T x) {
    return x != x;
  }
};
struct IsFinite {
  template <typename T>
  static GRADTAPE_MEMBER bool of(T x) {
    return x - x == 0;
  }
};
struct IsInf {
  template <typename T>
  static GRADTAPE_MEMBER bool of(T x) {
    return (x == x) & !(x - x == 0);
  }
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
    return select(lt(zero, b), inside, -inside);
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
  static GRADTAPE_MEMBER F64 of(F64 a, F64 b) { return floor(a / b); }
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

constexpr Row kRows[] = {
    {"sign", unary<Sign>},        {"floor", unary<Floor>}, {"ceil", unary<Ceil>},          {"round", unary<Round>},
    {"clipByValue", clip},        {"step", step},          {"isNaN", kind<IsNan>},         {"isInf", kind<IsInf>},
    {"isFinite", kind<IsFinite>}, {"mod", binary<Mod>},    {"floorDiv", binary<FloorDiv>}, {"divNoNan", binary_float<DivNoNan>},
};

}  // namespace

Table rounding_table() { return {kRows, sizeof kRows / sizeof kRows[0]}; }

}  // namespace gradtape::GRADTAPE_ISA
