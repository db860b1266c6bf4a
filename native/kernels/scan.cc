// Rows that run along an axis and keep what they have so far.
#include <math.h>

#include "families.h"
#include "pointwise.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

constexpr int64_t kSide = 64;  // lines that run side by side, where neighbours in memory belong to different lines

// Runs F along the axis of the attributes: make(starts at `at`) gives the state of a line, step(state, at, place) takes one element.
// Lines are shared out among threads, each is run by one.
template <typename State, typename Make, typename Step>
GRADTAPE_INLINE void run_lines(const Call& call, const Make& make, const Step& step) {
  const View& x = call.inputs[0];
  const int32_t axis = static_cast<int32_t>(call.attrs[0]);
  const bool reverse = call.attrs[1] != 0;
  if (x.size == 0) return;
  const int64_t length = x.shape[axis];
  int64_t outer = 1, inner = 1;
  for (int32_t d = 0; d < axis; d++) outer *= x.shape[d];
  for (int32_t d = axis + 1; d < x.rank; d++) inner *= x.shape[d];
  const int64_t first = reverse ? length - 1 : 0, by = reverse ? -1 : 1;
  if (inner == 1) {
    for_pieces(outer, kPiece / length + 1, [=](int64_t o, int64_t end) {
      for (; o < end; o++) {
        State state = make();
        int64_t place = first;
        for (int64_t i = 0; i < length; i++, place += by) step(state, o * length + place, place);
      }
    });
    return;
  }
  const int64_t tiles = (inner + kSide - 1) / kSide;
  for_pieces(outer * tiles, kPiece / (length * kSide) + 1, [=](int64_t tile, int64_t end) {
    for (; tile < end; tile++) {
      const int64_t from = tile % tiles * kSide, n = inner - from < kSide ? inner - from : kSide;
      const int64_t base = tile / tiles * length * inner + from;
      State states[kSide];
      for (int64_t j = 0; j < n; j++) states[j] = make();
      int64_t place = first;
      for (int64_t i = 0; i < length; i++, place += by) {
        for (int64_t j = 0; j < n; j++) step(states[j], base + place * inner + j, place);
      }
    }
  });
}

// What sums and products are kept in.
template <typename T>
struct Wide {
  using Type = double;
};
template <>
struct Wide<int32_t> {
  using Type = uint32_t;
};
template <>
struct Wide<uint8_t> {
  using Type = uint32_t;
};

// attrs: the axis, reverse, exclusive.
void cumsum(const Call& call) {
  const bool exclusive = call.attrs[2] != 0;
  with_type(call.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    using Sum = typename Wide<T>::Type;
    const T* const x = static_cast<const T*>(call.inputs[0].data);
    T* const y = static_cast<T*>(call.outputs[0].data);
    const auto make = [] { return Sum{0}; };
    if (exclusive) {
      run_lines<Sum>(call, make, [=](Sum& total, int64_t at, int64_t) {
        const T value = x[at];
        y[at] = static_cast<T>(total);
        total += static_cast<Sum>(value);
      });
    } else {
      run_lines<Sum>(call, make, [=](Sum& total, int64_t at, int64_t) {
        total += static_cast<Sum>(x[at]);
        y[at] = static_cast<T>(total);
      });
    }
  });
}

// attrs: the axis, reverse.
void cumprod(const Call& call) {
  with_type(call.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    using Product = typename Wide<T>::Type;
    const T* const x = static_cast<const T*>(call.inputs[0].data);
    T* const y = static_cast<T*>(call.outputs[0].data);
    run_lines<Product>(
        call, [] { return Product{1}; },
        [=](Product& product, int64_t at, int64_t) {
          product *= static_cast<Product>(x[at]);
          y[at] = static_cast<T>(product);
        });
  });
}

// attrs: the axis, reverse.
void linear_recurrence(const Call& call) {
  with_type(call.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    using State = typename Wide<T>::Type;
    struct Kept {
      State value;
      bool started;
    };
    const T* const a = static_cast<const T*>(call.inputs[0].data);
    const T* const b = static_cast<const T*>(call.inputs[1].data);
    T* const y = static_cast<T*>(call.outputs[0].data);
    run_lines<Kept>(
        call,
        [] {
          return Kept{0, false};
        },
        [=](Kept& kept, int64_t at, int64_t) {
          // The first factor counts for nothing, even if it is no number.
          const State before = kept.started ? static_cast<State>(a[at]) * kept.value : State{0};
          kept = {before + static_cast<State>(b[at]), true};
          y[at] = static_cast<T>(kept.value);
        });
  });
}

// attrs: the axis, reverse, greatest.
template <int Sign>
void extreme_so_far(const Call& call) {
  int32_t* const y = static_cast<int32_t*>(call.outputs[0].data);
  with_type(call.inputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    struct Kept {
      T best;
      int32_t found;
    };
    const T* const x = static_cast<const T*>(call.inputs[0].data);
    run_lines<Kept>(
        call,
        [] {
          return Kept{0, -1};
        },
        [=](Kept& kept, int64_t at, int64_t place) {
          const T value = x[at];
          const bool better = (Sign > 0 ? value >= kept.best : value <= kept.best) || (value != value && kept.best == kept.best);
          if (kept.found < 0 || better) kept = {value, static_cast<int32_t>(place)};
          y[at] = kept.found;
        });
  });
}

