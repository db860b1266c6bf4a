// A traced program: instructions decoded once, over blocks of memory that each run lends.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "../core/kernel.h"

namespace gradtape {

// Reads numbers in the order in which they were written; what lies past the end reads as -1 and is remembered.
class Words {
 public:
  Words(const double* words, int64_t count) : at_(words), end_(words + count) {}
  double number() {
    if (at_ < end_) return *at_++;
    short_ = true;
    return -1;
  }
  // A whole number that a double holds exactly; anything else reads as -1 and is remembered.
  int64_t integer() {
    constexpr double kMost = 9007199254740992.0;
    const double value = number();
    if (value > -kMost && value < kMost) return static_cast<int64_t>(value);
    short_ = true;
    return -1;
  }
  // A count, which no list behind it can exceed.
  int64_t count() {
    const double value = number();
    if (value >= 0 && value <= static_cast<double>(end_ - at_)) return static_cast<int64_t>(value);
    short_ = true;
    return 0;
  }
  bool ran_short() const { return short_; }

 private:
  const double* at_;
  const double* end_;
  bool short_ = false;
};

class Program {
 public:
  // Words: blocks, slots, then per slot block, offset in bytes, dtype, rank and dimensions; instructions, then per instruction row,
  // inputs, outputs, attribute words, the slots' numbers and the attributes. Null, with the reason in `error`, if they make no sense.
  static std::unique_ptr<Program> read(Words& words, const Table& table, char* error);

  // The same program over blocks of its own.
  std::unique_ptr<Program> copy() const;

  int32_t block_count() const { return static_cast<int32_t>(blocks_.size()); }
  int32_t size() const { return static_cast<int32_t>(instructions_.size()); }
  // The bytes of a block that slots reach into.
  int64_t needed(int32_t block) const { return blocks_[static_cast<size_t>(block)].needed; }
  // Lends a block of `bytes` bytes; false, with the reason in `error`, if slots reach beyond it.
  bool lend(int32_t block, void* memory, int64_t bytes, char* error);

  // Runs all instructions, counting in `counts` by row; false, with the reason in `error`, when one could not compute its result. If `times`
  // is not null, each instruction's microseconds are written there.
  bool run(double* counts, char* error, double* times = nullptr);

 private:
  struct Slot {
    int32_t block;
    int64_t offset;
    int64_t shape;  // where in shapes_
  };
  struct Block {
    void* memory = nullptr;
    int64_t needed = 0;
    std::vector<int32_t> slots;
  };
  struct Instruction {
    int32_t row;
    int32_t inputs, outputs, attrs;
    int64_t operands;    // where in operands_
    int64_t attributes;  // where in attributes_
    Kernel kernel;
  };

  Program() = default;
  bool read_slots(Words& words);
  bool read_instructions(Words& words, const Table& table);
  void link();

  std::vector<Block> blocks_;
  std::vector<Slot> slots_;
  std::vector<int64_t> shapes_;
  std::vector<View> slot_views_;                      // shape, dtype and size of each slot
  std::vector<View> operands_;                        // one for each use of a slot
  std::vector<int32_t> operand_slots_;                // the slot behind each operand
  std::vector<std::vector<int32_t>> block_operands_;  // the operands in each block
  std::vector<double> attributes_;
  std::vector<Instruction> instructions_;
};

}  // namespace gradtape
