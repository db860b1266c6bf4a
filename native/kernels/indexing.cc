// Rows that pick, place and count by index; what lies outside is refused by value and position.
#include <string.h>

#include "core/number.h"
#include "digits.h"
#include "families.h"
#include "pointwise.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

constexpr int64_t kColumns = 256;  // summed side by side

template <typename Label, typename T>
void place_labels(const Call& call) {
  const View& labels = call.inputs[0];
  const double classes = call.attrs[0];
  fill_view(call.outputs[0], T{0});
  T* row = static_cast<T*>(call.outputs[0].data);
  for (int64_t i = 0; i < labels.size; i++, row += static_cast<int64_t>(classes)) {
    const double label = static_cast<double>(static_cast<const Label*>(labels.data)[i]);
    if (label >= 0 && label < classes && label == static_cast<double>(static_cast<int64_t>(label))) {
      row[static_cast<int64_t>(label)] = 1;
      continue;
    }
    char number[kNumberSize];
    format_number(label, number);
    return call.fail("labels: they must be whole numbers from 0 to %lld; received %s at position %lld", static_cast<long long>(classes) - 1,
                     number, static_cast<long long>(i));
  }
}

// attrs: classes, dtype.
void label_rows(const Call& call) {
  with_type(call.inputs[0].dtype, [&](auto label) {
    with_type(call.outputs[0].dtype, [&](auto value) { place_labels<decltype(label), decltype(value)>(call); });
  });
}

// Calls f(row) for `count` rows of `width` elements, as many of them a thread as are worth one.
template <typename F>
GRADTAPE_INLINE void for_rows(int64_t count, int64_t width, const F& f) {
  const int64_t piece = kPiece / (width + 1) + 1;
  for_pieces(count, piece, [&](int64_t from, int64_t to) {
    for (int64_t row = from; row < to; row++) f(row);
  });
}

// attrs: the axis, and how many axes are those of a batch, each entry of which has indices of its own. Bytes are moved, whatever the dtype.
void gather(const Call& call) {
  const View& x = call.inputs[0];
  const View& indices = call.inputs[1];
  const int32_t* const index = static_cast<const int32_t*>(indices.data);
  const int32_t axis = static_cast<int32_t>(call.attrs[0]);
  const int64_t length = x.shape[axis];
  for (int64_t i = 0; i < indices.size; i++) {
    if (index[i] >= 0 && index[i] < length) continue;
    return call.fail("gather: index %lld at position %lld is not from 0 to %lld", static_cast<long long>(index[i]),
                     static_cast<long long>(i), static_cast<long long>(length - 1));
  }
  if (call.outputs[0].size == 0) return;
  int64_t batches = 1, outer = 1, width = size_of(x.dtype);
  for (int32_t d = 0; d < axis; d++) outer *= x.shape[d];
  for (int32_t d = 0; d < static_cast<int32_t>(call.attrs[1]); d++) batches *= x.shape[d];
  for (int32_t d = axis + 1; d < x.rank; d++) width *= x.shape[d];
  const int64_t count = indices.size / batches, each = outer / batches;
  const uint8_t* const from = static_cast<const uint8_t*>(x.data);
  uint8_t* const to = static_cast<uint8_t*>(call.outputs[0].data);
  for_pieces(outer * count, kPiece / (width + 1) + 1, [=](int64_t row, int64_t end) {
    while (row < end) {
      const int64_t o = row / count, first = row % count;
      const int64_t n = count - first < end - row ? count - first : end - row;
      const int32_t* const picked = index + o / each * count + first;
      const uint8_t* const table = from + o * length * width;
      uint8_t* const target = to + row * width;
      if (width == 4) {
        for (int64_t i = 0; i < n; i++) memcpy(target + i * 4, table + int64_t{picked[i]} * 4, 4);
      } else if (width == 8) {
        for (int64_t i = 0; i < n; i++) memcpy(target + i * 8, table + int64_t{picked[i]} * 8, 8);
      } else {
        for (int64_t i = 0; i < n; i++) memcpy(target + i * width, table + picked[i] * width, static_cast<size_t>(width));
      }
      row += n;
    }
  });
}

// Sums rows[order[first..last)] from column `from` on, n columns of them.
template <typename T, typename Sum>
void sum_rows(const T* x, const int64_t* order, int64_t first, int64_t last, int64_t width, int64_t from, int64_t n, T* y) {
  Sum totals[kColumns];
  for (int64_t j = 0; j < n; j++) totals[j] = 0;
  for (int64_t i = first; i < last; i++) {
    const T* const row = x + order[i] * width + from;
    for (int64_t j = 0; j < n; j++) totals[j] += static_cast<Sum>(row[j]);
  }
  for (int64_t j = 0; j < n; j++) y[from + j] = static_cast<T>(totals[j]);
}

