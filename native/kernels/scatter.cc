// Rows that pick and place elements by an index for each of them, and search sorted lines.
#include <string.h>

#include "core/number.h"
#include "families.h"
#include "pointwise.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

// A tensor seen as `outer` tables of `length` rows of `inner` elements.
struct Around {
  int64_t outer = 1, length, inner = 1;

  Around(const View& x, int32_t axis) : length(x.shape[axis]) {
    for (int32_t d = 0; d < axis; d++) outer *= x.shape[d];
    for (int32_t d = axis + 1; d < x.rank; d++) inner *= x.shape[d];
  }
};

// The position of the first index outside of [least, length); -1 if there is none.
int64_t find_outside(const int32_t* index, int64_t count, int64_t least, int64_t length) {
  int32_t low = 0, high = -1;
  for (int64_t i = 0; i < count; i++) {
    low = index[i] < low ? index[i] : low;
    high = index[i] > high ? index[i] : high;
  }
  if (low >= least && high < length) return -1;
  for (int64_t i = 0;; i++) {
    if (index[i] < least || index[i] >= length) return i;
  }
}

template <typename T>
void take(const View& x, const int32_t* index, const View& y, int32_t axis) {
  const Around from(x, axis), to(y, axis);
  const T* const source = static_cast<const T*>(x.data);
  T* const target = static_cast<T*>(y.data);
  const int64_t count = to.length, length = from.length, inner = to.inner;
  for_pieces(to.outer * count, kPiece / (inner + 1) + 1, [=](int64_t row, int64_t end) {
    while (row < end) {
      const int64_t o = row / count, left = count - row % count;
      const int64_t n = left < end - row ? left : end - row;
      const T* const table = source + o * length * inner;
      const int32_t* const places = index + row * inner;
      T* const out = target + row * inner;
      if (inner == 1) {
        for (int64_t i = 0; i < n; i++) out[i] = table[places[i] < 0 ? places[i] + length : places[i]];
      } else {
        for (int64_t i = 0; i < n; i++) {
          const int32_t* const at = places + i * inner;
          for (int64_t w = 0; w < inner; w++) out[i * inner + w] = table[(at[w] < 0 ? at[w] + length : at[w]) * inner + w];
        }
      }
      row += n;
    }
  });
}

// attrs: the axis.
void take_along_axis(const Call& call) {
  const View& x = call.inputs[0];
  const View& indices = call.inputs[1];
  const View& y = call.outputs[0];
  const int32_t axis = static_cast<int32_t>(call.attrs[0]);
  const int32_t* const index = static_cast<const int32_t*>(indices.data);
  const int64_t length = x.shape[axis];
  const int64_t wrong = find_outside(index, indices.size, -length, length);
  if (wrong >= 0) {
    return call.fail("takeAlongAxis: index %lld at position %lld is not from %lld to %lld", static_cast<long long>(index[wrong]),
                     static_cast<long long>(wrong), static_cast<long long>(-length), static_cast<long long>(length - 1));
  }
  if (y.size == 0) return;
  with_type(y.dtype, [&](auto zero) { take<decltype(zero)>(x, index, y, axis); });
}

struct Update {
  template <typename T>
  static GRADTAPE_MEMBER T of(T, T value) {
    return value;
  }
};

struct Add {
  template <typename T>
  static GRADTAPE_MEMBER T of(T old, T value) {
    if constexpr (static_cast<T>(0.5) != 0) return old + value;
    return static_cast<T>(static_cast<uint32_t>(old) + static_cast<uint32_t>(value));
  }
};

// The greater (Sign 1) or lesser (-1) of two; NaN if one is.
template <int Sign>
struct Better {
  template <typename T>
  static GRADTAPE_MEMBER T of(T old, T value) {
    return value != value || (Sign > 0 ? value > old : value < old) ? value : old;
  }
};

// Values go to the columns [from, to) of one table, in their order. An index for each element counts from the end below 0, and so does one for a whole
// row unless those are dropped.
template <typename T, typename Meet>
void put_columns(const T* values, const int32_t* index, bool sliced, bool drops, int64_t count, int64_t length, int64_t inner, int64_t from,
                 int64_t to, T* table) {
  for (int64_t m = 0; m < count; m++) {
    const T* const row = values + m * inner;
    if (sliced) {
      if (index[m] < 0 && drops) continue;
      T* const out = table + (index[m] < 0 ? index[m] + length : index[m]) * inner;
      for (int64_t w = from; w < to; w++) out[w] = Meet::of(out[w], row[w]);
      continue;
    }
    const int32_t* const at = index + m * inner;
    for (int64_t w = from; w < to; w++) {
      T* const out = table + (at[w] < 0 ? at[w] + length : at[w]) * inner + w;
      *out = Meet::of(*out, row[w]);
    }
  }
}

// With one index for each element of one axis those below 0 are dropped if `drops`; then whoever asks has one axis only.
template <typename T, typename Meet>
void put(const Call& call, int32_t axis, bool drops) {
  const View& x = call.inputs[0];
  const View& values = call.inputs[2];
  const int32_t* const index = static_cast<const int32_t*>(call.inputs[1].data);
  const Around to(x, axis), from(values, axis);
  const T* const start = static_cast<const T*>(x.data);
  const T* const given = static_cast<const T*>(values.data);
  T* const y = static_cast<T*>(call.outputs[0].data);
  for_pieces(x.size, 2 * kPiece, [=](int64_t a, int64_t b) { memcpy(y + a, start + a, static_cast<size_t>(b - a) * sizeof(T)); });
  if (values.size == 0) return;
  const bool sliced = call.inputs[1].size != values.size || drops;
  const int64_t count = from.length, length = to.length, inner = to.inner;
  const int64_t rows = count * inner;
  if (to.outer > 1) {
    const int64_t step = sliced ? 0 : rows;
    for_pieces(to.outer, kPiece / (rows + 1) + 1, [=](int64_t o, int64_t end) {
      for (; o < end; o++)
        put_columns<T, Meet>(given + o * rows, index + o * step, sliced, drops, count, length, inner, 0, inner, y + o * length * inner);
    });
    return;
  }
  // Columns of one table do not meet. Those of a thread are whole cache lines.
  const int64_t width = kPiece / (count + 1) / 64 * 64 + 64;
  for_pieces(inner, width, [=](int64_t a, int64_t b) { put_columns<T, Meet>(given, index, sliced, drops, count, length, inner, a, b, y); });
}

