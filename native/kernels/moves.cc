// Rows that move elements and do not change them: transpose, slice, reverse, pad, concat, and blocks with steps.
#include <string.h>

#include "families.h"
#include "pointwise.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

constexpr int64_t kMovePiece = 65536;
constexpr int64_t kSquare = 16;                   // both sides of what is transposed at once
constexpr int64_t kPage = 4096;                   // of rows that lie on pages of their own, two squares are read
constexpr int64_t kAhead = 64;                    // rows
constexpr int64_t kNearBytes = int64_t{1} << 20;  // results below this are in a cache, as is what they are made of
constexpr size_t kLine = 64;

// A block of `shape` whose elements lie `step` apart in memory, while on the other side it is dense. Axes are merged where they can be.
struct Layout {
  int32_t rank = 0;
  int64_t size = 1;
  int64_t shape[kMaxRank], step[kMaxRank];

  Layout(const int64_t* lengths, const int64_t* steps, int32_t axes) {
    for (int32_t d = 0; d < axes; d++) {
      size *= lengths[d];
      if (lengths[d] == 1) continue;
      if (rank > 0 && step[rank - 1] == steps[d] * lengths[d]) {
        shape[rank - 1] *= lengths[d];
        step[rank - 1] = steps[d];
        continue;
      }
      shape[rank] = lengths[d];
      step[rank++] = steps[d];
    }
    if (rank > 0) return;
    shape[0] = 1;
    step[rank++] = 1;
  }

  // Where element i, counted over the first `axes` axes, lies.
  int64_t offset(int64_t i, int32_t axes) const {
    int64_t at = 0;
    for (int32_t d = axes - 1; d >= 0; d--) {
      at += i % shape[d] * step[d];
      i /= shape[d];
    }
    return at;
  }

  // Calls f(dense position, position in memory, length) for the runs along the last axis that make up all of it, and after() behind those of a thread's piece.
  template <typename F, typename After>
  void runs(const F& f, const After& after) const {
    const int64_t width = shape[rank - 1], along = step[rank - 1];
    for_pieces(size, kMovePiece, [&](int64_t from, int64_t to) {
      while (from < to) {
        int64_t column = from % width, at = offset(from / width, rank - 1);
        // Rows of the axis before follow each other.
        for (int64_t left = rank > 1 ? shape[rank - 2] - from / width % shape[rank - 2] : 1; left > 0 && from < to; left--) {
          const int64_t n = width - column < to - from ? width - column : to - from;
          f(from, at + column * along, n);
          from += n;
          column = 0;
          if (rank > 1) at += step[rank - 2];
        }
      }
      after();
    });
  }
  template <typename F>
  void runs(const F& f) const {
    runs(f, [] {});
  }
};

void strides_of(const View& x, int64_t* strides) {
  int64_t step = 1;
  for (int32_t d = x.rank - 1; d >= 0; d--) {
    strides[d] = step;
    step *= x.shape[d];
  }
}

// How memory is met: whether rows of x are asked for ahead, and whether y goes past the caches.
struct Manner {
  bool asks, streams;
};

// The transpose of `rows` by `columns` elements: x has columns side by side and rows x_step apart, y the other way round.
template <typename T>
void turn(const T* x, int64_t x_step, T* y, int64_t y_step, int64_t rows, int64_t columns, Manner manner) {
  int64_t r = 0;
  if constexpr (sizeof(T) == 4) {
    constexpr int64_t lanes = F32::kLanes;
    alignas(64) float block[lanes * lanes];
    for (; r + lanes <= rows; r += lanes) {
      int64_t c = 0;
      if (manner.asks && r + kAhead + lanes <= rows) {
        for (int64_t i = r + kAhead; i < r + kAhead + lanes; i++) {
          for (int64_t at = 0; at < columns; at += kSquare) prefetch(x + i * x_step + at);
        }
      }
      for (; c + lanes <= columns; c += lanes) {
        const float* const from = reinterpret_cast<const float*>(x + r * x_step + c);
        float* const to = reinterpret_cast<float*>(y + c * y_step + r);
        if (manner.streams) {
          transpose_block(from, x_step, block, lanes);
          for (int64_t i = 0; i < lanes; i++) stream(to + i * y_step, F32::load(block + i * lanes));
        } else {
          transpose_block(from, x_step, to, y_step);
        }
      }
      for (; c < columns; c++) {
        for (int64_t i = r; i < r + lanes; i++) y[c * y_step + i] = x[i * x_step + c];
      }
    }
  }
  for (; r < rows; r++) {
    for (int64_t c = 0; c < columns; c++) y[c * y_step + r] = x[r * x_step + c];
  }
}

