// Row normalizationGradient: one pass over a row, or two over all columns, for what flows to the input, the scale and the offset.
#include <math.h>

#include "families.h"
#include "fold.h"
#include "normalization.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

template <typename T>
struct Gradient {
  int64_t rows, columns;
  const T* dy;
  const T* x;
  const T* mean;
  const T* variance;
  const T* scale;
  T* dx;
  T* dscale;
  T* doffset;
  double epsilon;
  bool centered;
  bool streams;
};

// Sums of one part of the rows: floats for as long as rows are few, doubles for all.
template <typename T>
struct Sums {
  double* scale;
  double* offset;
  T* near_scale;
  T* near_offset;
};

// One row while it is near: its sums, what it adds to those of the columns, then the result. Several rows at once would read too many places in memory.
template <typename V>
void row_gradient(const Gradient<typename V::Scalar>& op, int64_t row, typename V::Scalar* dscale, typename V::Scalar* doffset) {
  using T = typename V::Scalar;
  const int64_t n = op.columns;
  const T* const x = op.x + row * n;
  const T* const dy = op.dy + row * n;
  T* const dx = op.dx + row * n;
  const V spread = V::set1(static_cast<T>(1 / ::sqrt(static_cast<double>(op.variance[row]) + op.epsilon))), middle = V::set1(op.mean[row]);
  const auto add = [&](V d, V normal, V factor, V & flow, V & along) __attribute__((always_inline)) {
    const V g = d * factor;
    flow = flow + g;
    along = fmadd(g, normal, along);
  };
  double sum_flow = 0, sum_along = 0;
  for (int64_t from = 0; from < n; from += 1024) {
    const int64_t to = from + 1024 < n ? from + 1024 : n;
    V flow[2] = {V::zero(), V::zero()}, along[2] = {V::zero(), V::zero()};
    const auto step = [&](int64_t i, V & f, V & a) __attribute__((always_inline)) {
      const V d = V::load(dy + i), normal = (V::load(x + i) - middle) * spread;
      add(d, normal, V::load(op.scale + i), f, a);
      store(dscale + i, fmadd(d, normal, V::load(dscale + i)));
      store(doffset + i, d + V::load(doffset + i));
    };
    int64_t i = from;
    for (; i + 2 * V::kLanes <= to; i += 2 * V::kLanes) {
      step(i, flow[0], along[0]);
      step(i + V::kLanes, flow[1], along[1]);
    }
    if (i + V::kLanes <= to) {
      step(i, flow[0], along[0]);
      i += V::kLanes;
    }
    if (i < to) {
      const int64_t rest = to - i;
      const V d = V::load_partial(dy + i, rest), normal = (V::load_partial(x + i, rest) - middle) * spread;
      add(d, normal, V::load_partial(op.scale + i, rest), flow[1], along[1]);
      store_partial(dscale + i, fmadd(d, normal, V::load_partial(dscale + i, rest)), rest);
      store_partial(doffset + i, d + V::load_partial(doffset + i, rest), rest);
    }
    sum_flow += static_cast<double>(sum(flow[0] + flow[1]));
    sum_along += static_cast<double>(sum(along[0] + along[1]));
  }
  const double count = static_cast<double>(n);
  const V low = V::set1(op.centered ? static_cast<T>(sum_flow / count) : 0), slope = V::set1(static_cast<T>(sum_along / count));
  const auto of = [&](V v, V d, V scale) __attribute__((always_inline)) {
    return spread * fnmadd((v - middle) * spread, slope, d * scale - low);
  };
  int64_t i = 0;
  for (; i + V::kLanes <= n; i += V::kLanes) store(dx + i, of(V::load(x + i), V::load(dy + i), V::load(op.scale + i)));
  if (i == n) return;
  const int64_t rest = n - i;
  store_partial(dx + i, of(V::load_partial(x + i, rest), V::load_partial(dy + i, rest), V::load_partial(op.scale + i, rest)), rest);
}

template <typename T>
void flush(const Sums<T>& sums, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    sums.scale[i] += static_cast<double>(sums.near_scale[i]);
    sums.offset[i] += static_cast<double>(sums.near_offset[i]);
    sums.near_scale[i] = sums.near_offset[i] = 0;
  }
}