// attrs: the axis, the mode, whether values of indices below 0 are dropped.
void put_along_axis(const Call& call) {
  const View& indices = call.inputs[1];
  const int32_t axis = static_cast<int32_t>(call.attrs[0]), mode = static_cast<int32_t>(call.attrs[1]);
  const bool drops = call.attrs[2] != 0;
  const int64_t length = call.inputs[0].shape[axis];
  const int32_t* const index = static_cast<const int32_t*>(indices.data);
  const int64_t wrong = find_outside(index, indices.size, drops ? -2147483648ll : -length, length);
  if (wrong >= 0 && drops) {
    return call.fail("unsortedSegment: segment %lld at position %lld is not below %lld", static_cast<long long>(index[wrong]),
                     static_cast<long long>(wrong), static_cast<long long>(length));
  }
  if (wrong >= 0) {
    return call.fail("putAlongAxis: index %lld at position %lld is not from %lld to %lld", static_cast<long long>(index[wrong]),
                     static_cast<long long>(wrong), static_cast<long long>(-length), static_cast<long long>(length - 1));
  }
  with_type(call.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    switch (mode) {
      case 0:
        return put<T, Update>(call, axis, drops);
      case 1:
        return put<T, Add>(call, axis, drops);
      case 2:
        return put<T, Better<1>>(call, axis, drops);
      default:
        return put<T, Better<-1>>(call, axis, drops);
    }
  });
}

// attrs: the sizes, who is named in errors.
void flatten_indices(const Call& call) {
  static const char* const owners[] = {"gatherND", "scatterND", "tensorScatter", "sparseToDense"};
  const View& y = call.outputs[0];
  const int32_t depth = static_cast<int32_t>(call.attrs[0]);
  const int32_t* const index = static_cast<const int32_t*>(call.inputs[0].data);
  int32_t* const places = static_cast<int32_t*>(y.data);
  int64_t sizes[kMaxRank] = {};
  for (int32_t d = 0; d < depth; d++) sizes[d] = static_cast<int64_t>(call.attrs[1 + d]);
  for (int64_t i = 0; i < y.size; i++) {
    int64_t place = 0;
    bool within = true;
    for (int32_t d = 0; d < depth; d++) {
      const int64_t at = index[i * depth + d];
      within = within && at >= 0 && at < sizes[d];
      place = place * sizes[d] + at;
    }
    if (within) {
      places[i] = static_cast<int32_t>(place);
      continue;
    }
    char given[2 * kMaxRank * kNumberSize], whole[2 * kMaxRank * kNumberSize];
    given[0] = whole[0] = 0;
    for (int32_t d = 0; d < depth; d++) {
      char number[kNumberSize];
      format_number(index[i * depth + d], number);
      if (d > 0) strcat(given, ","), strcat(whole, ",");
      strcat(given, number);
      format_number(static_cast<double>(sizes[d]), number);
      strcat(whole, number);
    }
    return call.fail("%s: index [%s] at position %lld is not within [%s]", owners[static_cast<int32_t>(call.attrs[1 + depth])], given,
                     static_cast<long long>(i), whole);
  }
}

// Whether a comes before b, where NaN comes last.
template <typename T>
GRADTAPE_INLINE bool before(T a, T b) {
  return a < b || (a == a && b != b);
}

// attrs: whether equal values come before the place (side right).
void search_sorted(const Call& call) {
  const View& sorted = call.inputs[0];
  const View& values = call.inputs[1];
  const bool right = call.attrs[0] != 0;
  int32_t* const y = static_cast<int32_t*>(call.outputs[0].data);
  if (values.size == 0) return;
  const int64_t length = sorted.shape[sorted.rank - 1];
  const int64_t batches = length == 0 ? 1 : sorted.size / length;
  const int64_t each = values.size / batches;
  with_type(values.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T* const lines = static_cast<const T*>(sorted.data);
    const T* const value = static_cast<const T*>(values.data);
    for_pieces(values.size, kPiece / 16, [=](int64_t i, int64_t end) {
      for (; i < end; i++) {
        const T* const line = lines + i / each * length;
        const T v = value[i];
        int64_t from = 0, n = length;
        // Without a branch that depends on values: they are as good as random.
        while (n > 0) {
          const int64_t half = n / 2;
          const bool further = right ? !before(v, line[from + half]) : before(line[from + half], v);
          from = further ? from + half + 1 : from;
          n = further ? n - half - 1 : half;
        }
        y[i] = static_cast<int32_t>(from);
      }
    });
  });
}

constexpr Row kRows[] = {{"takeAlongAxis", take_along_axis},
                         {"putAlongAxis", put_along_axis},
                         {"flattenIndices", flatten_indices},
                         {"searchSorted", search_sorted}};

}  // namespace

Table scatter_table() { return {kRows, sizeof kRows / sizeof kRows[0]}; }

}  // namespace gradtape::GRADTAPE_ISA
