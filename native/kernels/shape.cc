// Rows broadcastTo and fill: values put where they belong, not computed with.
#include <string.h>

#include "broadcast.h"
#include "families.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

constexpr int64_t kPiece = 65536;

template <typename T>
void repeat(const Call& call) {
  const Walk walk(call.outputs[0], call.inputs, 1);
  const T* const x = static_cast<const T*>(call.inputs[0].data);
  T* const y = static_cast<T*>(call.outputs[0].data);
  const bool steps = walk.stride[0][walk.rank - 1] != 0;
  for_pieces(walk.size, kPiece, [&](int64_t from, int64_t to) {
    walk.runs(from, to, [&](int64_t at, const int64_t* offset, int64_t n) {
      if (steps) {
        memcpy(y + at, x + offset[0], static_cast<size_t>(n) * sizeof(T));
      } else {
        const T value = x[offset[0]];
        for (int64_t i = 0; i < n; i++) y[at + i] = value;
      }
    });
  });
}

void broadcast_to(const Call& call) {
  switch (size_of(call.outputs[0].dtype)) {
    case 8:
      return repeat<uint64_t>(call);
    case 4:
      return repeat<uint32_t>(call);
    default:
      return repeat<uint8_t>(call);
  }
}

template <typename T>
void fill_with(const View& y, T value) {
  T* const data = static_cast<T*>(y.data);
  for_pieces(y.size, kPiece, [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i++) data[i] = value;
  });
}

// attrs: shape, value, dtype. Integers were checked to be within range; fractions are cut off.
void fill(const Call& call) {
  const View& y = call.outputs[0];
  const double value = call.attrs[1 + static_cast<int64_t>(call.attrs[0])];
  switch (y.dtype) {
    case DType::float32:
      return fill_with(y, static_cast<float>(value));
    case DType::float64:
      return fill_with(y, value);
    case DType::int32:
      return fill_with(y, static_cast<int32_t>(value));
    case DType::uint8:
      return fill_with(y, static_cast<uint8_t>(static_cast<int32_t>(value)));
    case DType::boolean:
      return fill_with(y, static_cast<uint8_t>(value != 0));
  }
}

constexpr Row kRows[] = {{"broadcastTo", broadcast_to}, {"fill", fill}};

}  // namespace

Table shape_table() { return {kRows, sizeof kRows / sizeof kRows[0]}; }

}  // namespace gradtape::GRADTAPE_ISA