// What some rows add to the sums of a few columns.
template <typename V, int kVectors>
GRADTAPE_INLINE void add_columns(const Gradient<typename V::Scalar>& op, const typename V::Scalar* inverse, int64_t from, int64_t to,
                                 int64_t j, int64_t lanes, const Sums<typename V::Scalar>& sums) {
  using T = typename V::Scalar;
  const int64_t c = op.columns;
  const auto take = [&](const T* p) __attribute__((always_inline)) { return lanes == V::kLanes ? V::load(p) : V::load_partial(p, lanes); };
  V middle[kVectors], spread[kVectors], scale[kVectors], offset[kVectors];
  unroll<kVectors>([&](auto v) __attribute__((always_inline)) {
    middle[v.value] = take(op.mean + j + v.value * V::kLanes);
    spread[v.value] = take(inverse + j + v.value * V::kLanes);
    scale[v.value] = offset[v.value] = V::zero();
  });
  for (int64_t row = from; row < to; row++) {
    unroll<kVectors>([&](auto v) __attribute__((always_inline)) {
      const int64_t at = row * c + j + v.value * V::kLanes;
      const V d = take(op.dy + at);
      offset[v.value] = offset[v.value] + d;
      scale[v.value] = fmadd(d, (take(op.x + at) - middle[v.value]) * spread[v.value], scale[v.value]);
    });
  }
  unroll<kVectors>([&](auto v) __attribute__((always_inline)) {
    store_partial(sums.near_scale + j + v.value * V::kLanes, scale[v.value], lanes);
    store_partial(sums.near_offset + j + v.value * V::kLanes, offset[v.value], lanes);
  });
}

// Columns side by side: so many that their sums do not wait for each other.
template <typename V>
void add_rows(const Gradient<typename V::Scalar>& op, const typename V::Scalar* inverse, int64_t from, int64_t to,
              const Sums<typename V::Scalar>& sums) {
  int64_t j = 0;
  for (; j + 4 * V::kLanes <= op.columns; j += 4 * V::kLanes) add_columns<V, 4>(op, inverse, from, to, j, V::kLanes, sums);
  for (; j + V::kLanes <= op.columns; j += V::kLanes) add_columns<V, 1>(op, inverse, from, to, j, V::kLanes, sums);
  if (j < op.columns) add_columns<V, 1>(op, inverse, from, to, j, op.columns - j, sums);
}

