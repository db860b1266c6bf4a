// Rows randomUniform and randomUniformInt: Philox4x32-10 (Salmon et al. 2011), with the bits of the reference kernels.
#include <string.h>

#include "broadcast.h"
#include "families.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

constexpr int64_t kTogether = 16;  // blocks computed side by side
constexpr int64_t kPiece = 16384;  // numbers worth a thread

// Word w of kTogether blocks from `counter` on, under `key`, into words[w].
GRADTAPE_INLINE void philox(uint64_t counter, const uint32_t* key, uint32_t (*words)[kTogether]) {
  uint32_t k0 = key[0], k1 = key[1];
  for (int64_t i = 0; i < kTogether; i++) {
    words[0][i] = static_cast<uint32_t>(counter + static_cast<uint64_t>(i));
    words[1][i] = static_cast<uint32_t>((counter + static_cast<uint64_t>(i)) >> 32);
    words[2][i] = words[3][i] = 0;
  }
  for (int round = 0; round < 10; round++) {
    for (int64_t i = 0; i < kTogether; i++) {
      const uint64_t first = uint64_t{0xd2511f53} * words[0][i], second = uint64_t{0xcd9e8d57} * words[2][i];
      words[0][i] = static_cast<uint32_t>(second >> 32) ^ words[1][i] ^ k0;
      words[2][i] = static_cast<uint32_t>(first >> 32) ^ words[3][i] ^ k1;
      words[1][i] = static_cast<uint32_t>(second);
      words[3][i] = static_cast<uint32_t>(first);
    }
    k0 += 0x9e3779b9;
    k1 += 0xbb67ae85;
  }
}

// From 0 to below 1, with 24 bits and with 53.
GRADTAPE_INLINE double single_of(uint32_t word) { return static_cast<double>(word >> 8) * 0x1p-24; }
GRADTAPE_INLINE double double_of(uint32_t high, uint32_t low) {
  return (static_cast<double>(high >> 5) * 67108864.0 + static_cast<double>(low >> 6)) * 0x1p-53;
}

// Fills y with make(words, block, place) of every block of `per_block` numbers.
template <int64_t PerBlock, typename T, typename F>
void draw(const Call& call, const F& make) {
  const uint32_t* const state = static_cast<const uint32_t*>(call.inputs[0].data);
  const uint64_t start = (static_cast<uint64_t>(state[3]) << 32) | state[2];
  T* const y = static_cast<T*>(call.outputs[0].data);
  for_pieces(call.outputs[0].size, kPiece, [=](int64_t from, int64_t to) {
    for (int64_t at = from; at < to; at += kTogether * PerBlock) {
      uint32_t words[4][kTogether];
      philox(start + static_cast<uint64_t>(at / PerBlock), state, words);
      T numbers[kTogether * PerBlock];
      for (int64_t j = 0; j < PerBlock; j++) {
        for (int64_t block = 0; block < kTogether; block++) numbers[block * PerBlock + j] = make(words, block, j);
      }
      const int64_t n = to - at < kTogether * PerBlock ? to - at : kTogether * PerBlock;
      memcpy(y + at, numbers, static_cast<size_t>(n) * sizeof(T));
    }
  });
}

// attrs: shape, min, max, dtype.
void uniform(const Call& call) {
  const double* const bounds = call.attrs + 1 + static_cast<int64_t>(call.attrs[0]);
  const double min = bounds[0], max = bounds[1], span = max - min;
  if (call.outputs[0].dtype == DType::float32) {
    return draw<4, float>(call, [=](const uint32_t(*words)[kTogether], int64_t block, int64_t j) {
      const float y = static_cast<float>(min + span * single_of(words[j][block]));
      // Rounding must not reach the excluded end.
      return static_cast<double>(y) >= max && span > 0 ? static_cast<float>(min) : y;
    });
  }
  draw<2, double>(call, [=](const uint32_t(*words)[kTogether], int64_t block, int64_t j) {
    const double y = min + span * double_of(words[2 * j][block], words[2 * j + 1][block]);
    return y >= max && span > 0 ? min : y;
  });
}

// attrs: shape, min, max, dtype.
void uniform_int(const Call& call) {
  const double* const bounds = call.attrs + 1 + static_cast<int64_t>(call.attrs[0]);
  const double span = bounds[1] - bounds[0];
  const int64_t min = static_cast<int64_t>(bounds[0]);
  draw<4, int32_t>(call, [=](const uint32_t(*words)[kTogether], int64_t block, int64_t j) {
    return static_cast<int32_t>(min + static_cast<int64_t>(static_cast<double>(words[j][block]) * 0x1p-32 * span));
  });
}

constexpr Row kRows[] = {{"randomUniform", uniform}, {"randomUniformInt", uniform_int}};

}  // namespace

Table random_table() { return {kRows, sizeof kRows / sizeof kRows[0]}; }

}  // namespace gradtape::GRADTAPE_ISA
