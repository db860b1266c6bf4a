// Row cast: every dtype into every other; floats that no integer holds are refused.
#include "core/number.h"
#include "families.h"
#include "pointwise.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

template <typename From, typename To>
void convert(const Call& call) {
  const From* const x = static_cast<const From*>(call.inputs[0].data);
  To* const y = static_cast<To*>(call.outputs[0].data);
  for_pieces(call.outputs[0].size, kPiece, [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i++) y[i] = static_cast<To>(x[i]);
  });
}

template <typename From>
void to_bool(const Call& call) {
  const From* const x = static_cast<const From*>(call.inputs[0].data);
  uint8_t* const y = static_cast<uint8_t*>(call.outputs[0].data);
  for_pieces(call.outputs[0].size, kPiece, [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i++) y[i] = static_cast<uint8_t>(x[i] != 0);
  });
}

// Towards zero. `low` and `high` are the nearest whole numbers outside the range of To.
template <typename From, typename To>
void to_integer(const Call& call, double low, double high, const char* name) {
  const From* const x = static_cast<const From*>(call.inputs[0].data);
  To* const y = static_cast<To*>(call.outputs[0].data);
  const auto fits = [=](From value) { return static_cast<double>(value) > low && static_cast<double>(value) < high; };
  int64_t first_bad = call.outputs[0].size;
  for_pieces(call.outputs[0].size, kPiece, [&](int64_t from, int64_t to) {
    int bad = 0;
    for (int64_t i = from; i < to; i++) {
      const bool good = fits(x[i]);
      bad |= !good;
      y[i] = static_cast<To>(static_cast<int32_t>(good ? x[i] : 0));
    }
    if (bad == 0) return;
    int64_t at = from;
    while (fits(x[at])) at++;
    int64_t known = __atomic_load_n(&first_bad, __ATOMIC_RELAXED);
    while (at < known && !__atomic_compare_exchange_n(&first_bad, &known, at, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    }
  });
  if (first_bad == call.outputs[0].size) return;
  char number[kNumberSize];
  format_number(static_cast<double>(x[first_bad]), number);
  call.fail("cast: %s at position %lld has no %s value", number, static_cast<long long>(first_bad), name);
}

template <typename From>
void cast_from(const Call& call) {
  constexpr bool floating = static_cast<From>(0.5) != 0;
  switch (call.outputs[0].dtype) {
    case DType::float32:
      return convert<From, float>(call);
    case DType::float64:
      return convert<From, double>(call);
    case DType::int32:
      if constexpr (floating) return to_integer<From, int32_t>(call, -2147483649.0, 2147483648.0, "int32");
      return convert<From, int32_t>(call);
    case DType::uint8:
      if constexpr (floating) return to_integer<From, uint8_t>(call, -1.0, 256.0, "uint8");
      return convert<From, uint8_t>(call);
    case DType::boolean:
      return to_bool<From>(call);
  }
}

void cast(const Call& call) {
  switch (call.inputs[0].dtype) {
    case DType::float32:
      return cast_from<float>(call);
    case DType::float64:
      return cast_from<double>(call);
    case DType::int32:
      return cast_from<int32_t>(call);
    default:
      return cast_from<uint8_t>(call);
  }
}

constexpr Row kRows[] = {{"cast", cast}};

}  // namespace

Table cast_table() { return {kRows, 1}; }

}  // namespace gradtape::GRADTAPE_ISA
