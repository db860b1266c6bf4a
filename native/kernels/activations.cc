// Rows of activation functions other than those in elementwise.cc: on floats in vectors, on doubles by the C library.
#include "families.h"
#include "functors.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

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
