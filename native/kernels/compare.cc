// Rows that compare, that combine truth values, and where.
#include "decisions.h"
#include "families.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

template <typename F, bool StepA, bool StepB, typename T>
GRADTAPE_INLINE void compare_run(const T* a, const T* b, uint8_t* y, int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] = static_cast<uint8_t>(F::of(a[StepA ? i : 0], b[StepB ? i : 0]));
}

template <typename F, typename T>
void compare_pairs(const Call& call) {
  const Walk walk(call.outputs[0], call.inputs, 2);
  const T* const a = static_cast<const T*>(call.inputs[0].data);
  const T* const b = static_cast<const T*>(call.inputs[1].data);
  uint8_t* const y = static_cast<uint8_t*>(call.outputs[0].data);
  const bool step_a = walk.stride[0][walk.rank - 1] != 0, step_b = walk.stride[1][walk.rank - 1] != 0;
  for_pieces(walk.size, kPiece, [&](int64_t from, int64_t to) {
    walk.runs(from, to, [&](int64_t at, const int64_t* offset, int64_t n) {
      const T* const p = a + offset[0];
      const T* const q = b + offset[1];
      if (step_a && step_b) return compare_run<F, true, true>(p, q, y + at, n);
      if (step_a) return compare_run<F, true, false>(p, q, y + at, n);
      if (step_b) return compare_run<F, false, true>(p, q, y + at, n);
      compare_run<F, false, false>(p, q, y + at, n);
    });
  });
}

template <typename F>
void compare(const Call& call) {
  switch (call.inputs[0].dtype) {
    case DType::float32:
      return compare_pairs<F, float>(call);
    case DType::float64:
      return compare_pairs<F, double>(call);
    case DType::int32:
      return compare_pairs<F, int32_t>(call);
    default:
      return compare_pairs<F, uint8_t>(call);
  }
}

// Values are moved as whole words, so any dtype of the size will do.
template <typename T, bool StepC, bool StepA, bool StepB>
GRADTAPE_INLINE void choose_run(const uint8_t* c, const T* a, const T* b, T* y, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    const T left = a[StepA ? i : 0], right = b[StepB ? i : 0];
    y[i] = c[StepC ? i : 0] != 0 ? left : right;
  }
}

template <typename T>
void choose(const Call& call) {
  const Walk walk(call.outputs[0], call.inputs, 3);
  const uint8_t* const condition = static_cast<const uint8_t*>(call.inputs[0].data);
  const T* const a = static_cast<const T*>(call.inputs[1].data);
  const T* const b = static_cast<const T*>(call.inputs[2].data);
  T* const y = static_cast<T*>(call.outputs[0].data);
  int steps = 0;
  for (int n = 0; n < 3; n++) steps = 2 * steps + (walk.stride[n][walk.rank - 1] != 0);
  for_pieces(walk.size, kPiece, [&](int64_t from, int64_t to) {
    walk.runs(from, to, [&](int64_t at, const int64_t* offset, int64_t n) {
      const uint8_t* const c = condition + offset[0];
      const T* const p = a + offset[1];
      const T* const q = b + offset[2];
      switch (steps) {
        case 7:
          return choose_run<T, true, true, true>(c, p, q, y + at, n);
        case 6:
          return choose_run<T, true, true, false>(c, p, q, y + at, n);
        case 5:
          return choose_run<T, true, false, true>(c, p, q, y + at, n);
        case 4:
          return choose_run<T, true, false, false>(c, p, q, y + at, n);
        case 3:
          return choose_run<T, false, true, true>(c, p, q, y + at, n);
        case 2:
          return choose_run<T, false, true, false>(c, p, q, y + at, n);
        case 1:
          return choose_run<T, false, false, true>(c, p, q, y + at, n);
        default:
          return choose_run<T, false, false, false>(c, p, q, y + at, n);
      }
    });
  });
}

void where(const Call& call) {
  switch (size_of(call.outputs[0].dtype)) {
    case 8:
      return choose<uint64_t>(call);
    case 4:
      return choose<uint32_t>(call);
    default:
      return choose<uint8_t>(call);
  }
}

constexpr Row kRows[] = {
    {"equal", compare<Equal>},
    {"notEqual", compare<NotEqual>},
    {"less", compare<Less>},
    {"lessEqual", compare<LessEqual>},
    {"greater", compare<Greater>},
    {"greaterEqual", compare<GreaterEqual>},
    {"logicalAnd", pairs<And, uint8_t>},
    {"logicalOr", pairs<Or, uint8_t>},
    {"logicalXor", pairs<Xor, uint8_t>},
    {"logicalNot", each<Not, uint8_t>},
    {"where", where},
};

}  // namespace

Table compare_table() { return {kRows, sizeof kRows / sizeof kRows[0]}; }

}  // namespace gradtape::GRADTAPE_ISA
