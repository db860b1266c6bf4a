// Rows softmax, its gradient, logSoftmax and softmaxCrossEntropy: along the last axis a line after the other, along another as many lines side by side as there are lanes.
#include <math.h>

#include "broadcast.h"
#include "families.h"
#include "simd/math.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

constexpr int64_t kPiece = 8192;     // elements worth a thread
constexpr int64_t kLongLine = 4096;  // floats of a line that does not stay in the first-level cache

// Where line `at` begins, of lines of `count` elements that are `step` apart.
int64_t start_of(int64_t at, int64_t count, int64_t step) { return step == 1 ? at * count : at / step * step * count + at % step; }

// Whether the result is a logarithm.
enum Form { kPlain, kLogarithm };

// exp of what is not above zero, or NaN, as exp gives it.
GRADTAPE_INLINE F32 exp_below(F32 x) { return exp_inside(max_or_b(F32::set1(-104.0f), x)); }

// The largest of n floats: of long lines by four vectors at a time, since each waits for the one before.
GRADTAPE_INLINE float top_of(const float* x, int64_t n) {
  constexpr int64_t kLanes = F32::kLanes;
  F32 top = F32::set1(-kInfinity);
  int64_t i = 0;
  if (n >= 16 * kLanes) {
    F32 tops[4] = {top, top, top, top};
    for (; i + 4 * kLanes <= n; i += 4 * kLanes) {
      for (int64_t j = 0; j < 4; j++) tops[j] = max(tops[j], F32::load(x + i + j * kLanes));
    }
    top = max(max(tops[0], tops[1]), max(tops[2], tops[3]));
  }
  for (; i + kLanes <= n; i += kLanes) top = max(top, F32::load(x + i));
  if (i < n) {
    const M32 inside = lt(iota(), I32::set1(static_cast<int32_t>(n - i)));
    top = max(top, select(inside, F32::load_partial(x + i, n - i), F32::set1(-kInfinity)));
  }
  return max_lane(top);
}

// One line of floats in one piece; `near` is y, or a line in the cache, from where the result goes past it.
template <Form F>
GRADTAPE_INLINE void line(const float* x, float* y, float* near, int64_t n) {
  const int64_t whole = n - n % F32::kLanes;
  const M32 inside = lt(iota(), I32::set1(static_cast<int32_t>(n - whole)));
  const F32 top = F32::set1(top_of(x, n));
  F32 totals = F32::zero();
  for (int64_t i = 0; i < whole; i += F32::kLanes) {
    const F32 shifted = F32::load(x + i) - top, power = exp_below(shifted);
    totals = totals + power;
    store(near + i, F == kLogarithm ? shifted : power);
  }
  if (whole < n) {
    const F32 shifted = F32::load_partial(x + whole, n - whole) - top, power = exp_below(shifted);
    totals = totals + select(inside, power, F32::zero());
    store_partial(y + whole, F == kLogarithm ? shifted : power, n - whole);
  }
  const F32 total = F32::set1(sum(totals));
  const F32 change = F == kLogarithm ? log(total) : F32::set1(1.0f) / total;
  const auto finish = [=](F32 v) __attribute__((always_inline)) { return F == kLogarithm ? v - change : v * change; };
  if (near != y) {
    for (int64_t i = 0; i < n; i += F32::kLanes) stream(y + i, finish(F32::load(near + i)));
    return;
  }
  for (int64_t i = 0; i < whole; i += F32::kLanes) store(y + i, finish(F32::load(y + i)));
  if (whole < n) store_partial(y + whole, finish(F32::load_partial(y + whole, n - whole)), n - whole);
}

// `lanes` lines of `count` floats that lie side by side, `step` apart from one element to the next.
template <Form F>
GRADTAPE_INLINE void lines(const float* x, float* y, int64_t count, int64_t step, int64_t lanes) {
  const auto take = [=](const float* p) __attribute__((always_inline)) {
    return lanes == F32::kLanes ? F32::load(p) : F32::load_partial(p, lanes);
  };
  F32 top = F32::set1(-kInfinity), total = F32::zero();
  for (int64_t i = 0; i < count; i++) top = max(top, take(x + i * step));
  for (int64_t i = 0; i < count; i++) {
    const F32 shifted = take(x + i * step) - top, power = exp_below(shifted);
    total = total + power;
    store_partial(y + i * step, F == kLogarithm ? shifted : power, lanes);
  }
  const F32 change = F == kLogarithm ? log(total) : F32::set1(1.0f) / total;
  for (int64_t i = 0; i < count; i++) {
    const F32 v = take(y + i * step);
    store_partial(y + i * step, F == kLogarithm ? v - change : v * change, lanes);
  }
}

// One line of doubles.
template <Form F>
void line(const double* x, double* y, int64_t count, int64_t step) {
  double top = -__builtin_inf(), total = 0;
  for (int64_t i = 0; i < count; i++) {
    const double v = x[i * step];
    top = v > top || v != v ? v : top;
  }
  for (int64_t i = 0; i < count; i++) {
    const double shifted = x[i * step] - top, power = ::exp(shifted);
    total += power;
    y[i * step] = F == kLogarithm ? shifted : power;
  }
  const double change = F == kLogarithm ? ::log(total) : total;
  for (int64_t i = 0; i < count; i++) y[i * step] = F == kLogarithm ? y[i * step] - change : y[i * step] / change;
}

