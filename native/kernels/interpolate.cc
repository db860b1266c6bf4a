// The rows interpolate, interpolateTable and interpolateWeight: weighted sums of rows of a table, and their slopes by the rows and the weights.
#include "core/pool.h"
#include "families.h"
#include "pointwise.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

// Corner t of point p is number t * points + p.
struct Corners {
  const int32_t* index;
  int64_t count, points, channels;

  Corners(const View& view, int64_t channels) : index(static_cast<const int32_t*>(view.data)), channels(channels) {
    count = view.shape[0];
    points = 1;
    for (int32_t d = 1; d < view.rank; d++) points *= view.shape[d];
  }

  // False, with the error told, where an index is beyond the table.
  bool check(const Call& call, const char* owner, int64_t rows) const {
    for (int64_t i = 0; i < count * points; i++) {
      if (index[i] < rows) continue;
      call.fail("%s: index %lld at position %lld is not below %lld", owner, static_cast<long long>(index[i]), static_cast<long long>(i),
                static_cast<long long>(rows));
      return false;
    }
    return true;
  }
};

constexpr int kNarrow = 4;  // channels below this are summed one by one, known to the compiler

template <int Channels, typename T>
GRADTAPE_INLINE void narrow_point(const Corners& corners, int64_t p, const T* table, const T* weight, const T* fill, T* y) {
  T sums[Channels] = {};
  for (int64_t t = 0; t < corners.count; t++) {
    const int64_t at = t * corners.points + p, row = corners.index[at];
    const T* const x = row < 0 ? fill : table + row * Channels;
    for (int c = 0; c < Channels; c++) sums[c] += weight[at] * x[c];
  }
  for (int c = 0; c < Channels; c++) y[c] = sums[c];
}

template <typename V, typename T>
GRADTAPE_INLINE void wide_point(const Corners& corners, int64_t p, const T* table, const T* weight, T fill, T* y) {
  for (int64_t c = 0; c < corners.channels; c += V::kLanes) {
    const int64_t n = corners.channels - c < V::kLanes ? corners.channels - c : V::kLanes;
    V sum = V::zero();
    for (int64_t t = 0; t < corners.count; t++) {
      const int64_t at = t * corners.points + p, row = corners.index[at];
      const V x = row < 0 ? V::set1(fill) : V::load_partial(table + row * corners.channels + c, n);
      sum = fmadd(V::set1(weight[at]), x, sum);
    }
    store_partial(y + c, sum, n);
  }
}

// Inputs: the table, indices, weights. attrs: what stands for a row that is not there.
template <typename V>
void interpolate(const Call& call) {
  using T = typename V::Scalar;
  const Corners corners(call.inputs[1], call.inputs[0].shape[1]);
  if (!corners.check(call, "interpolate", call.inputs[0].shape[0])) return;
  if (call.outputs[0].size == 0) return;
  const T* const table = static_cast<const T*>(call.inputs[0].data);
  const T* const weight = static_cast<const T*>(call.inputs[2].data);
  T* const y = static_cast<T*>(call.outputs[0].data);
  const T fill = static_cast<T>(call.attrs[0]);
  for_pieces(corners.points, kPiece / (corners.count * corners.channels + 1) + 1, [=](int64_t p, int64_t end) {
    const T fills[kNarrow] = {fill, fill, fill, fill};
    for (; p < end; p++) {
      T* const target = y + p * corners.channels;
      switch (corners.channels) {
        case 1:
          narrow_point<1>(corners, p, table, weight, fills, target);
          break;
        case 2:
          narrow_point<2>(corners, p, table, weight, fills, target);
          break;
        case 3:
          narrow_point<3>(corners, p, table, weight, fills, target);
          break;
        default:
          wide_point<V>(corners, p, table, weight, fill, target);
      }
    }
  });
}

