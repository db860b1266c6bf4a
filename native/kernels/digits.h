// Items that are sorted by whole numbers, digit by digit, and keep the order that they came in.
#pragma once
#include <stdint.h>

#include "simd/simd.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

constexpr int64_t kShort = 48;         // lines of at most this length are sorted by insertion
constexpr int64_t kLong = 8192;        // and from this length on with digits of 11 bits instead of 8
constexpr int32_t kMostCounts = 2048;  // 2 to the power of 11

// A key, and below it the place that the item came from.
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

template <typename Item>
void insert_all(Item* items, int64_t n) {
  for (int64_t i = 1; i < n; i++) {
    const Item item = items[i];
    int64_t j = i;
    for (; j > 0 && item.before(items[j - 1]); j--) items[j] = items[j - 1];
    items[j] = item;
  }
}

// Sorts n items, of which those of one key lie in the order of their places, with as much memory beside them; returns where they lie then.
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

}  // namespace
}  // namespace gradtape::GRADTAPE_ISA
