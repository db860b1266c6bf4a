// Decodes a program so that a run is a loop over function pointers.
#include "program.h"

#include <chrono>
#include <cstdio>

#include "../core/dtype.h"
#include "../core/float_mode.h"

namespace gradtape {

namespace {

// Sizes and offsets stay below 2^53, so that a double holds them and no product overflows unseen.
constexpr double kMost = 9007199254740992.0;

bool is_size(double value) { return value >= 0 && value < kMost; }

double microseconds() { return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

}  // namespace

std::unique_ptr<Program> Program::read(Words& words, const Table& table, char* error) {
  error[0] = '\0';
  std::unique_ptr<Program> program(new Program);
  if (!program->read_slots(words) || !program->read_instructions(words, table) || words.ran_short()) {
    std::snprintf(error, kErrorSize, "native: malformed program");
    return nullptr;
  }
  program->link();
  return program;
}

bool Program::read_slots(Words& words) {
  blocks_.resize(static_cast<size_t>(words.count()));
  const int64_t count = words.count();
  for (int64_t i = 0; i < count; i++) {
    const int64_t block = words.integer();
    const double offset = words.number();
    const int64_t dtype = words.integer(), rank = words.integer();
    if (block < 0 || block >= block_count() || !is_size(offset) || dtype < 0 || dtype > 4 || rank < 0 || rank > kMaxRank) return false;
    View view{};
    view.dtype = static_cast<DType>(dtype);
    view.rank = static_cast<int32_t>(rank);
    view.size = 1;
    const int64_t shape = static_cast<int64_t>(shapes_.size());
    for (int64_t d = 0; d < rank; d++) {
      const double length = words.number();
      if (!is_size(length) || !is_size(length * static_cast<double>(view.size))) return false;
      shapes_.push_back(static_cast<int64_t>(length));
      view.size *= shapes_.back();
    }
    const double end = offset + static_cast<double>(view.size) * static_cast<double>(size_of(view.dtype));
    if (!is_size(end)) return false;
    Block& owner = blocks_[static_cast<size_t>(block)];
    if (static_cast<int64_t>(end) > owner.needed) owner.needed = static_cast<int64_t>(end);
    slots_.push_back({static_cast<int32_t>(block), static_cast<int64_t>(offset), shape});
    slot_views_.push_back(view);
  }
  return !words.ran_short();
}

bool Program::read_instructions(Words& words, const Table& table) {
  const int64_t count = words.count();
  for (int64_t i = 0; i < count; i++) {
    const int64_t row = words.integer(), inputs = words.count(), outputs = words.count(), attrs = words.count();
    if (row < 0 || row >= table.count || words.ran_short()) return false;
    instructions_.push_back({static_cast<int32_t>(row), static_cast<int32_t>(inputs), static_cast<int32_t>(outputs),
                             static_cast<int32_t>(attrs), static_cast<int64_t>(operand_slots_.size()),
                             static_cast<int64_t>(attributes_.size()), table.rows[row].kernel});
    for (int64_t n = 0; n < inputs + outputs; n++) {
      const int64_t slot = words.integer();
      if (slot < 0 || slot >= static_cast<int64_t>(slots_.size())) return false;
      operand_slots_.push_back(static_cast<int32_t>(slot));
    }
    for (int64_t n = 0; n < attrs; n++) attributes_.push_back(words.number());
  }
  return true;
}

// Pointers into vectors that no longer grow.
void Program::link() {
  operands_.clear();
  block_operands_.assign(blocks_.size(), {});
  for (size_t i = 0; i < operand_slots_.size(); i++) {
    const Slot& slot = slots_[static_cast<size_t>(operand_slots_[i])];
    View view = slot_views_[static_cast<size_t>(operand_slots_[i])];
    view.shape = shapes_.data() + slot.shape;
    operands_.push_back(view);
    block_operands_[static_cast<size_t>(slot.block)].push_back(static_cast<int32_t>(i));
  }
}

std::unique_ptr<Program> Program::copy() const {
  std::unique_ptr<Program> program(new Program(*this));
  for (Block& block : program->blocks_) block.memory = nullptr;
  program->link();
  return program;
}

bool Program::lend(int32_t block, void* memory, int64_t bytes, char* error) {
  Block& lent = blocks_[static_cast<size_t>(block)];
  if (bytes < lent.needed) {
    std::snprintf(error, kErrorSize, "native: block %d of a program needs %lld bytes; received %lld", block,
                  static_cast<long long>(lent.needed), static_cast<long long>(bytes));
    return false;
  }
  if (memory == lent.memory) return true;
  lent.memory = memory;
  for (const int32_t i : block_operands_[static_cast<size_t>(block)]) {
    operands_[static_cast<size_t>(i)].data =
        static_cast<char*>(memory) + slots_[static_cast<size_t>(operand_slots_[static_cast<size_t>(i)])].offset;
  }
  return true;
}

bool Program::run(double* counts, char* error, double* times) {
  error[0] = '\0';
  const FlushDenormals flush;
  for (size_t i = 0; i < instructions_.size(); i++) {
    const Instruction& instruction = instructions_[i];
    const View* const operands = operands_.data() + instruction.operands;
    const Call call{operands,
                    instruction.inputs,
                    operands + instruction.inputs,
                    instruction.outputs,
                    attributes_.data() + instruction.attributes,
                    instruction.attrs,
                    error};
    if (times == nullptr) {
      instruction.kernel(call);
    } else {
      const double start = microseconds();
      instruction.kernel(call);
      times[i] = microseconds() - start;
    }
    if (error[0] != '\0') return false;
    counts[instruction.row] += 1;
  }
  return true;
}

}  // namespace gradtape