// Inputs: the slope of the result, indices, weights. attrs: the rows of the table. Each thread looks at all indices and adds to its own rows, so
// that every row is added to in the order of the indices.
template <typename V>
void interpolate_table(const Call& call) {
  using T = typename V::Scalar;
  const View& dy = call.inputs[0];
  const int64_t rows = static_cast<int64_t>(call.attrs[0]);
  const Corners corners(call.inputs[1], dy.shape[dy.rank - 1]);
  if (!corners.check(call, "interpolateTable", rows)) return;
  if (call.outputs[0].size == 0) return;
  const T* const slope = static_cast<const T*>(dy.data);
  const T* const weight = static_cast<const T*>(call.inputs[2].data);
  T* const dx = static_cast<T*>(call.outputs[0].data);
  const int64_t threads = corners.count * dy.size < kPiece ? 1 : thread_count();
  for_pieces(rows, (rows + threads - 1) / threads, [=](int64_t from, int64_t to) {
    const int64_t channels = corners.channels;
    for (int64_t i = from * channels; i < to * channels; i++) dx[i] = 0;
    for (int64_t t = 0, at = 0; t < corners.count; t++) {
      for (int64_t p = 0; p < corners.points; p++, at++) {
        const int64_t row = corners.index[at];
        if (row < from || row >= to) continue;
        const T* const x = slope + p * channels;
        T* const y = dx + row * channels;
        if (channels < kNarrow) {
          for (int64_t c = 0; c < channels; c++) y[c] += weight[at] * x[c];
          continue;
        }
        const V w = V::set1(weight[at]);
        for (int64_t c = 0; c < channels; c += V::kLanes) {
          const int64_t n = channels - c < V::kLanes ? channels - c : V::kLanes;
          store_partial(y + c, fmadd(w, V::load_partial(x + c, n), V::load_partial(y + c, n)), n);
        }
      }
    }
  });
}

template <typename V, typename T>
GRADTAPE_INLINE T wide_product(const T* x, bool filled, T fill, const T* slope, int64_t channels) {
  V sum = V::zero();
  for (int64_t c = 0; c < channels; c += V::kLanes) {
    const int64_t n = channels - c < V::kLanes ? channels - c : V::kLanes;
    sum = fmadd(filled ? V::set1(fill) : V::load_partial(x + c, n), V::load_partial(slope + c, n), sum);
  }
  alignas(64) T lanes[V::kLanes];
  store(lanes, sum);
  T total = 0;
  for (int64_t i = 0; i < V::kLanes; i++) total += lanes[i];
  return total;
}

// Inputs: the table, indices, the slope of the result. attrs: what stands for a row that is not there.
template <typename V>
void interpolate_weight(const Call& call) {
  using T = typename V::Scalar;
  const Corners corners(call.inputs[1], call.inputs[0].shape[1]);
  if (!corners.check(call, "interpolateWeight", call.inputs[0].shape[0])) return;
  if (call.outputs[0].size == 0) return;
  const T* const table = static_cast<const T*>(call.inputs[0].data);
  const T* const slope = static_cast<const T*>(call.inputs[2].data);
  T* const dw = static_cast<T*>(call.outputs[0].data);
  const T fill = static_cast<T>(call.attrs[0]);
  for_pieces(corners.count * corners.points, kPiece / (corners.channels + 1) + 1, [=](int64_t at, int64_t end) {
    const int64_t channels = corners.channels;
    int64_t p = at % corners.points;
    for (; at < end; at++, p = p + 1 == corners.points ? 0 : p + 1) {
      const bool filled = corners.index[at] < 0;
      const T* const x = table + (filled ? 0 : int64_t{corners.index[at]} * channels);
      const T* const s = slope + p * channels;
      if (channels >= kNarrow) {
        dw[at] = wide_product<V>(x, filled, fill, s, channels);
        continue;
      }
      T total = 0;
      for (int64_t c = 0; c < channels; c++) total += (filled ? fill : x[c]) * s[c];
      dw[at] = total;
    }
  });
}

template <Kernel Single, Kernel Double>
void by_dtype(const Call& call) {
  if (call.inputs[0].dtype == DType::float64) return Double(call);
  Single(call);
}

constexpr Row kRows[] = {
    {"interpolate", by_dtype<interpolate<F32>, interpolate<F64>>},
    {"interpolateTable", by_dtype<interpolate_table<F32>, interpolate_table<F64>>},
    {"interpolateWeight", by_dtype<interpolate_weight<F32>, interpolate_weight<F64>>},
};

}  // namespace

Table interpolation_table() { return {kRows, sizeof kRows / sizeof kRows[0]}; }

}  // namespace gradtape::GRADTAPE_ISA