// y's axes but two are walked; of those two the first is dense in x and the last in y.
template <typename T>
void turn_all(const Layout& layout, int32_t dense, const T* x, T* y) {
  const int32_t last = layout.rank - 1;
  const int64_t rows = layout.shape[last], columns = layout.shape[dense];
  int64_t y_step[kMaxRank], step = 1;
  for (int32_t d = last; d >= 0; d--) {
    y_step[d] = step;
    step *= layout.shape[d];
  }
  constexpr int64_t kSize = sizeof(T);
  const int64_t across = layout.step[last] * kSize >= kPage ? 2 * kSquare : kSquare;
  const int64_t blocks = (columns + across - 1) / across;
  const int64_t count = layout.size / rows / columns * blocks;
  const int64_t together = kMovePiece / (rows * across) + 1;
  // Whole squares, which are whole lines of a cache.
  const bool streams = kSize == 4 && rows % kSquare == 0 && streams_to<F32>(reinterpret_cast<const float*>(y), layout.size, rows);
  const Manner manner{layout.size * kSize >= kNearBytes, streams};
  for_pieces(count, together, [&](int64_t from, int64_t to) {
    for (int64_t task = from; task < to; task++) {
      const int64_t c = task % blocks * across;
      int64_t rest = task / blocks, x_at = c, y_at = c * y_step[dense];
      for (int32_t d = last - 1; d >= 0; d--) {
        if (d == dense) continue;
        const int64_t i = rest % layout.shape[d];
        rest /= layout.shape[d];
        x_at += i * layout.step[d];
        y_at += i * y_step[d];
      }
      const int64_t width = columns - c < across ? columns - c : across;
      turn(x + x_at, layout.step[last], y + y_at, y_step[dense], rows, width, manner);
    }
    if (manner.streams) stream_end();
  });
}

// Copies past the caches where whole lines of them are written.
template <typename T>
void copy_past(const T* x, T* y, int64_t n) {
  const size_t bytes = static_cast<size_t>(n) * sizeof(T);
  if (bytes % kLine != 0 || reinterpret_cast<uintptr_t>(y) % kLine != 0) {
    memcpy(y, x, bytes);
    return;
  }
  const char* const from = reinterpret_cast<const char*>(x);
  char* const to = reinterpret_cast<char*>(y);
  for (size_t i = 0; i < bytes; i += sizeof(F32)) {
    stream(reinterpret_cast<float*>(to + i), F32::load(reinterpret_cast<const float*>(from + i)));
  }
}

// Fills y, which is dense, from x.
template <typename T>
void collect(const Layout& layout, const T* x, T* y) {
  const int64_t along = layout.step[layout.rank - 1];
  if (along == 1) {
    if (layout.size * static_cast<int64_t>(sizeof(T)) >= kStreamedBytes) {
      return layout.runs([=](int64_t at, int64_t from, int64_t n) { copy_past(x + from, y + at, n); }, [] { stream_end(); });
    }
    return layout.runs([=](int64_t at, int64_t from, int64_t n) { memcpy(y + at, x + from, static_cast<size_t>(n) * sizeof(T)); });
  }
  for (int32_t d = 0; d < layout.rank - 1; d++) {
    if (layout.step[d] == 1 && along > 0) return turn_all(layout, d, x, y);
  }
  layout.runs([=](int64_t at, int64_t from, int64_t n) {
    for (int64_t i = 0; i < n; i++) y[at + i] = x[from + i * along];
  });
}

// Calls f(T{}) for a type of the size of a dtype.
template <typename F>
GRADTAPE_INLINE void with_size(DType dtype, const F& f) {
  switch (size_of(dtype)) {
    case 8:
      return f(uint64_t{});
    case 4:
      return f(uint32_t{});
    default:
      return f(uint8_t{});
  }
}

void collect_output(const Call& call, int64_t start, const int64_t* steps) {
  const View& y = call.outputs[0];
  if (y.size == 0) return;
  const Layout layout(y.shape, steps, y.rank);
  with_size(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    collect(layout, static_cast<const T*>(call.inputs[0].data) + start, static_cast<T*>(y.data));
  });
}

// attrs: perm.
void transpose(const Call& call) {
  int64_t strides[kMaxRank], steps[kMaxRank];
  strides_of(call.inputs[0], strides);
  for (int32_t d = 0; d < call.outputs[0].rank; d++) steps[d] = strides[static_cast<int32_t>(call.attrs[1 + d])];
  collect_output(call, 0, steps);
}

