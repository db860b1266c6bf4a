// Rows of activation functions other than those in elementwise.cc: on floats in vectors, on doubles by the C library.
#include <math.h>

#include "families.h"
#include "gemm/activation.h"
#include "pointwise.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

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

// attrs: alpha.
template <typename F>
void with_alpha(const Call& call) {
  unary_float_by(call, F{call.attrs[0]});
}

// attrs: approximate.
void gelu_row(const Call& call) {
  if (call.attrs[0] != 0) return unary_float<GeluTanh>(call);
  unary_float<Gelu>(call);
}

constexpr Row kRows[] = {
    {"leakyRelu", with_alpha<LeakyRelu>},
    {"elu", with_alpha<Elu>},
    {"gelu", gelu_row},
    {"relu6", unary<Relu6>},
    {"selu", unary_float<Selu>},
    {"silu", unary_float<Silu>},
    {"softplus", unary_float<Softplus>},
    {"softsign", unary_float<Softsign>},
    {"logSigmoid", unary_float<LogSigmoid>},
    {"hardSigmoid", unary_float<HardSigmoid>},
};

}  // namespace

Table activations_table() { return {kRows, sizeof kRows / sizeof kRows[0]}; }

}  // namespace gradtape::GRADTAPE_ISA
