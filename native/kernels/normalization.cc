// Rows normalization and normalizationGradient: of each row by its own mean and variance, or of each column, which is batch normalization.
#include <math.h>

#include "families.h"
#include "fold.h"
#include "normalization.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

// One row: its statistics by two passes while it is near, then the result.
template <typename V>
void normalize_row(const Normalization<typename V::Scalar>& op, int64_t row) {
  using T = typename V::Scalar;
  const int64_t n = op.columns;
  const T* const x = op.x + row * n;
  T* const y = op.y + row * n;
  const double count = static_cast<double>(n);
  const T mean = op.centered ? static_cast<T>(sum_of<V>(x, n) / count) : 0;
  const double variance = squares_of<V>(x, mean, n) / count;
  op.mean[row] = mean;
  op.variance[row] = static_cast<T>(variance);
  const V middle = V::set1(mean), inverse = V::set1(static_cast<T>(1 / ::sqrt(variance + op.epsilon)));
  const auto of = [&](V v, V scale, V offset) __attribute__((always_inline)) { return fmadd((v - middle) * inverse, scale, offset); };
  int64_t i = 0;
  if (op.streams) {
    for (; i < n; i += V::kLanes) stream(y + i, of(V::load(x + i), V::load(op.scale + i), V::load(op.offset + i)));
    return;
  }
  for (; i + V::kLanes <= n; i += V::kLanes) store(y + i, of(V::load(x + i), V::load(op.scale + i), V::load(op.offset + i)));
  if (i < n) {
    const int64_t rest = n - i;
    store_partial(y + i, of(V::load_partial(x + i, rest), V::load_partial(op.scale + i, rest), V::load_partial(op.offset + i, rest)), rest);
  }
}

// Rows up to this are done by the group.
constexpr int64_t kShortRow = 1024;

// As many short rows as there are lanes, from `row` on and none beyond `last`: what is added across lanes is so for all of them at once.
void normalize_group(const Normalization<float>& op, int64_t row, int64_t last) {
  constexpr int kRowsAtOnce = F32::kLanes;
  const int64_t n = op.columns, whole = n - n % F32::kLanes, rest = n - whole;
  const int64_t rows = last - row + 1 < kRowsAtOnce ? last - row + 1 : kRowsAtOnce;
  const M32 inside = lt(iota(), I32::set1(static_cast<int32_t>(rest)));
  const F32 count = F32::set1(static_cast<float>(n));
  float means[kRowsAtOnce], inverses[kRowsAtOnce];
  F32 totals[kRowsAtOnce];
  // A row that there is not is the last one again.
  const auto start = [&](int r) __attribute__((always_inline)) { return op.x + (r < rows ? row + r : last) * n; };
  F32 mean = F32::zero();
  if (op.centered) {
    for (int r = 0; r < kRowsAtOnce; r++) {
      const float* const x = start(r);
      F32 s0 = F32::zero(), s1 = F32::zero();
      int64_t i = 0;
      for (; i + 2 * F32::kLanes <= whole; i += 2 * F32::kLanes) {
        s0 = s0 + F32::load(x + i);
        s1 = s1 + F32::load(x + i + F32::kLanes);
      }
      if (i < whole) s0 = s0 + F32::load(x + i);
      if (rest > 0) s1 = s1 + F32::load_partial(x + whole, rest);
      totals[r] = s0 + s1;
    }
    mean = sum_each(totals) / count;
  }
  store(means, mean);
  for (int r = 0; r < kRowsAtOnce; r++) {
    const float* const x = start(r);
    const F32 middle = F32::set1(means[r]);
    F32 s0 = F32::zero(), s1 = F32::zero();
    int64_t i = 0;
    for (; i + 2 * F32::kLanes <= whole; i += 2 * F32::kLanes) {
      const F32 a = F32::load(x + i) - middle, b = F32::load(x + i + F32::kLanes) - middle;
      s0 = fmadd(a, a, s0);
      s1 = fmadd(b, b, s1);
    }
    if (i < whole) {
      const F32 a = F32::load(x + i) - middle;
      s0 = fmadd(a, a, s0);
    }
    if (rest > 0) {
      const F32 a = select(inside, F32::load_partial(x + whole, rest) - middle, F32::zero());
      s1 = fmadd(a, a, s1);
    }
    totals[r] = s0 + s1;
  }
  const F32 variance = sum_each(totals) / count;
  store_partial(op.mean + row, mean, rows);
  store_partial(op.variance + row, variance, rows);
  store(inverses, F32::set1(1.0f) / sqrt(variance + F32::set1(static_cast<float>(op.epsilon))));
  for (int r = 0; r < rows; r++) {
    const float* const x = start(r);
    float* const y = op.y + (row + r) * n;
    const F32 middle = F32::set1(means[r]), inverse = F32::set1(inverses[r]);
    for (int64_t i = 0; i < whole; i += F32::kLanes) {
      const F32 result = fmadd((F32::load(x + i) - middle) * inverse, F32::load(op.scale + i), F32::load(op.offset + i));
      if (op.streams) {
        stream(y + i, result);
      } else {
        store(y + i, result);
      }
    }
    if (rest == 0) continue;
    const F32 away = (F32::load_partial(x + whole, rest) - middle) * inverse;
    store_partial(y + whole, fmadd(away, F32::load_partial(op.scale + whole, rest), F32::load_partial(op.offset + whole, rest)), rest);
  }
}