// attrs: the axis.
template <Form F>
void softmax(const Call& call) {
  const View& x = call.inputs[0];
  const int32_t axis = static_cast<int32_t>(call.attrs[0]);
  const int64_t count = x.shape[axis];
  if (x.size == 0) return;
  int64_t step = 1;
  for (int32_t d = axis + 1; d < x.rank; d++) step *= x.shape[d];
  const int64_t all = x.size / count, piece = kPiece / count > 0 ? kPiece / count : 1;
  const bool streams = x.dtype == DType::float32 && step == 1 && count <= kLongLine &&
                       streams_to<F32>(static_cast<const float*>(call.outputs[0].data), x.size, count);
  for_pieces(all, piece, [&](int64_t from, int64_t to) {
    float* const near = streams ? static_cast<float*>(scratch(Scratch::kernel, count * static_cast<int64_t>(sizeof(float)))) : nullptr;
    for (int64_t at = from; at < to;) {
      const int64_t start = start_of(at, count, step);
      int64_t lanes = 1;
      if (x.dtype == DType::float64) {
        line<F>(static_cast<const double*>(x.data) + start, static_cast<double*>(call.outputs[0].data) + start, count, step);
      } else {
        const float* const in = static_cast<const float*>(x.data) + start;
        float* const out = static_cast<float*>(call.outputs[0].data) + start;
        if (step == 1) {
          line<F>(in, out, near != nullptr ? near : out, count);
        } else {
          lanes = step - at % step < to - at ? step - at % step : to - at;
          if (lanes > F32::kLanes) lanes = F32::kLanes;
          lines<F>(in, out, count, step, lanes);
        }
      }
      at += lanes;
    }
    if (near != nullptr) stream_end();
  });
}

// What flows to one line of floats: y * (dy - the sum of dy * y).
GRADTAPE_INLINE void gradient_line(const float* dy, const float* y, float* dx, int64_t n, bool streams) {
  const int64_t whole = n - n % F32::kLanes;
  F32 s0 = F32::zero(), s1 = F32::zero();
  int64_t i = 0;
  for (; i + 2 * F32::kLanes <= whole; i += 2 * F32::kLanes) {
    s0 = fmadd(F32::load(dy + i), F32::load(y + i), s0);
    s1 = fmadd(F32::load(dy + i + F32::kLanes), F32::load(y + i + F32::kLanes), s1);
  }
  if (i < whole) s0 = fmadd(F32::load(dy + i), F32::load(y + i), s0);
  if (whole < n) s1 = fmadd(F32::load_partial(dy + whole, n - whole), F32::load_partial(y + whole, n - whole), s1);
  const F32 total = F32::set1(sum(s0 + s1));
  if (streams) {
    for (i = 0; i < n; i += F32::kLanes) stream(dx + i, F32::load(y + i) * (F32::load(dy + i) - total));
    return;
  }
  for (i = 0; i < whole; i += F32::kLanes) store(dx + i, F32::load(y + i) * (F32::load(dy + i) - total));
  if (whole < n) {
    store_partial(dx + whole, F32::load_partial(y + whole, n - whole) * (F32::load_partial(dy + whole, n - whole) - total), n - whole);
  }
}

// `lanes` lines that lie side by side.
GRADTAPE_INLINE void gradient_lines(const float* dy, const float* y, float* dx, int64_t count, int64_t step, int64_t lanes) {
  const auto take = [=](const float* p) __attribute__((always_inline)) {
    return lanes == F32::kLanes ? F32::load(p) : F32::load_partial(p, lanes);
  };
  F32 total = F32::zero();
  for (int64_t i = 0; i < count * step; i += step) total = fmadd(take(dy + i), take(y + i), total);
  for (int64_t i = 0; i < count * step; i += step) store_partial(dx + i, take(y + i) * (take(dy + i) - total), lanes);
}

void gradient_line(const double* dy, const double* y, double* dx, int64_t count, int64_t step) {
  double total = 0;
  for (int64_t i = 0; i < count * step; i += step) total += dy[i] * y[i];
  for (int64_t i = 0; i < count * step; i += step) dx[i] = y[i] * (dy[i] - total);
}