template <typename V>
void gradient_of(const Call& call, bool by_row) {
  using T = typename V::Scalar;
  const View& x = call.inputs[1];
  Gradient<T> op{};
  op.rows = x.shape[0];
  op.columns = x.shape[1];
  op.dy = static_cast<const T*>(call.inputs[0].data);
  op.x = static_cast<const T*>(x.data);
  op.mean = static_cast<const T*>(call.inputs[2].data);
  op.variance = static_cast<const T*>(call.inputs[3].data);
  op.dx = static_cast<T*>(call.outputs[0].data);
  op.dscale = static_cast<T*>(call.outputs[1].data);
  op.doffset = static_cast<T*>(call.outputs[2].data);
  op.epsilon = call.attrs[1];
  op.centered = call.attrs[2] != 0;
  op.streams = streams_to<V>(op.dx, x.size, op.columns);
  const int64_t c = op.columns, parts = parts_of(op.rows, c), part = (op.rows + parts - 1) / parts;
  double* const totals = static_cast<double*>(scratch(Scratch::kernel_2, 2 * parts * c * static_cast<int64_t>(sizeof(double)) + 64));
  // Beside the sums of each part: ones for a scale that there is not, and what columns are multiplied by.
  T* const near = static_cast<T*>(scratch(Scratch::kernel, (2 * parts + 5) * c * static_cast<int64_t>(sizeof(T)) + 64));
  if (totals == nullptr || near == nullptr) return call.fail("native: out of memory");
  T* const extra = near + 2 * parts * c;
  for (int64_t j = 0; j < c; j++) extra[j] = 1;
  op.scale = call.attrs[3] != 0 ? static_cast<const T*>(call.inputs[4].data) : extra;
  T* const inverse = extra + c;
  if (!by_row) {
    for (int64_t j = 0; j < c; j++) inverse[j] = static_cast<T>(1 / ::sqrt(static_cast<double>(op.variance[j]) + op.epsilon));
  }
  for_pieces(parts, 1, [&](int64_t first, int64_t last) {
    for (int64_t p = first; p < last; p++) {
      const Sums<T> sums{totals + 2 * p * c, totals + (2 * p + 1) * c, near + 2 * p * c, near + (2 * p + 1) * c};
      for (int64_t j = 0; j < c; j++) {
        sums.scale[j] = sums.offset[j] = 0;
        sums.near_scale[j] = sums.near_offset[j] = 0;
      }
      const int64_t begin = p * part < op.rows ? p * part : op.rows, end = begin + part < op.rows ? begin + part : op.rows;
      for (int64_t from = begin; from < end; from += kBlockRows) {
        const int64_t to = from + kBlockRows < end ? from + kBlockRows : end;
        if (by_row) {
          for (int64_t row = from; row < to; row++) row_gradient<V>(op, row, sums.near_scale, sums.near_offset);
        } else {
          add_rows<V>(op, inverse, from, to, sums);
        }
        flush(sums, c);
      }
    }
  });
  T* const along = inverse + c;
  T* const low = along + c;
  T* const factor = low + c;
  const double rows = static_cast<double>(op.rows);
  for (int64_t j = 0; j < c; j++) {
    double scale = 0, offset = 0;
    for (int64_t p = 0; p < parts; p++) {
      scale += totals[2 * p * c + j];
      offset += totals[(2 * p + 1) * c + j];
    }
    op.dscale[j] = static_cast<T>(scale);
    op.doffset[j] = static_cast<T>(offset);
    if (by_row) continue;
    const double slope = static_cast<double>(op.scale[j]) * static_cast<double>(inverse[j]);
    factor[j] = op.scale[j] * inverse[j];
    along[j] = static_cast<T>(-slope * scale / rows * static_cast<double>(inverse[j]));
    low[j] = op.centered ? static_cast<T>(-slope * offset / rows) : 0;
  }
  if (by_row) return;
  for_pieces(op.rows, kPieceElements / (c + 1) + 1, [&](int64_t from, int64_t to) {
    const auto of = [&](V d, V v, V middle, V factor, V tilt, V shift) __attribute__((always_inline)) {
      return fmadd(v - middle, tilt, fmadd(d, factor, shift));
    };
    for (int64_t row = from; row < to; row++) {
      const T *const dy = op.dy + row * c, *const v = op.x + row * c;
      T* const dx = op.dx + row * c;
      int64_t j = 0;
      for (; j + V::kLanes <= c; j += V::kLanes) {
        const V result =
            of(V::load(dy + j), V::load(v + j), V::load(op.mean + j), V::load(factor + j), V::load(along + j), V::load(low + j));
        if (op.streams) {
          stream(dx + j, result);
        } else {
          store(dx + j, result);
        }
      }
      if (j == c) continue;
      const auto take = [&](const T* p) __attribute__((always_inline)) { return V::load_partial(p + j, c - j); };
      store_partial(dx + j, of(take(dy), take(v), take(op.mean), take(factor), take(along), take(low)), c - j);
    }
    if (op.streams) stream_end();
  });
}

// Inputs dy, x, means, variances and, if the attributes say so, the scale; outputs dx and the sums for scale and offset. attrs as of normalization.
void normalization_gradient(const Call& call) {
  const bool by_row = call.attrs[0] != 0;
  if (call.inputs[0].dtype == DType::float64) return gradient_of<F64>(call, by_row);
  gradient_of<F32>(call, by_row);
}

constexpr Row kRows[] = {{"normalizationGradient", normalization_gradient}};

}  // namespace

Table normalization_gradient_table() { return {kRows, sizeof kRows / sizeof kRows[0]}; }

}  // namespace gradtape::GRADTAPE_ISA