void cum_extreme_index(const Call& call) {
  if (call.attrs[2] != 0) return extreme_so_far<1>(call);
  extreme_so_far<-1>(call);
}

// The logarithm of exp(a) + exp(b) + exp(c): of the greatest, what the others add to 1.
GRADTAPE_INLINE double log_add(double a, double b, double c) {
  const double greater = a >= b ? a : b, lesser = a >= b ? b : a;
  const double most = greater >= c ? greater : c, middle = greater >= c ? c : greater;
  if (most == -INFINITY) return most;
  // Most states are reached by one way only: then there is nothing to add up.
  const double rest = (lesser == -INFINITY ? 0 : ::exp(lesser - most)) + (middle == -INFINITY ? 0 : ::exp(middle - most));
  return rest == 0 ? most : most + ::log1p(rest);
}

// Emissions [batch, time, states] and which states may be reached by skipping one [batch, states]; doubles, as its infer says.
void ctc_arrivals(const Call& call) {
  const View& emissions = call.inputs[0];
  const int64_t time = emissions.shape[1], states = emissions.shape[2];
  if (emissions.size == 0) return;
  const double* const x = static_cast<const double*>(emissions.data);
  const double* const skips = static_cast<const double*>(call.inputs[1].data);
  double* const arrivals = static_cast<double*>(call.outputs[0].data);
  for_pieces(emissions.shape[0], kPiece / (8 * time * states) + 1, [=](int64_t n, int64_t end) {
    for (; n < end; n++) {
      const double* const allowed = skips + n * states;
      double* y = arrivals + n * time * states;
      for (int64_t s = 0; s < states; s++) y[s] = s < 2 ? 0 : -INFINITY;
      const double* from = x + n * time * states;
      for (int64_t t = 1; t < time; t++, from += states, y += states) {
        double one = -INFINITY, two = -INFINITY;
        for (int64_t s = 0; s < states; s++) {
          const double own = y[s] + from[s];
          y[states + s] = log_add(own, one, allowed[s] != 0 ? two : -INFINITY);
          two = one;
          one = own;
        }
      }
    }
  });
}

// Weights [3, batch, time, states] and inputs [batch, time, states], doubles. attrs: reverse.
void band_recurrence(const Call& call) {
  const View& d = call.inputs[1];
  const int64_t time = d.shape[1], states = d.shape[2], plane = d.size;
  const bool reverse = call.attrs[0] != 0;
  if (plane == 0) return;
  const double* const weights = static_cast<const double*>(call.inputs[0].data);
  const double* const inputs = static_cast<const double*>(d.data);
  double* const outputs = static_cast<double*>(call.outputs[0].data);
  for_pieces(d.shape[0], kPiece / (time * states) + 1, [=](int64_t n, int64_t end) {
    for (; n < end; n++) {
      for (int64_t step = 0; step < time; step++) {
        const int64_t row = (n * time + (reverse ? time - 1 - step : step)) * states;
        const double* const in = inputs + row;
        double* const out = outputs + row;
        for (int64_t s = 0; s < states; s++) out[s] = in[s];
        if (step == 0) continue;
        const double* const other = reverse ? out + states : out - states;
        for (int64_t k = 0; k < 3; k++) {
          const double* const w = weights + k * plane + (reverse ? row + states : row);
          if (reverse) {
            for (int64_t s = 0; s + k < states; s++) out[s] += w[s + k] * other[s + k];
          } else {
            for (int64_t s = k; s < states; s++) out[s] += w[s] * other[s - k];
          }
        }
      }
    }
  });
}

// attrs: the axis, reverse. Sums of exponentials are kept as shares of the greatest, whatever the dtype in doubles.
template <typename T>
void log_sum_exp_so_far(const Call& call) {
  struct Kept {
    double greatest, sum;
  };
  const T* const x = static_cast<const T*>(call.inputs[0].data);
  T* const y = static_cast<T*>(call.outputs[0].data);
  const double none = -__builtin_inf();
  run_lines<Kept>(
      call,
      [=] {
        return Kept{none, 0};
      },
      [=](Kept& kept, int64_t at, int64_t) {
        const double value = static_cast<double>(x[at]);
        // Infinities are their own sum; a difference of two would make NaN.
        if (value != none) {
          if (value <= kept.greatest) {
            kept.sum += value == kept.greatest ? 1 : ::exp(value - kept.greatest);
          } else {
            kept = {value, kept.greatest == none ? 1 : kept.sum * ::exp(kept.greatest - value) + 1};
          }
        }
        y[at] = static_cast<T>(kept.greatest == none ? none : kept.greatest + ::log(kept.sum));
      });
}

void cum_log_sum_exp(const Call& call) {
  if (call.outputs[0].dtype == DType::float64) return log_sum_exp_so_far<double>(call);
  log_sum_exp_so_far<float>(call);
}

constexpr Row kRows[] = {{"cumsum", cumsum},
                         {"cumprod", cumprod},
                         {"linearRecurrence", linear_recurrence},
                         {"cumExtremeIndex", cum_extreme_index},
                         {"ctcArrivals", ctc_arrivals},
                         {"bandRecurrence", band_recurrence},
                         {"cumLogSumExp", cum_log_sum_exp}};

}  // namespace

Table scan_table() { return {kRows, sizeof kRows / sizeof kRows[0]}; }

}  // namespace gradtape::GRADTAPE_ISA
