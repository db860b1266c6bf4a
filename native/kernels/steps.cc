// The loops of a fused program's steps, made of the functors that the ops themselves are made of, so that the bits are the same.
#include "steps.h"

#include "decisions.h"
#include "functors.h"
#include "special.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

// What a functor gives as floats: truth values become 0 and 1.
GRADTAPE_INLINE F32 as_floats(F32 x) { return x; }
GRADTAPE_INLINE F32 as_floats(M32 m) { return select(m, F32::set1(1), F32::zero()); }

template <typename F>
GRADTAPE_INLINE F32 apply_one(const F& f, F32 x) {
  if constexpr (requires { f.of(x); }) {
    return as_floats(f.of(x));
  } else {
    alignas(64) float lanes[F32::kLanes];
    store(lanes, x);
    for (int i = 0; i < F32::kLanes; i++) lanes[i] = f.of(lanes[i]);
    return F32::load(lanes);
  }
}

template <typename F>
GRADTAPE_INLINE void run_one(const F& f, const Place* a, float* y, int64_t n) {
  const float* p = a->at;
  const int64_t s = a->by;
  int64_t i = 0;
  for (; i + F32::kLanes <= n; i += F32::kLanes, p += s) store(y + i, apply_one(f, F32::load(p)));
  if (i < n) store_partial(y + i, apply_one(f, F32::load_partial(p, n - i)), n - i);
}

template <typename F>
void one(const Place* a, const Place*, const Place*, float* y, int64_t n, double) {
  run_one(F{}, a, y, n);
}

// An op with an attribute is an object that begins with it.
template <typename F>
void one_with(const Place* a, const Place*, const Place*, float* y, int64_t n, double attr) {
  run_one(F{attr}, a, y, n);
}

template <typename F>
void two(const Place* a, const Place* b, const Place*, float* y, int64_t n, double) {
  const float* p = a->at;
  const float* q = b->at;
  const int64_t s = a->by, t = b->by;
  int64_t i = 0;
  for (; i + F32::kLanes <= n; i += F32::kLanes, p += s, q += t) store(y + i, as_floats(F::of(F32::load(p), F32::load(q))));
  if (i < n) store_partial(y + i, as_floats(F::of(F32::load_partial(p, n - i), F32::load_partial(q, n - i))), n - i);
}

void choose(const Place* a, const Place* b, const Place* c, float* y, int64_t n, double) {
  const float* p = a->at;
  const float* q = b->at;
  const float* r = c->at;
  const int64_t s = a->by, t = b->by, u = c->by;
  int64_t i = 0;
  for (; i + F32::kLanes <= n; i += F32::kLanes, p += s, q += t, r += u)
    store(y + i, select(ne(F32::load(p), F32::zero()), F32::load(q), F32::load(r)));
  if (i < n) {
    const int64_t rest = n - i;
    const M32 chosen = ne(F32::load_partial(p, rest), F32::zero());
    store_partial(y + i, select(chosen, F32::load_partial(q, rest), F32::load_partial(r, rest)), rest);
  }
}

void gelu_step(const Place* a, const Place*, const Place*, float* y, int64_t n, double approximate) {
  if (approximate != 0) return run_one(GeluTanh{}, a, y, n);
  run_one(Gelu{}, a, y, n);
}

struct Copy {
  static GRADTAPE_MEMBER F32 of(F32 x) { return x; }
};
struct NotZero {
  static GRADTAPE_MEMBER M32 of(F32 x) { return ne(x, F32::zero()); }
};