// Inputs dy and y, output dx. attrs: the axis.
void softmax_gradient(const Call& call) {
  const View& y = call.inputs[1];
  const int32_t axis = static_cast<int32_t>(call.attrs[0]);
  const int64_t count = y.shape[axis];
  if (y.size == 0) return;
  int64_t step = 1;
  for (int32_t d = axis + 1; d < y.rank; d++) step *= y.shape[d];
  const int64_t piece = kPiece / count > 0 ? kPiece / count : 1;
  const bool plain = y.dtype == DType::float32;
  const bool streams = plain && step == 1 && streams_to<F32>(static_cast<const float*>(call.outputs[0].data), y.size, count);
  for_pieces(y.size / count, piece, [&](int64_t from, int64_t to) {
    for (int64_t at = from; at < to;) {
      const int64_t start = start_of(at, count, step);
      int64_t lanes = 1;
      if (!plain) {
        gradient_line(static_cast<const double*>(call.inputs[0].data) + start, static_cast<const double*>(y.data) + start,
                      static_cast<double*>(call.outputs[0].data) + start, count, step);
      } else {
        const float *const dy = static_cast<const float*>(call.inputs[0].data) + start, *const p =
                                                                                            static_cast<const float*>(y.data) + start;
        float* const dx = static_cast<float*>(call.outputs[0].data) + start;
        if (step == 1) {
          gradient_line(dy, p, dx, count, streams);
        } else {
          lanes = step - at % step < to - at ? step - at % step : to - at;
          if (lanes > F32::kLanes) lanes = F32::kLanes;
          gradient_lines(dy, p, dx, count, step, lanes);
        }
      }
      at += lanes;
    }
    if (streams) stream_end();
  });
}

// One row of classes: its loss, and into `slope` what the loss changes by with the logits.
GRADTAPE_INLINE float crossentropy(const float* labels, const float* logits, float* slope, int64_t n) {
  const F32 zero = F32::zero();
  const int64_t whole = n - n % F32::kLanes, rest = n - whole;
  const M32 inside = lt(iota(), I32::set1(static_cast<int32_t>(rest)));
  const F32 top = F32::set1(top_of(logits, n));
  F32 powers = zero, truths = zero;
  for (int64_t i = 0; i < whole; i += F32::kLanes) {
    const F32 power = exp_below(F32::load(logits + i) - top);
    powers = powers + power;
    truths = truths + F32::load(labels + i);
    store(slope + i, power);
  }
  if (rest > 0) {
    const F32 power = select(inside, exp_below(F32::load_partial(logits + whole, rest) - top), zero);
    powers = powers + power;
    truths = truths + F32::load_partial(labels + whole, rest);
    store_partial(slope + whole, power, rest);
  }
  const F32 total = F32::set1(sum(powers)), less = log(total), share = F32::set1(sum(truths)) / total;
  F32 losses = zero;
  const auto loss_of = [=](F32 label, F32 logit) __attribute__((always_inline)) {
    return select(eq(label, zero), zero, label * (less - (logit - top)));
  };
  for (int64_t i = 0; i < whole; i += F32::kLanes) {
    const F32 label = F32::load(labels + i);
    losses = losses + loss_of(label, F32::load(logits + i));
    store(slope + i, fmsub(F32::load(slope + i), share, label));
  }
  if (rest > 0) {
    const F32 label = F32::load_partial(labels + whole, rest);
    losses = losses + loss_of(label, F32::load_partial(logits + whole, rest));
    store_partial(slope + whole, fmsub(F32::load_partial(slope + whole, rest), share, label), rest);
  }
  return sum(losses);
}

double crossentropy(const double* labels, const double* logits, double* slope, int64_t n) {
  double top = -__builtin_inf(), total = 0, truth = 0, loss = 0;
  for (int64_t i = 0; i < n; i++) top = logits[i] > top || logits[i] != logits[i] ? logits[i] : top;
  for (int64_t i = 0; i < n; i++) {
    slope[i] = ::exp(logits[i] - top);
    total += slope[i];
    truth += labels[i];
  }
  const double less = ::log(total);
  for (int64_t i = 0; i < n; i++) {
    if (labels[i] != 0) loss += labels[i] * (less - (logits[i] - top));
    slope[i] = slope[i] / total * truth - labels[i];
  }
  return loss;
}

template <typename T>
void crossentropy_rows(const Call& call) {
  const T* const labels = static_cast<const T*>(call.inputs[0].data);
  const T* const logits = static_cast<const T*>(call.inputs[1].data);
  T* const loss = static_cast<T*>(call.outputs[0].data);
  T* const slope = static_cast<T*>(call.outputs[1].data);
  const View& x = call.inputs[1];
  const int64_t n = x.shape[x.rank - 1], piece = n < kPiece ? kPiece / (n + 1) + 1 : 1;
  for_pieces(call.outputs[0].size, piece, [&](int64_t from, int64_t to) {
    for (int64_t row = from; row < to; row++) loss[row] = crossentropy(labels + row * n, logits + row * n, slope + row * n, n);
  });
}

// Inputs labels and logits; outputs a loss for each row of the last axis, and its slope by the logits.
void softmax_crossentropy(const Call& call) {
  if (call.inputs[1].dtype == DType::float64) return crossentropy_rows<double>(call);
  crossentropy_rows<float>(call);
}

constexpr Row kRows[] = {{"softmaxCrossEntropy", softmax_crossentropy},
                         {"softmax", softmax<kPlain>},
                         {"softmaxGradient", softmax_gradient},
                         {"logSoftmax", softmax<kLogarithm>}};

}  // namespace

Table softmax_table() { return {kRows, sizeof kRows / sizeof kRows[0]}; }

}  // namespace gradtape::GRADTAPE_ISA
