// Rows sort and topk: elements become whole numbers of the same order, which are sorted digit by digit.
#include <string.h>

#include "families.h"
#include "pointwise.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

constexpr int64_t kShort = 48;         // lines of at most this length are sorted by insertion
constexpr int64_t kLong = 8192;        // and from this length on with digits of 11 bits instead of 8
constexpr int32_t kMostCounts = 2048;  // 2 to the power of 11

// A key of the same order as the element, and the element's place below it. NaN is the greatest, and stays so in descending order.
struct Narrow {
  uint64_t bits;
  static constexpr int32_t kKeyBits = 32;

  static GRADTAPE_MEMBER Narrow of(uint32_t key, int64_t place) {
    return {static_cast<uint64_t>(key) << 32 | static_cast<uint64_t>(place)};
  }
  GRADTAPE_MEMBER uint32_t digit(int32_t shift, uint32_t mask) const { return static_cast<uint32_t>(bits >> (32 + shift)) & mask; }
  GRADTAPE_MEMBER int32_t place() const { return static_cast<int32_t>(bits & 0x7fffffff); }
  GRADTAPE_MEMBER bool before(const Narrow& other) const { return bits < other.bits; }
};

struct Broad {
  uint64_t key;
  uint64_t at;
  static constexpr int32_t kKeyBits = 64;

  static GRADTAPE_MEMBER Broad of(uint64_t key, int64_t place) { return {key, static_cast<uint64_t>(place)}; }
  GRADTAPE_MEMBER uint32_t digit(int32_t shift, uint32_t mask) const { return static_cast<uint32_t>(key >> shift) & mask; }
  GRADTAPE_MEMBER int32_t place() const { return static_cast<int32_t>(at); }
  GRADTAPE_MEMBER bool before(const Broad& other) const { return key < other.key || (key == other.key && at < other.at); }
};

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

template <typename Item>
void insert_all(Item* items, int64_t n) {
  for (int64_t i = 1; i < n; i++) {
    const Item item = items[i];
    int64_t j = i;
    for (; j > 0 && item.before(items[j - 1]); j--) items[j] = items[j - 1];
    items[j] = item;
  }
}

// Sorts n items, which lie in the order of their places, with as much memory beside them; returns where they lie then.
template <typename Item>
Item* sort_items(Item* items, Item* beside, int64_t n) {
  if (n <= kShort) {
    insert_all(items, n);
    return items;
  }
  const int32_t width = n < kLong ? 8 : 11;
  const uint32_t mask = (1u << width) - 1;
  uint32_t counts[kMostCounts];
  for (int32_t shift = 0; shift < Item::kKeyBits; shift += width) {
    for (uint32_t d = 0; d <= mask; d++) counts[d] = 0;
    for (int64_t i = 0; i < n; i++) counts[items[i].digit(shift, mask)]++;
    // All of one digit: nothing to do.
    if (counts[items[0].digit(shift, mask)] == static_cast<uint64_t>(n)) continue;
    uint32_t start = 0;
    for (uint32_t d = 0; d <= mask; d++) {
      const uint32_t count = counts[d];
      counts[d] = start;
      start += count;
    }
    for (int64_t i = 0; i < n; i++) beside[counts[items[i].digit(shift, mask)]++] = items[i];
    Item* const done = beside;
    beside = items;
    items = done;
  }
  return items;
}

// Of n elements as items those among which the first k in order are, in the order of their places; returns how many.
template <typename T>
int64_t collect_first(const T* x, int64_t n, int64_t k, bool descending, typename Keys<T>::Item* items) {
  using Item = typename Keys<T>::Item;
  if (k * 4 >= n || n <= kShort) {
    for (int64_t i = 0; i < n; i++) items[i] = Item::of(Keys<T>::of(x[i], descending), i);
    return n;
  }
  // By the leading bits of the keys: those of the k-th are the last to be let in.
  constexpr int32_t shift = sizeof(T) == 1 ? 0 : Item::kKeyBits - 11;
  uint32_t counts[kMostCounts] = {};
  for (int64_t i = 0; i < n; i++) counts[Item::of(Keys<T>::of(x[i], descending), 0).digit(shift, kMostCounts - 1)]++;
  uint32_t last = 0;
  for (int64_t reached = counts[0]; reached < k; reached += counts[last]) last++;
  int64_t found = 0;
  for (int64_t i = 0; i < n; i++) {
    items[found] = Item::of(Keys<T>::of(x[i], descending), i);
    found += items[found].digit(shift, kMostCounts - 1) <= last;
  }
  return found;
}

// The first `kept` of each line in order, and their places.
template <typename T>
void sort_lines(const Call& call, int64_t kept, bool descending) {
  using Item = typename Keys<T>::Item;
  const View& input = call.inputs[0];
  if (call.outputs[0].size == 0) return;
  const int64_t n = input.shape[input.rank - 1], rows = input.size / n;
  const T* const x = static_cast<const T*>(input.data);
  T* const values = static_cast<T*>(call.outputs[0].data);
  int32_t* const places = static_cast<int32_t*>(call.outputs[1].data);
  const int64_t bytes = (2 * n + 1) * static_cast<int64_t>(sizeof(Item));
  for_pieces(rows, kPiece / 8 / n + 1, [=, &call](int64_t row, int64_t end) {
    Item* const items = static_cast<Item*>(scratch(Scratch::kernel, bytes));
    if (items == nullptr) return call.fail("native: out of memory");
    for (; row < end; row++) {
      const T* const line = x + row * n;
      const int64_t found = collect_first(line, n, kept, descending, items);
      const Item* const sorted = sort_items(items, items + n + 1, found);
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