// In the order of FUSIBLE in lib/ops/fused.ts.
constexpr StepKind kKinds[] = {
    {nullptr, 0, 0},                                 // constant
    {nullptr, 1, 0},                                 // broadcastTo
    {one<NotZero>, 1, 1},                            // cast
    {two<Add>, 2, 1},                                // add
    {two<Sub>, 2, 1},                                // sub
    {two<Mul>, 2, 1},                                // mul
    {two<Div>, 2, 4},                                // div
    {two<Maximum>, 2, 1},                            // maximum
    {two<Minimum>, 2, 1},                            // minimum
    {two<SquaredDifference>, 2, 1},                  // squaredDifference
    {two<DivNoNan>, 2, 4},                           // divNoNan
    {two<Pow>, 2, 40},                               // pow
    {two<Mod>, 2, 30},                               // mod
    {two<FloorDiv>, 2, 12},                          // floorDiv
    {two<LogAddExp>, 2, 28},                         // logaddexp
    {one<Neg>, 1, 1},                                // neg
    {one<Square>, 1, 1},                             // square
    {one<Abs>, 1, 1},                                // abs
    {one<Sign>, 1, 1},                               // sign
    {one<Sqrt>, 1, 4},                               // sqrt
    {one<Rsqrt>, 1, 8},                              // rsqrt
    {one<Reciprocal>, 1, 4},                         // reciprocal
    {one<Exp>, 1, 8},                                // exp
    {one<Expm1>, 1, 10},                             // expm1
    {one<Log>, 1, 12},                               // log
    {one<Log1p>, 1, 16},                             // log1p
    {one<Sin>, 1, 25},                               // sin
    {one<Cos>, 1, 25},                               // cos
    {one<Tan>, 1, 50},                               // tan
    {one<Sinh>, 1, 24},                              // sinh
    {one<Cosh>, 1, 20},                              // cosh
    {one<Tanh>, 1, 14},                              // tanh
    {one<Asin>, 1, 100},                             // asin
    {one<Acos>, 1, 100},                             // acos
    {one<Atan>, 1, 100},                             // atan
    {one<Erf>, 1, 20},                               // erf
    {one<Erfc>, 1, 24},                              // erfc
    {one<Lgamma>, 1, 36},                            // lgamma
    {one<Digamma>, 1, 30},                           // digamma
    {one<Sigmoid>, 1, 12},                           // sigmoid
    {one<Softplus>, 1, 24},                          // softplus
    {one<LogSigmoid>, 1, 24},                        // logSigmoid
    {one<Softsign>, 1, 4},                           // softsign
    {one<HardSigmoid>, 1, 5},                        // hardSigmoid
    {one<Relu>, 1, 1},                               // relu
    {one<Relu6>, 1, 1},                              // relu6
    {one_with<LeakyRelu>, 1, 1},                     // leakyRelu
    {one_with<Elu>, 1, 11},                          // elu
    {one<Selu>, 1, 11},                              // selu
    {one<Silu>, 1, 13},                              // silu
    {gelu_step, 1, 26},                              // gelu
    {one_with<gradtape::GRADTAPE_ISA::Step>, 1, 1},  // step
    {one<Floor>, 1, 1},                              // floor
    {one<Ceil>, 1, 1},                               // ceil
    {one<Round>, 1, 1},                              // round
    {one<IsNan>, 1, 1},                              // isNaN
    {one<IsInf>, 1, 1},                              // isInf
    {one<IsFinite>, 1, 1},                           // isFinite
    {two<Equal>, 2, 1},                              // equal
    {two<NotEqual>, 2, 1},                           // notEqual
    {two<Less>, 2, 1},                               // less
    {two<LessEqual>, 2, 1},                          // lessEqual
    {two<Greater>, 2, 1},                            // greater
    {two<GreaterEqual>, 2, 1},                       // greaterEqual
    {two<And>, 2, 1},                                // logicalAnd
    {two<Or>, 2, 1},                                 // logicalOr
    {two<Xor>, 2, 1},                                // logicalXor
    {one<Not>, 1, 1},                                // logicalNot
    {choose, 3, 1},                                  // where
};

}  // namespace

StepKinds step_kinds() { return {kKinds, sizeof kKinds / sizeof kKinds[0]}; }

void copy_block(const Place* a, const Place*, const Place*, float* y, int64_t n, double) { run_one(Copy{}, a, y, n); }

}  // namespace gradtape::GRADTAPE_ISA