// attrs: begin, size.
void slice(const Call& call) {
  int64_t strides[kMaxRank], start = 0;
  strides_of(call.inputs[0], strides);
  for (int32_t d = 0; d < call.inputs[0].rank; d++) start += static_cast<int64_t>(call.attrs[1 + d]) * strides[d];
  collect_output(call, start, strides);
}

// attrs: axes.
void reverse(const Call& call) {
  const View& x = call.inputs[0];
  int64_t strides[kMaxRank], start = 0;
  strides_of(x, strides);
  for (int32_t i = 0; i < static_cast<int32_t>(call.attrs[0]); i++) {
    const int32_t axis = static_cast<int32_t>(call.attrs[1 + i]);
    start += (x.shape[axis] - 1) * strides[axis];
    strides[axis] = -strides[axis];
  }
  collect_output(call, start, strides);
}

// Writes the input to the output, `steps` apart from `start` on.
void place_input(const Call& call, int64_t start, const int64_t* steps) {
  const View& x = call.inputs[0];
  const View& y = call.outputs[0];
  if (x.size == 0) return;
  const Layout layout(x.shape, steps, x.rank);
  with_size(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T* const from = static_cast<const T*>(x.data);
    T* const to = static_cast<T*>(y.data) + start;
    const int64_t along = layout.step[layout.rank - 1];
    layout.runs([=](int64_t at, int64_t place, int64_t n) {
      if (along == 1) {
        memcpy(to + place, from + at, static_cast<size_t>(n) * sizeof(T));
      } else {
        for (int64_t i = 0; i < n; i++) to[place + i * along] = from[at + i];
      }
    });
  });
}

// attrs: before, after, value.
void pad(const Call& call) {
  const View& x = call.inputs[0];
  const View& y = call.outputs[0];
  const double value = call.attrs[2 * (1 + x.rank)];
  with_type(y.dtype, [&](auto zero) { fill_view(y, stored_as<decltype(zero)>(value)); });
  int64_t strides[kMaxRank], start = 0;
  strides_of(y, strides);
  for (int32_t d = 0; d < x.rank; d++) start += static_cast<int64_t>(call.attrs[1 + d]) * strides[d];
  place_input(call, start, strides);
}

// Where a strided block begins in a dense tensor, and how far apart its elements lie.
int64_t strided(const View& whole, const double* begin, const double* by, int64_t* steps) {
  int64_t start = 0;
  strides_of(whole, steps);
  for (int32_t d = 0; d < whole.rank; d++) {
    start += static_cast<int64_t>(begin[d]) * steps[d];
    steps[d] *= static_cast<int64_t>(by[d]);
  }
  return start;
}

// attrs: begin, end, strides.
void strided_slice(const Call& call) {
  const int32_t rank = call.inputs[0].rank;
  int64_t steps[kMaxRank];
  const int64_t start = strided(call.inputs[0], call.attrs + 1, call.attrs + 3 + 2 * rank, steps);
  collect_output(call, start, steps);
}

// attrs: begin, strides, shape, size.
void strided_place(const Call& call) {
  const View& y = call.outputs[0];
  with_type(y.dtype, [&](auto zero) { fill_view(y, zero); });
  int64_t steps[kMaxRank];
  const int64_t start = strided(y, call.attrs + 1, call.attrs + 2 + y.rank, steps);
  place_input(call, start, steps);
}

// attrs: the axis.
void concat(const Call& call) {
  const View& y = call.outputs[0];
  const int32_t axis = static_cast<int32_t>(call.attrs[0]);
  int64_t inner = size_of(y.dtype);
  for (int32_t d = axis + 1; d < y.rank; d++) inner *= y.shape[d];
  const int64_t row = y.shape[axis] * inner;
  uint8_t* to = static_cast<uint8_t*>(y.data);
  for (int32_t n = 0; n < call.input_count; n++) {
    const View& x = call.inputs[n];
    const uint8_t* const from = static_cast<const uint8_t*>(x.data);
    const int64_t width = x.shape[axis] * inner;
    for_pieces(x.size * size_of(x.dtype), 4 * kMovePiece, [=](int64_t at, int64_t end) {
      while (at < end) {
        const int64_t column = at % width, length = width - column < end - at ? width - column : end - at;
        memcpy(to + at / width * row + column, from + at, static_cast<size_t>(length));
        at += length;
      }
    });
    to += width;
  }
}

constexpr Row kRows[] = {{"transpose", transpose},
                         {"slice", slice},
                         {"reverse", reverse},
                         {"pad", pad},
                         {"concat", concat},
                         {"stridedSlice", strided_slice},
                         {"stridedPlace", strided_place}};

}  // namespace

Table moves_table() { return {kRows, sizeof kRows / sizeof kRows[0]}; }

}  // namespace gradtape::GRADTAPE_ISA
