// Between two runs of a program: rows are lent or gathered, random states set, results written down.
#include "loop.h"

#include <cmath>
#include <cstdio>
#include <cstring>
#include <exception>

#include "../core/dtype.h"

namespace gradtape {

namespace {

void* pointer_of(double address) { return reinterpret_cast<void*>(static_cast<uintptr_t>(address)); }

}  // namespace

std::unique_ptr<Loop> Loop::read(Words& words, const std::vector<std::unique_ptr<Program>>& programs, const Table& table, char* error) {
  error[0] = '\0';
  std::unique_ptr<Loop> loop(new Loop);
  loop->counts_.assign(static_cast<size_t>(table.count), 0.0);
  loop->row_count_ = words.integer();
  loop->batch_ = words.integer();
  loop->order_ = static_cast<const int32_t*>(pointer_of(words.number()));
  loop->start_ = words.integer();
  loop->runs_ = words.integer();
  loop->seed_ = words.number();
  loop->drawn_ = words.number();
  loop->log_ = static_cast<double*>(pointer_of(words.number()));
  loop->log_size_ = words.count();
  loop->rows_.resize(static_cast<size_t>(words.count()));
  for (Rows& rows : loop->rows_) {
    rows.source = static_cast<char*>(pointer_of(words.number()));
    rows.bytes = words.integer();
    rows.gathered = static_cast<char*>(pointer_of(words.number()));
  }
  loop->has_tail_ = words.integer() != 0;
  const bool good = loop->read_side(words, programs, loop->body_) && (!loop->has_tail_ || loop->read_side(words, programs, loop->tail_));
  // Without rows the count of runs is all there is; products of what is left stay within 64 bits.
  constexpr int64_t kMost = int64_t{1} << 31;
  bool fits = loop->row_count_ < kMost && loop->batch_ < kMost && loop->start_ < kMost && loop->runs_ < kMost;
  for (const Rows& rows : loop->rows_) fits = fits && rows.bytes >= 0 && rows.bytes < kMost;
  const int64_t needed = (loop->row_count_ + loop->batch_ - 1) / (loop->batch_ > 0 ? loop->batch_ : 1);
  if (!good || !fits || words.ran_short() || loop->batch_ < 1 || loop->row_count_ < 0 || loop->start_ < 0 || loop->runs_ < 0 ||
      (!loop->rows_.empty() && loop->start_ + loop->runs_ > needed)) {
    std::snprintf(error, kErrorSize, "native: malformed loop");
    return nullptr;
  }
  return loop;
}

bool Loop::read_side(Words& words, const std::vector<std::unique_ptr<Program>>& programs, Side& side) {
  const int64_t id = words.integer();
  if (id < 0 || id >= static_cast<int64_t>(programs.size()) || programs[static_cast<size_t>(id)] == nullptr) return false;
  side.program = programs[static_cast<size_t>(id)]->copy();
  const int64_t blocks = words.count();
  if (blocks != side.program->block_count()) return false;
  std::vector<int64_t> bytes;
  for (int64_t i = 0; i < blocks; i++) {
    side.memory.push_back(pointer_of(words.number()));
    bytes.push_back(words.integer());
    if (!side.program->lend(static_cast<int32_t>(i), side.memory.back(), bytes.back(), error_)) return false;
  }
  const auto block = [&]() {
    const int64_t value = words.integer();
    return value >= 0 && value < blocks ? static_cast<int32_t>(value) : -1;
  };
  for (size_t i = 0; i < rows_.size(); i++) {
    side.row_blocks.push_back(block());
    if (side.row_blocks.back() < 0) return false;
  }
  side.draw_block = block();
  side.before.resize(static_cast<size_t>(words.count()));
  for (double& before : side.before) before = words.number();
  side.per_run = words.number();
  if (!side.before.empty() &&
      (side.draw_block < 0 || bytes[static_cast<size_t>(side.draw_block)] < static_cast<int64_t>(side.before.size()) * 16))
    return false;
  for (int64_t i = 0; i < log_size_; i++) {
    const int32_t logged = block();
    const int64_t dtype = words.integer();
    if (logged < 0 || dtype < 0 || dtype > 4 || bytes[static_cast<size_t>(logged)] < size_of(static_cast<DType>(dtype))) return false;
    side.logged.push_back({logged, static_cast<DType>(dtype)});
  }
  return true;
}

bool Loop::run() {
  for (int64_t run = 0; run < runs_; run++) {
    {
      std::unique_lock<std::mutex> lock(gate_);
      changed_.wait(lock, [&] { return pauses_ == 0 || stopped_; });
      if (stopped_) break;
      running_ = true;
    }
    bool good = false;
    // On a thread of its own nobody else would catch it.
    try {
      good = run_once(run);
    } catch (const std::exception& failure) {
      std::snprintf(error_, kErrorSize, "native: %s", failure.what());
    }
    {
      const std::lock_guard<std::mutex> lock(gate_);
      // Before the pause that waits for it: progress and values belong together.
      if (good) done_.store(run + 1, std::memory_order_release);
      running_ = false;
      if (pauses_ > 0) changed_.notify_all();
    }
    if (!good) return false;
  }
  return true;
}

void Loop::stop() {
  const std::lock_guard<std::mutex> lock(gate_);
  stopped_ = true;
  changed_.notify_all();
}

void Loop::pause() {
  std::unique_lock<std::mutex> lock(gate_);
  pauses_++;
  changed_.wait(lock, [&] { return !running_; });
}

void Loop::resume() {
  const std::lock_guard<std::mutex> lock(gate_);
  if (--pauses_ == 0) changed_.notify_all();
}

bool Loop::run_once(int64_t run) {
  const int64_t first = (start_ + run) * batch_;
  const int64_t left = row_count_ - first, count = rows_.empty() || left >= batch_ ? batch_ : left;
  Side& side = count < batch_ && has_tail_ ? tail_ : body_;
  if (!lend_rows(side, first, count)) return false;
  write_states(side);
  if (!side.program->run(counts_.data(), error_)) return false;
  drawn_ += side.per_run;
  write_log(side, run);
  return true;
}

bool Loop::lend_rows(Side& side, int64_t first, int64_t count) {
  for (size_t i = 0; i < rows_.size(); i++) {
    const Rows& rows = rows_[i];
    char* memory = rows.source + first * rows.bytes;
    if (order_ != nullptr && rows.gathered != nullptr) {
      memory = rows.gathered;
      for (int64_t r = 0; r < count; r++) {
        const int64_t from = order_[first + r];
        if (from < 0 || from >= row_count_) {
          std::snprintf(error_, kErrorSize, "native: row %lld of %lld", static_cast<long long>(from), static_cast<long long>(row_count_));
          return false;
        }
        std::memcpy(memory + r * rows.bytes, rows.source + from * rows.bytes, static_cast<size_t>(rows.bytes));
      }
    }
    if (!side.program->lend(side.row_blocks[i], memory, count * rows.bytes, error_)) return false;
    side.memory[static_cast<size_t>(side.row_blocks[i])] = memory;
  }
  return true;
}

void Loop::write_states(Side& side) {
  if (side.before.empty()) return;
  constexpr double kWord = 4294967296.0;
  const auto low = [](double value) { return static_cast<uint32_t>(std::fmod(value, kWord)); };
  const auto high = [](double value) { return static_cast<uint32_t>(static_cast<int64_t>(std::floor(value / kWord))); };
  // The remainder of a negative seed is negative, and wraps around as JavaScript's does.
  const auto seed_low = static_cast<uint32_t>(static_cast<int64_t>(std::fmod(seed_, kWord)));
  uint32_t* state = static_cast<uint32_t*>(side.memory[static_cast<size_t>(side.draw_block)]);
  for (const double before : side.before) {
    const double counter = drawn_ + before;
    state[0] = seed_low;
    state[1] = high(seed_);
    state[2] = low(counter);
    state[3] = high(counter);
    state += 4;
  }
}

void Loop::write_log(const Side& side, int64_t run) {
  double* log = log_ + run * log_size_;
  for (const Logged& logged : side.logged) {
    const void* value = side.memory[static_cast<size_t>(logged.block)];
    switch (logged.dtype) {
      case DType::float32:
        *log++ = static_cast<double>(*static_cast<const float*>(value));
        break;
      case DType::float64:
        *log++ = *static_cast<const double*>(value);
        break;
      case DType::int32:
        *log++ = *static_cast<const int32_t*>(value);
        break;
      default:
        *log++ = *static_cast<const uint8_t*>(value);
    }
  }
}

}  // namespace gradtape
