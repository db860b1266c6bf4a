// Rows that round, bound and sort numbers into kinds, and the divisions that round.
#include "decisions.h"
#include "families.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

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

constexpr Row kRows[] = {
    {"sign", unary<Sign>},        {"floor", unary<Floor>}, {"ceil", unary<Ceil>},          {"round", unary<Round>},
    {"clipByValue", clip},        {"step", step},          {"isNaN", kind<IsNan>},         {"isInf", kind<IsInf>},
    {"isFinite", kind<IsFinite>}, {"mod", binary<Mod>},    {"floorDiv", binary<FloorDiv>}, {"divNoNan", binary_float<DivNoNan>},
};

}  // namespace

Table rounding_table() { return {kRows, sizeof kRows / sizeof kRows[0]}; }

}  // namespace gradtape::GRADTAPE_ISA
