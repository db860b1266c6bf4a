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
};

// Sums of one part of the rows: floats for as long as rows are few, doubles for all.
template <typename T>
struct Sums {
  double* scale;
  double* offset;
  T* near_scale;
  T* near_offset;
};

template <typename V>
void row_gradient(const Gradient<typename V::Scalar>& op, int64_t row, typename V::Scalar* dscale, typename V::Scalar* doffset) {
  using T = typename V::Scalar;
  const int64_t n = op.columns;
  const T* const x = op.x + row * n;
  const T* const dy = op.dy + row * n;
  T* const dx = op.dx + row * n;
  const T inverse = static_cast<T>(1 / ::sqrt(static_cast<double>(op.variance[row]) + op.epsilon)), mean = op.mean[row];
  const V middle = V::set1(mean), spread = V::set1(inverse);
  double sum_flow = 0, sum_along = 0;
  for (int64_t from = 0; from < n; from += 1024) {
    const int64_t to = from + 1024 < n ? from + 1024 : n;
    V flow = V::zero(), along = V::zero();
    int64_t i = from;
    for (; i + V::kLanes <= to; i += V::kLanes) {
      const V d = V::load(dy + i), normal = (V::load(x + i) - middle) * spread, g = d * V::load(op.scale + i);
      flow = flow + g;
      along = fmadd(g, normal, along);
      store(dscale + i, fmadd(d, normal, V::load(dscale + i)));
      store(doffset + i, d + V::load(doffset + i));
    }
    sum_flow += static_cast<double>(sum(flow));
    sum_along += static_cast<double>(sum(along));
    for (; i < to; i++) {
      const T normal = (x[i] - mean) * inverse, g = dy[i] * op.scale[i];
      sum_flow += static_cast<double>(g);
      sum_along += static_cast<double>(g * normal);
      dscale[i] += dy[i] * normal;
      doffset[i] += dy[i];
    }
  }
  const double count = static_cast<double>(n);
  const T shift = op.centered ? static_cast<T>(sum_flow / count) : 0, tilt = static_cast<T>(sum_along / count);
  const V low = V::set1(shift), slope = V::set1(tilt);
  int64_t i = 0;
  for (; i + V::kLanes <= n; i += V::kLanes) {
    const V normal = (V::load(x + i) - middle) * spread, g = V::load(dy + i) * V::load(op.scale + i);
    store(dx + i, spread * fnmadd(normal, slope, g - low));
  }
  for (; i < n; i++) dx[i] = inverse * (dy[i] * op.scale[i] - shift - (x[i] - mean) * inverse * tilt);
}

template <typename T>
void flush(const Sums<T>& sums, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    sums.scale[i] += static_cast<double>(sums.near_scale[i]);
    sums.offset[i] += static_cast<double>(sums.near_offset[i]);
    sums.near_scale[i] = sums.near_offset[i] = 0;
  }
}

// What some rows add to the sums of the columns.
template <typename V>
void add_columns(const Gradient<typename V::Scalar>& op, const typename V::Scalar* inverse, int64_t from, int64_t to,
                 const Sums<typename V::Scalar>& sums) {
  const int64_t c = op.columns;
  for (int64_t j = 0; j < c; j += V::kLanes) {
    const int64_t lanes = c - j < V::kLanes ? c - j : V::kLanes;
    const auto take = [&](const typename V::Scalar* p) __attribute__((always_inline)) {
      return lanes == V::kLanes ? V::load(p) : V::load_partial(p, lanes);
    };
    const V middle = take(op.mean + j), spread = take(inverse + j);
    V scale = V::zero(), offset = V::zero();
    for (int64_t row = from; row < to; row++) {
      const V d = take(op.dy + row * c + j);
      offset = offset + d;
      scale = fmadd(d, (take(op.x + row * c + j) - middle) * spread, scale);
    }
    store_partial(sums.near_scale + j, scale, lanes);
    store_partial(sums.near_offset + j, offset, lanes);
  }
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
  const int64_t c = op.columns, parts = parts_of(op.rows, c), part = (op.rows + parts - 1) / parts;
  double* const totals = static_cast<double*>(scratch(Scratch::kernel_2, 2 * parts * c * static_cast<int64_t>(sizeof(double)) + 64));
  // Beside the sums of each part: ones for a scale that there is not, and what columns are multiplied by.
  T* const near = static_cast<T*>(scratch(Scratch::kernel, (2 * parts + 4) * c * static_cast<int64_t>(sizeof(T)) + 64));
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
          add_columns<V>(op, inverse, from, to, sums);
        }
        flush(sums, c);
      }
    }
  });
  T* const along = inverse + c;
  T* const low = along + c;
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
    const double factor = static_cast<double>(op.scale[j]) * static_cast<double>(inverse[j]);
    along[j] = static_cast<T>(-factor * scale / rows * static_cast<double>(inverse[j]));
    low[j] = op.centered ? static_cast<T>(-factor * offset / rows) : 0;
  }
  if (by_row) return;
  for_pieces(op.rows, kPieceElements / (c + 1) + 1, [&](int64_t from, int64_t to) {
    for (int64_t row = from; row < to; row++) {
      for (int64_t j = 0; j < c; j += V::kLanes) {
        const int64_t lanes = c - j < V::kLanes ? c - j : V::kLanes;
        const auto take = [&](const T* p) __attribute__((always_inline)) {
          return lanes == V::kLanes ? V::load(p) : V::load_partial(p, lanes);
        };
        const V away = take(op.x + row * c + j) - take(op.mean + j), factor = take(op.scale + j) * take(inverse + j);
        const V flow = fmadd(take(op.dy + row * c + j), factor, take(low + j));
        store_partial(op.dx + row * c + j, fmadd(away, take(along + j), flow), lanes);
      }
    }
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
