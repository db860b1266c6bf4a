// Runs one instruction: bounds are checked against the blocks that JavaScript lends, then the kernel is called.
#include "instruction.h"

#include <cstdint>
#include <cstdio>
#include <vector>

#include "../core/dtype.h"
#include "../core/float_mode.h"

namespace gradtape {

namespace {

constexpr int kInlineOperands = 16;

struct Operands {
  View inline_views[kInlineOperands];
  int64_t inline_shapes[kInlineOperands * kMaxRank];
  std::vector<View> more_views;
  std::vector<int64_t> more_shapes;
  View* views = inline_views;
  int64_t* shapes = inline_shapes;

  void reserve(int64_t count) {
    if (count <= kInlineOperands) return;
    more_views.resize(count);
    more_shapes.resize(count * kMaxRank);
    views = more_views.data();
    shapes = more_shapes.data();
  }
};

// Sizes stay below 2^53, so that a double holds them and no product overflows unseen.
constexpr double kMostElements = 9007199254740992.0;

// The words of one operand; null if they do not describe a block that is really there.
const double* decode(const double* word, const double* end, View& view, int64_t* shape) {
  if (end - word < kOperandWords) return nullptr;
  const int64_t dtype = static_cast<int64_t>(word[3]);
  const int64_t rank = static_cast<int64_t>(word[4]);
  if (rank < 0 || rank > kMaxRank || dtype < 0 || dtype > 4 || end - word < kOperandWords + rank) return nullptr;
  int64_t size = 1;
  for (int64_t i = 0; i < rank; i++) {
    const double length = word[kOperandWords + i];
    // Written so that NaN fails, too.
    if (!(length >= 0 && length < kMostElements && length * static_cast<double>(size) < kMostElements)) return nullptr;
    shape[i] = static_cast<int64_t>(length);
    size *= shape[i];
  }
  view.data = reinterpret_cast<void*>(static_cast<uintptr_t>(word[0]));
  view.size = static_cast<int64_t>(word[1]);
  view.shape = shape;
  view.rank = static_cast<int32_t>(rank);
  view.dtype = static_cast<DType>(dtype);
  if (size != view.size || size * static_cast<int64_t>(size_of(view.dtype)) > static_cast<int64_t>(word[2])) return nullptr;
  return word + kOperandWords + rank;
}

}  // namespace

int32_t run_instruction(const double* words, int64_t word_count, const Table& table, char* error) {
  error[0] = '\0';
  const double* end = words + word_count;
  const int64_t row = static_cast<int64_t>(words[0]);
  const int64_t inputs = static_cast<int64_t>(words[1]);
  const int64_t outputs = static_cast<int64_t>(words[2]);
  const int64_t attrs = static_cast<int64_t>(words[3]);
  if (row < 0 || row >= table.count || inputs < 0 || outputs < 0 || attrs < 0 || (inputs + outputs) * kOperandWords > word_count) {
    std::snprintf(error, kErrorSize, "native: malformed instruction");
    return -1;
  }
  Operands operands;
  operands.reserve(inputs + outputs);
  const double* word = words + kHeaderWords;
  for (int64_t i = 0; i < inputs + outputs; i++) {
    word = decode(word, end, operands.views[i], operands.shapes + i * kMaxRank);
    if (word == nullptr) {
      std::snprintf(error, kErrorSize, "native: operand %lld of %s is not a block of memory of its shape", static_cast<long long>(i),
                    table.rows[row].name);
      return -1;
    }
  }
  if (end - word < attrs) {
    std::snprintf(error, kErrorSize, "native: malformed instruction");
    return -1;
  }
  const Call call{operands.views,
                  static_cast<int32_t>(inputs),
                  operands.views + inputs,
                  static_cast<int32_t>(outputs),
                  word,
                  static_cast<int32_t>(attrs),
                  error};
  const FlushDenormals flush;
  table.rows[row].kernel(call);
  return static_cast<int32_t>(row);
}

}  // namespace gradtape