template <typename V>
void normalize_rows(const Normalization<typename V::Scalar>& op) {
  const int64_t piece = kPieceElements / (op.columns + 1) + 1;
  if constexpr (sizeof(typename V::Scalar) == sizeof(float)) {
    if (op.columns <= kShortRow) {
      const int64_t groups = (op.rows + F32::kLanes - 1) / F32::kLanes;
      return for_pieces(groups, piece / F32::kLanes + 1, [&](int64_t from, int64_t to) {
        for (int64_t group = from; group < to; group++) normalize_group(op, group * F32::kLanes, op.rows - 1);
        if (op.streams) stream_end();
      });
    }
  }
  for_pieces(op.rows, piece, [&](int64_t from, int64_t to) {
    for (int64_t row = from; row < to; row++) normalize_row<V>(op, row);
    if (op.streams) stream_end();
  });
}

// Means and sums of squared distances of a few columns in some rows, joined to those of the rows before.
template <typename V, int kVectors>
GRADTAPE_INLINE void join_columns(const Normalization<typename V::Scalar>& op, int64_t from, int64_t to, double before, int64_t j,
                                  int64_t lanes, double* mean, double* spread) {
  using T = typename V::Scalar;
  const double rows = static_cast<double>(to - from), share = rows / (before + rows);
  const auto take = [&](int64_t row, int v) __attribute__((always_inline)) {
    const T* const p = op.x + row * op.columns + j + v * V::kLanes;
    return lanes == V::kLanes ? V::load(p) : V::load_partial(p, lanes);
  };
  V sums[kVectors], squares[kVectors], middle[kVectors];
  unroll<kVectors>([&](auto v) __attribute__((always_inline)) { sums[v.value] = squares[v.value] = V::zero(); });
  if (op.centered) {
    for (int64_t row = from; row < to; row++) {
      unroll<kVectors>([&](auto v) __attribute__((always_inline)) { sums[v.value] = sums[v.value] + take(row, v.value); });
    }
  }
  unroll<kVectors>([&](auto v) __attribute__((always_inline)) { middle[v.value] = sums[v.value] / V::set1(static_cast<T>(rows)); });
  for (int64_t row = from; row < to; row++) {
    unroll<kVectors>([&](auto v) __attribute__((always_inline)) {
      const V away = take(row, v.value) - middle[v.value];
      squares[v.value] = fmadd(away, away, squares[v.value]);
    });
  }
  T means[kVectors * V::kLanes], distances[kVectors * V::kLanes];
  unroll<kVectors>([&](auto v) __attribute__((always_inline)) {
    store(means + v.value * V::kLanes, middle[v.value]);
    store(distances + v.value * V::kLanes, squares[v.value]);
  });
  for (int64_t k = 0; k < (kVectors - 1) * V::kLanes + lanes; k++) {
    const double away = static_cast<double>(means[k]) - mean[j + k];
    mean[j + k] += away * share;
    spread[j + k] += static_cast<double>(distances[k]) + away * away * (before * share);
  }
}

// Columns side by side: so many that their sums do not wait for each other.
template <typename V>
void join_rows(const Normalization<typename V::Scalar>& op, int64_t from, int64_t to, double before, double* mean, double* spread) {
  int64_t j = 0;
  for (; j + 4 * V::kLanes <= op.columns; j += 4 * V::kLanes) join_columns<V, 4>(op, from, to, before, j, V::kLanes, mean, spread);
  for (; j + V::kLanes <= op.columns; j += V::kLanes) join_columns<V, 1>(op, from, to, before, j, V::kLanes, mean, spread);
  if (j < op.columns) join_columns<V, 1>(op, from, to, before, j, op.columns - j, mean, spread);
}

