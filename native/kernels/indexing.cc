// Rows that pick, place and count by index; what lies outside is refused by value and position.
#include "core/number.h"
#include "families.h"
#include "pointwise.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

template <typename T>
void fill_all(const View& y, T value) {
  T* const data = static_cast<T*>(y.data);
  for_pieces(y.size, kPiece, [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i++) data[i] = value;
  });
}

template <typename Label, typename T>
void place_labels(const Call& call) {
  const View& labels = call.inputs[0];
  const double classes = call.attrs[0];
  fill_all<T>(call.outputs[0], 0);
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

constexpr Row kRows[] = {{"labelRows", label_rows}};

}  // namespace

Table indexing_table() { return {kRows, sizeof kRows / sizeof kRows[0]}; }

}  // namespace gradtape::GRADTAPE_ISA
