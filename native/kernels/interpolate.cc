// The rows interpolate, interpolateTable and interpolateWeight: weighted sums of rows of a table, and their slopes by the rows and the weights.
#include "core/pool.h"
#include "families.h"
#include "pointwise.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

// A list [corners, grids or 1, points], the same for all grids where there is 1.
struct Shared {
  int64_t corner, grid;  // from one corner and from one grid to the next

  Shared(const View& view, int64_t points) : corner(view.shape[1] * points), grid(view.shape[1] == 1 ? 0 : points) {}
};

struct Corners {
  const int32_t* index;
  int64_t size, count, grids, points = 1, rows, channels;
  Shared own;

  Corners(const View& view, int64_t grids, int64_t rows, int64_t channels)
      : index(static_cast<const int32_t*>(view.data)),
        size(view.size),
        count(view.shape[0]),
        grids(grids),
        points(points_of(view)),
        rows(rows),
        channels(channels),
        own(view, points) {}

  // False, with the error told, where an index is beyond the table.
  bool check(const Call& call, const char* owner) const {
    for (int64_t i = 0; i < size; i++) {
      if (index[i] < rows) continue;
      call.fail("%s: index %lld at position %lld is not below %lld", owner, static_cast<long long>(index[i]), static_cast<long long>(i),
                static_cast<long long>(rows));
      return false;
    }
    return true;
  }

  // Calls f(grid, point) for points [from, to), counted over all grids.
  template <typename F>
  GRADTAPE_MEMBER void each(int64_t from, int64_t to, F f) const {
    int64_t grid = from / points, p = from % points;
    for (; from < to; from++) {
      f(grid, p);
      if (++p < points) continue;
      p = 0;
      grid++;
    }
  }

 private:
  static int64_t points_of(const View& view) {
    int64_t points = 1;
    for (int32_t d = 2; d < view.rank; d++) points *= view.shape[d];
    return points;
  }
};

constexpr int kNarrow = 4;  // channels below this are summed one by one, known to the compiler

// `index` and `weight` are those of the point's first corner.
template <int Channels, typename T>
GRADTAPE_INLINE void narrow_point(const Corners& corners, const Shared& weights, const int32_t* index, const T* weight, const T* table,
                                  const T* fill, T* y) {
  T sums[Channels] = {};
  for (int64_t t = 0; t < corners.count; t++) {
    const int64_t row = index[t * corners.own.corner];
    const T* const x = row < 0 ? fill : table + row * Channels;
    const T w = weight[t * weights.corner];
    for (int c = 0; c < Channels; c++) sums[c] += w * x[c];
  }
  for (int c = 0; c < Channels; c++) y[c] = sums[c];
}

template <typename V, typename T>
GRADTAPE_INLINE void wide_point(const Corners& corners, const Shared& weights, const int32_t* index, const T* weight, const T* table,
                                T fill, T* y) {
  for (int64_t c = 0; c < corners.channels; c += V::kLanes) {
    const int64_t n = corners.channels - c < V::kLanes ? corners.channels - c : V::kLanes;
    V sum = V::zero();
    for (int64_t t = 0; t < corners.count; t++) {
      const int64_t row = index[t * corners.own.corner];
      const V x = row < 0 ? V::set1(fill) : V::load_partial(table + row * corners.channels + c, n);
      sum = fmadd(V::set1(weight[t * weights.corner]), x, sum);
    }
    store_partial(y + c, sum, n);
  }
}

// Inputs: the table, indices, weights. attrs: what stands for a row that is not there.
template <typename V>
void interpolate(const Call& call) {
  using T = typename V::Scalar;
  const View& view = call.inputs[0];
  const Corners corners(call.inputs[1], view.shape[0], view.shape[1], view.shape[2]);
  if (!corners.check(call, "interpolate")) return;
  if (call.outputs[0].size == 0) return;
  const Shared weights(call.inputs[2], corners.points);
  const T* const table = static_cast<const T*>(view.data);
  const T* const weight = static_cast<const T*>(call.inputs[2].data);
  T* const y = static_cast<T*>(call.outputs[0].data);
  const T fill = static_cast<T>(call.attrs[0]);
  for_pieces(corners.grids * corners.points, kPiece / (corners.count * corners.channels + 1) + 1, [=](int64_t from, int64_t to) {
    const T fills[kNarrow] = {fill, fill, fill, fill};
    const int64_t channels = corners.channels;
    corners.each(from, to, [&](int64_t grid, int64_t p) {
      const int32_t* const i = corners.index + grid * corners.own.grid + p;
      const T* const w = weight + grid * weights.grid + p;
      const T* const x = table + grid * corners.rows * channels;
      T* const target = y + (grid * corners.points + p) * channels;
      switch (channels) {
        case 1:
          return narrow_point<1>(corners, weights, i, w, x, fills, target);
        case 2:
          return narrow_point<2>(corners, weights, i, w, x, fills, target);
        case 3:
          return narrow_point<3>(corners, weights, i, w, x, fills, target);
        default:
          return wide_point<V>(corners, weights, i, w, x, fill, target);
      }
    });
  });
}