template <typename V>
void normalize_columns(const Call& call, const Normalization<typename V::Scalar>& op) {
  using T = typename V::Scalar;
  const int64_t c = op.columns, parts = parts_of(op.rows, c), part = (op.rows + parts - 1) / parts;
  double* const sums = static_cast<double*>(scratch(Scratch::kernel_2, (2 * parts * c + c + 1) * static_cast<int64_t>(sizeof(double))));
  if (sums == nullptr) return call.fail("native: out of memory");
  for_pieces(parts, 1, [&](int64_t first, int64_t last) {
    for (int64_t p = first; p < last; p++) {
      double* const mean = sums + 2 * p * c;
      for (int64_t j = 0; j < 2 * c; j++) mean[j] = 0;
      const int64_t begin = p * part < op.rows ? p * part : op.rows, end = begin + part < op.rows ? begin + part : op.rows;
      for (int64_t row = begin; row < end; row += kBlockRows) {
        join_rows<V>(op, row, row + kBlockRows < end ? row + kBlockRows : end, static_cast<double>(row - begin), mean, mean + c);
      }
    }
  });
  T* const factor = reinterpret_cast<T*>(sums + 2 * parts * c);
  for (int64_t j = 0; j < c; j++) {
    double mean = 0, spread = 0, before = 0;
    for (int64_t p = 0; p < parts; p++) {
      const int64_t begin = p * part, end = begin + part < op.rows ? begin + part : op.rows;
      if (begin >= end) continue;
      const double rows = static_cast<double>(end - begin), all = before + rows, away = sums[2 * p * c + j] - mean;
      mean += away * rows / all;
      spread += sums[2 * p * c + c + j] + away * away * before * rows / all;
      before = all;
    }
    // Of no rows there is neither.
    const double variance = spread / before;
    op.mean[j] = static_cast<T>(op.rows == 0 && op.centered ? variance : mean);
    op.variance[j] = static_cast<T>(variance);
    factor[j] = static_cast<T>(static_cast<double>(op.scale[j]) / ::sqrt(variance + op.epsilon));
  }
  for_pieces(op.rows, kPieceElements / (c + 1) + 1, [&](int64_t from, int64_t to) {
    for (int64_t row = from; row < to; row++) {
      const T* const x = op.x + row * c;
      T* const y = op.y + row * c;
      int64_t j = 0;
      for (; j + V::kLanes <= c; j += V::kLanes) {
        const V result = fmadd(V::load(x + j) - V::load(op.mean + j), V::load(factor + j), V::load(op.offset + j));
        if (op.streams) {
          stream(y + j, result);
        } else {
          store(y + j, result);
        }
      }
      if (j < c) {
        const int64_t n = c - j;
        const V away = V::load_partial(x + j, n) - V::load_partial(op.mean + j, n);
        store_partial(y + j, fmadd(away, V::load_partial(factor + j, n), V::load_partial(op.offset + j, n)), n);
      }
    }
    if (op.streams) stream_end();
  });
}

// Inputs x, and if the attributes say so scale and offset; outputs y, means and variances. attrs: the axis of the statistics, epsilon, whether means
// are taken off, whether there is a scale, and an offset.
template <typename V>
void normalize(const Call& call) {
  using T = typename V::Scalar;
  const View& x = call.inputs[0];
  const bool scaled = call.attrs[3] != 0, shifted = call.attrs[4] != 0;
  Normalization<T> op{};
  op.rows = x.shape[0];
  op.columns = x.shape[1];
  op.x = static_cast<const T*>(x.data);
  op.y = static_cast<T*>(call.outputs[0].data);
  op.mean = static_cast<T*>(call.outputs[1].data);
  op.variance = static_cast<T*>(call.outputs[2].data);
  op.epsilon = call.attrs[1];
  op.centered = call.attrs[2] != 0;
  op.streams = streams_to<V>(op.y, x.size, op.columns);
  T* const plain = static_cast<T*>(scratch(Scratch::kernel, 2 * op.columns * static_cast<int64_t>(sizeof(T)) + 64));
  if (plain == nullptr) return call.fail("native: out of memory");
  for (int64_t i = 0; i < op.columns; i++) {
    plain[i] = 1;
    plain[op.columns + i] = 0;
  }
  op.scale = scaled ? static_cast<const T*>(call.inputs[1].data) : plain;
  op.offset = shifted ? static_cast<const T*>(call.inputs[scaled ? 2 : 1].data) : plain + op.columns;
  if (call.attrs[0] != 0) return normalize_rows<V>(op);
  normalize_columns<V>(call, op);
}

void normalization(const Call& call) {
  if (call.inputs[0].dtype == DType::float64) return normalize<F64>(call);
  normalize<F32>(call);
}

constexpr Row kRows[] = {{"normalization", normalization}};

}  // namespace

Table normalization_table() { return {kRows, sizeof kRows / sizeof kRows[0]}; }

}  // namespace gradtape::GRADTAPE_ISA
