// Rows sum, mean and logSumExp over any axes: floats are added in blocks, and the blocks in doubles.
#include <math.h>

#include "families.h"
#include "fold.h"
#include "simd/math.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

GRADTAPE_INLINE double sum_run(const float* x, int64_t n) {
  double total = 0;
  for (; n > kSumBlock; n -= kSumBlock, x += kSumBlock) total += static_cast<double>(sum_block<F32>(x, kSumBlock));
  return total + static_cast<double>(sum_block<F32>(x, n));
}
GRADTAPE_INLINE double sum_run(const double* x, int64_t n) { return sum_block<F64>(x, n); }
template <typename T>
GRADTAPE_INLINE uint32_t sum_run(const T* x, int64_t n) {
  uint32_t total = 0;
  for (int64_t i = 0; i < n; i++) total += static_cast<uint32_t>(x[i]);
  return total;
}

template <typename T, typename Total>
struct Added {
  using Sum = Total;
  static GRADTAPE_MEMBER Total start() { return 0; }
  static GRADTAPE_MEMBER Total join(Total a, Total b) { return a + b; }
  static GRADTAPE_MEMBER Total run(const T* x, int64_t n, int64_t) { return sum_run(x, n); }
  static GRADTAPE_MEMBER void strip(const T* x, int64_t n, int64_t, Total* totals) {
    for (int64_t j = 0; j < n; j++) totals[j] += static_cast<Total>(x[j]);
  }
  // One after the other, as floats where elements are floats; fused sums do the same.
  static GRADTAPE_MEMBER void strips(const T* x, int64_t step, int64_t n, Total* totals) requires(static_cast<T>(0.5) != 0) {
    const T *const a = x, *const b = x + step, *const c = b + step, *const d = c + step;
    const T *const e = d + step, *const f = e + step, *const g = f + step, *const h = g + step;
    for (int64_t j = 0; j < n; j++) {
      totals[j] += static_cast<Total>(a[j] + b[j] + c[j] + d[j] + e[j] + f[j] + g[j] + h[j]);
    }
  }
};

// The sum, divided unless `divisor` is 1.
template <typename T, typename Total>
void sum_all(const Call& call, const Axes& axes, double divisor) {
  T* const y = static_cast<T*>(call.outputs[0].data);
  fold(call, axes, Added<T, Total>{}, static_cast<const T*>(call.inputs[0].data), [=](int64_t o, Total total) {
    if constexpr (static_cast<Total>(0.5) != 0) total /= divisor;
    y[o] = static_cast<T>(total);
  });
}

void sum_row(const Call& call) {
  const Axes axes(call);
  switch (call.inputs[0].dtype) {
    case DType::float32:
      return sum_all<float, double>(call, axes, 1);
    case DType::float64:
      return sum_all<double, double>(call, axes, 1);
    case DType::int32:
      return sum_all<int32_t, uint32_t>(call, axes, 1);
    default:
      return sum_all<uint8_t, uint32_t>(call, axes, 1);
  }
}

// Floats only: integers were converted before.
void mean_row(const Call& call) {
  const Axes axes(call);
  const double count = static_cast<double>(axes.gone.size);
  if (call.inputs[0].dtype == DType::float64) return sum_all<double, double>(call, axes, count);
  sum_all<float, double>(call, axes, count);
}

// Sums of exponentials of what lies below or at `shift`, one for each result.
template <typename T>
struct Exponentials {
  using Sum = double;
  const T* shift;

  static GRADTAPE_MEMBER double start() { return 0; }
  static GRADTAPE_MEMBER double join(double a, double b) { return a + b; }
  GRADTAPE_MEMBER double run(const T* x, int64_t n, int64_t o) const {
    double total = 0;
    if constexpr (sizeof(T) == 8) {
      for (int64_t i = 0; i < n; i++) total += ::exp(x[i] - shift[o]);
    } else {
      const F32 low = F32::set1(shift[o]);
      for (int64_t from = 0; from < n; from += kSumBlock) {
        const int64_t to = from + kSumBlock < n ? from + kSumBlock : n;
        F32 sums = F32::zero();
        int64_t i = from;
        for (; i + F32::kLanes <= to; i += F32::kLanes) sums = sums + exp(F32::load(x + i) - low);
        if (i < to) {
          const M32 inside = lt(iota(), I32::set1(static_cast<int32_t>(to - i)));
          sums = sums + select(inside, exp(F32::load_partial(x + i, to - i) - low), F32::zero());
        }
        total += static_cast<double>(gradtape::GRADTAPE_ISA::sum(sums));
      }
    }
    return total;
  }
  GRADTAPE_MEMBER void strip(const T* x, int64_t n, int64_t o, double* totals) const {
    if constexpr (sizeof(T) == 8) {
      for (int64_t j = 0; j < n; j++) totals[j] += ::exp(x[j] - shift[o + j]);
    } else {
      float powers[F32::kLanes];
      for (int64_t j = 0; j < n; j += F32::kLanes) {
        const int64_t lanes = n - j < F32::kLanes ? n - j : F32::kLanes;
        store(powers, exp(F32::load_partial(x + j, lanes) - F32::load_partial(shift + o + j, lanes)));
        for (int64_t k = 0; k < lanes; k++) totals[j + k] += static_cast<double>(powers[k]);
      }
    }
  }
};

template <typename T>
void log_sum_exp_of(const Call& call, const Axes& axes) {
  const T* const x = static_cast<const T*>(call.inputs[0].data);
  T* const y = static_cast<T*>(call.outputs[0].data);
  T* const shift = static_cast<T*>(scratch(Scratch::kernel_2, axes.kept.size * static_cast<int64_t>(sizeof(T))));
  if (shift == nullptr) return call.fail("native: out of memory");
  // Infinities are their own sum; a shift by them would make NaN.
  fold(call, axes, Extreme<T, 1>{}, x, [=](int64_t o, T top) { shift[o] = top - top == 0 ? top : 0; });
  fold(call, axes, Exponentials<T>{shift}, x,
       [=](int64_t o, double total) { y[o] = static_cast<T>(::log(total) + static_cast<double>(shift[o])); });
}

void log_sum_exp(const Call& call) {
  const Axes axes(call);
  if (call.inputs[0].dtype == DType::float64) return log_sum_exp_of<double>(call, axes);
  log_sum_exp_of<float>(call, axes);
}

constexpr Row kRows[] = {{"sum", sum_row}, {"mean", mean_row}, {"logSumExp", log_sum_exp}};

}  // namespace

Table reduce_table() { return {kRows, sizeof kRows / sizeof kRows[0]}; }

}  // namespace gradtape::GRADTAPE_ISA