// Inputs: the slope of the result, indices, weights. attrs: the rows of a grid. Each thread looks at the indices of its grids and adds to its own rows,
// so that every row is added to in the order of the indices.
template <typename V>
void interpolate_table(const Call& call) {
  using T = typename V::Scalar;
  const View& dy = call.inputs[0];
  const Corners corners(call.inputs[1], dy.shape[0], static_cast<int64_t>(call.attrs[0]), dy.shape[dy.rank - 1]);
  if (!corners.check(call, "interpolateTable")) return;
  if (call.outputs[0].size == 0) return;
  const Shared weights(call.inputs[2], corners.points);
  const T* const slope = static_cast<const T*>(dy.data);
  const T* const weight = static_cast<const T*>(call.inputs[2].data);
  T* const dx = static_cast<T*>(call.outputs[0].data);
  const int64_t all = corners.grids * corners.rows, threads = corners.count * dy.size < kPiece ? 1 : thread_count();
  for_pieces(all, (all + threads - 1) / threads, [=](int64_t from, int64_t to) {
    const int64_t channels = corners.channels, points = corners.points;
    for (int64_t i = from * channels; i < to * channels; i++) dx[i] = 0;
    for (int64_t grid = from / corners.rows; grid * corners.rows < to; grid++) {
      const int64_t first = grid * corners.rows;
      for (int64_t t = 0; t < corners.count; t++) {
        const int32_t* const index = corners.index + t * corners.own.corner + grid * corners.own.grid;
        const T* const weights_here = weight + t * weights.corner + grid * weights.grid;
        for (int64_t p = 0; p < points; p++) {
          const int64_t row = first + index[p];
          if (index[p] < 0 || row < from || row >= to) continue;
          const T* const x = slope + (grid * points + p) * channels;
          T* const y = dx + row * channels;
          if (channels < kNarrow) {
            for (int64_t c = 0; c < channels; c++) y[c] += weights_here[p] * x[c];
            continue;
          }
          const V w = V::set1(weights_here[p]);
          for (int64_t c = 0; c < channels; c += V::kLanes) {
            const int64_t n = channels - c < V::kLanes ? channels - c : V::kLanes;
            store_partial(y + c, fmadd(w, V::load_partial(x + c, n), V::load_partial(y + c, n)), n);
          }
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
  const View& view = call.inputs[0];
  const Corners corners(call.inputs[1], view.shape[0], view.shape[1], view.shape[2]);
  if (!corners.check(call, "interpolateWeight")) return;
  if (call.outputs[0].size == 0) return;
  const T* const table = static_cast<const T*>(view.data);
  const T* const slope = static_cast<const T*>(call.inputs[2].data);
  T* const dw = static_cast<T*>(call.outputs[0].data);
  const T fill = static_cast<T>(call.attrs[0]);
  const int64_t all = corners.grids * corners.points;
  for_pieces(all, kPiece / (corners.count * corners.channels + 1) + 1, [=](int64_t from, int64_t to) {
    const int64_t channels = corners.channels;
    corners.each(from, to, [&](int64_t grid, int64_t p) {
      const int32_t* const index = corners.index + grid * corners.own.grid + p;
      const int64_t at = grid * corners.points + p;
      const T* const s = slope + at * channels;
      for (int64_t t = 0; t < corners.count; t++) {
        const int64_t row = index[t * corners.own.corner];
        const bool filled = row < 0;
        const T* const x = table + (grid * corners.rows + (filled ? 0 : row)) * channels;
        if (channels >= kNarrow) {
          dw[t * all + at] = wide_product<V>(x, filled, fill, s, channels);
          continue;
        }
        T total = 0;
        for (int64_t c = 0; c < channels; c++) total += (filled ? fill : x[c]) * s[c];
        dw[t * all + at] = total;
      }
    });
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