// The rows are put in the order of their segments first, so that each segment is one thread's, and rows are added as they come.
template <typename T, typename Sum>
void segment_sum(const Call& call, const int32_t* segment, int64_t rows, int64_t count) {
  const T* const x = static_cast<const T*>(call.inputs[0].data);
  T* const y = static_cast<T*>(call.outputs[0].data);
  const int64_t width = count == 0 ? 0 : call.outputs[0].size / count;
  int64_t* const starts = static_cast<int64_t*>(scratch(Scratch::kernel, (count + 2 + rows) * static_cast<int64_t>(sizeof(int64_t))));
  if (starts == nullptr) return call.fail("native: out of memory");
  int64_t* const order = starts + count + 2;
  // After the second loop starts[s + 1] is where segment s begins, after the third where it ends.
  for (int64_t s = 0; s < count + 2; s++) starts[s] = 0;
  for (int64_t i = 0; i < rows; i++) {
    if (segment[i] >= 0) starts[segment[i] + 2]++;
  }
  for (int64_t s = 1; s < count + 2; s++) starts[s] += starts[s - 1];
  for (int64_t i = 0; i < rows; i++) {
    if (segment[i] >= 0) order[starts[segment[i] + 1]++] = i;
  }
  const int64_t share = count == 0 ? 0 : rows * width / count + width;
  for_rows(count, share, [=](int64_t s) {
    for (int64_t from = 0; from < width; from += kColumns) {
      const int64_t n = width - from < kColumns ? width - from : kColumns;
      sum_rows<T, Sum>(x, order, starts[s], starts[s + 1], width, from, n, y + s * width);
    }
  });
}

// The same where segments are many more than rows: they are all cleared, and those that have rows are found by sorting the rows.
template <typename T, typename Sum>
void segment_sum_few(const Call& call, const int32_t* segment, int64_t rows, int64_t count) {
  const T* const x = static_cast<const T*>(call.inputs[0].data);
  T* const y = static_cast<T*>(call.outputs[0].data);
  const int64_t width = call.outputs[0].size / count;
  fill_view(call.outputs[0], T{0});
  Narrow* const items = static_cast<Narrow*>(scratch(Scratch::kernel, 2 * rows * static_cast<int64_t>(sizeof(Narrow))));
  int64_t* const order = static_cast<int64_t*>(scratch(Scratch::kernel_2, (2 * rows + 1) * static_cast<int64_t>(sizeof(int64_t))));
  if (items == nullptr || order == nullptr) return call.fail("native: out of memory");
  int64_t kept = 0, groups = 0;
  for (int64_t i = 0; i < rows; i++) {
    if (segment[i] >= 0) items[kept++] = Narrow::of(static_cast<uint32_t>(segment[i]), i);
  }
  const Narrow* const sorted = sort_items(items, items + rows, kept);
  int64_t* const starts = order + rows;
  for (int64_t i = 0; i < kept; i++) {
    order[i] = sorted[i].place();
    if (i == 0 || segment[order[i]] != segment[order[i - 1]]) starts[groups++] = i;
  }
  starts[groups] = kept;
  for_rows(groups, rows * width / (groups + 1) + width, [=](int64_t g) {
    for (int64_t from = 0; from < width; from += kColumns) {
      const int64_t n = width - from < kColumns ? width - from : kColumns;
      sum_rows<T, Sum>(x, order, starts[g], starts[g + 1], width, from, n, y + segment[order[starts[g]]] * width);
    }
  });
}

template <typename T, typename Sum>
void segment_sum_any(const Call& call, const int32_t* segment, int64_t rows, int64_t count) {
  if (rows > 0 && rows < count / 4) return segment_sum_few<T, Sum>(call, segment, rows, count);
  segment_sum<T, Sum>(call, segment, rows, count);
}

// attrs: numSegments.
void unsorted_segment_sum(const Call& call) {
  const View& segments = call.inputs[1];
  const int32_t* const segment = static_cast<const int32_t*>(segments.data);
  const int64_t count = static_cast<int64_t>(call.attrs[0]), rows = segments.size;
  for (int64_t i = 0; i < rows; i++) {
    if (segment[i] < count) continue;
    return call.fail("unsortedSegmentSum: segment %lld at position %lld is not below %lld", static_cast<long long>(segment[i]),
                     static_cast<long long>(i), static_cast<long long>(count));
  }
  switch (call.inputs[0].dtype) {
    case DType::float32:
      return segment_sum_any<float, double>(call, segment, rows, count);
    case DType::float64:
      return segment_sum_any<double, double>(call, segment, rows, count);
    case DType::int32:
      return segment_sum_any<int32_t, uint32_t>(call, segment, rows, count);
    default:
      return segment_sum_any<uint8_t, uint32_t>(call, segment, rows, count);
  }
}

// attrs: depth, on, off, dtype.
void one_hot(const Call& call) {
  const View& indices = call.inputs[0];
  const int32_t* const index = static_cast<const int32_t*>(indices.data);
  const int64_t depth = static_cast<int64_t>(call.attrs[0]);
  with_type(call.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    T* const y = static_cast<T*>(call.outputs[0].data);
    const T on = stored_as<T>(call.attrs[1]), off = stored_as<T>(call.attrs[2]);
    for_rows(indices.size, depth, [=](int64_t i) {
      T* const row = y + i * depth;
      for (int64_t j = 0; j < depth; j++) row[j] = off;
      if (index[i] >= 0 && index[i] < depth) row[index[i]] = on;
    });
  });
}

constexpr Row kRows[] = {{"labelRows", label_rows}, {"gather", gather}, {"unsortedSegmentSum", unsorted_segment_sum}, {"oneHot", one_hot}};

}  // namespace

Table indexing_table() { return {kRows, sizeof kRows / sizeof kRows[0]}; }

}  // namespace gradtape::GRADTAPE_ISA
