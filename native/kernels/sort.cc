// Rows sort and topk: elements become whole numbers of the same order, which are sorted digit by digit.
#include <string.h>

#include "digits.h"
#include "families.h"
#include "pointwise.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

// A key of the same order as the element. NaN is the greatest, and stays so in descending order.
template <typename T>
struct Keys;

template <>
struct Keys<float> {
  using Item = Narrow;
  static GRADTAPE_MEMBER uint32_t of(float x, bool descending) {
    if (x != x) return 0xffffffffu;
    uint32_t bits = 0;
    if (x != 0) memcpy(&bits, &x, sizeof bits);
    const uint32_t key = bits >> 31 ? ~bits : bits | 0x80000000u;
    return descending ? ~key : key;
  }
};

template <>
struct Keys<double> {
  using Item = Broad;
  static GRADTAPE_MEMBER uint64_t of(double x, bool descending) {
    if (x != x) return ~uint64_t{0};
    uint64_t bits = 0;
    if (x != 0) memcpy(&bits, &x, sizeof bits);
    const uint64_t key = bits >> 63 ? ~bits : bits | uint64_t{1} << 63;
    return descending ? ~key : key;
  }
};

template <>
struct Keys<int32_t> {
  using Item = Narrow;
  static GRADTAPE_MEMBER uint32_t of(int32_t x, bool descending) {
    const uint32_t key = static_cast<uint32_t>(x) ^ 0x80000000u;
    return descending ? ~key : key;
  }
};

template <>
struct Keys<uint8_t> {
  using Item = Narrow;
  static GRADTAPE_MEMBER uint32_t of(uint8_t x, bool descending) { return descending ? 255u - x : x; }
};

// Whether any of n elements is above the limit.
template <typename T>
GRADTAPE_INLINE bool any_above(const T* x, int64_t n, T limit) {
  bool found = false;
  for (int64_t i = 0; i < n; i++) found |= x[i] > limit;
  return found;
}

constexpr int64_t kRun = 128;  // elements that are looked at together, most of them in vain

// The items of n elements, or only so many that the k greatest are among them; there is memory for as many beside. Returns how many.
template <typename T>
int64_t collect_greatest(const T* x, int64_t n, int64_t k, typename Keys<T>::Item* items, typename Keys<T>::Item* beside) {
  using Item = typename Keys<T>::Item;
  const int64_t room = 4 * k + 128;
  const int64_t first = room < n && k > 0 ? room : n;
  for (int64_t i = 0; i < first; i++) items[i] = Item::of(Keys<T>::of(x[i], true), i);
  int64_t found = first, i = first;
  while (i < n) {
    // The k greatest so far stay; from here on only what is above the least of them counts: equal elements further on come after it.
    const Item* const sorted = sort_items(items, beside, found);
    if (sorted != items) memcpy(items, sorted, static_cast<size_t>(k) * sizeof(Item));
    found = k;
    const T limit = x[items[k - 1].place()];
    while (i < n && found < room) {
      const int64_t left = n - i < kRun ? n - i : kRun, end = i + left;
      // Nothing is above NaN, which is the least: there what is a number counts.
      if (limit == limit && !any_above(x + i, left, limit)) {
        i = end;
        continue;
      }
      for (; i < end && found < room; i++) {
        if (x[i] > limit || (limit != limit && x[i] == x[i])) items[found++] = Item::of(Keys<T>::of(x[i], true), i);
      }
    }
  }
  return found;
}

// The first `kept` of each line in order, and their places: all of them, or the greatest.
template <typename T>
void sort_lines(const Call& call, int64_t kept, bool descending) {
  using Item = typename Keys<T>::Item;
  const View& input = call.inputs[0];
  if (call.outputs[0].size == 0) return;
  const int64_t n = input.shape[input.rank - 1], rows = input.size / n;
  const T* const x = static_cast<const T*>(input.data);
  T* const values = static_cast<T*>(call.outputs[0].data);
  int32_t* const places = static_cast<int32_t*>(call.outputs[1].data);
  const int64_t bytes = 2 * n * static_cast<int64_t>(sizeof(Item));
  for_pieces(rows, kPiece / 8 / n + 1, [=, &call](int64_t row, int64_t end) {
    Item* const items = static_cast<Item*>(scratch(Scratch::kernel, bytes));
    if (items == nullptr) return call.fail("native: out of memory");
    for (; row < end; row++) {
      const T* const line = x + row * n;
      int64_t found = n;
      if (kept < n) {
        found = collect_greatest(line, n, kept, items, items + n);
      } else {
        for (int64_t i = 0; i < n; i++) items[i] = Item::of(Keys<T>::of(line[i], descending), i);
      }
      const Item* const sorted = sort_items(items, items + n, found);
      for (int64_t i = 0; i < kept; i++) {
        const int32_t place = sorted[i].place();
        values[row * kept + i] = line[place];
        places[row * kept + i] = place;
      }
    }
  });
}

// attrs: whether in descending order.
void sort(const Call& call) {
  const View& x = call.inputs[0];
  const bool descending = call.attrs[0] != 0;
  with_type(x.dtype, [&](auto zero) { sort_lines<decltype(zero)>(call, x.rank == 0 ? 0 : x.shape[x.rank - 1], descending); });
}

// attrs: k.
void topk(const Call& call) {
  const int64_t k = static_cast<int64_t>(call.attrs[0]);
  with_type(call.inputs[0].dtype, [&](auto zero) { sort_lines<decltype(zero)>(call, k, true); });
}

constexpr Row kRows[] = {{"sort", sort}, {"topk", topk}};

}  // namespace

Table sort_table() { return {kRows, sizeof kRows / sizeof kRows[0]}; }

}  // namespace gradtape::GRADTAPE_ISA
