// A program run once for every batch of rows, without JavaScript.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "program.h"

namespace gradtape {

class Loop {
 public:
  // Words, as lib/backend/native.ts writes them: rows, batch size, address of the order (0 for none), first run, runs, seed, blocks drawn
  // before, address of the log, numbers logged a run; tensors of rows, then per tensor address, bytes of a row, and the address that
  // rows are gathered to (0 for none); then the body, and the tail if there is one: the program's number, blocks, per block address and bytes, per tensor of
  // rows its block, the block of random states (-1 for none), their count and per state the blocks drawn before, blocks drawn a run, and
  // per logged number its block and dtype. Null, with the reason in `error`, if they make no sense.
  static std::unique_ptr<Loop> read(Words& words, const std::vector<std::unique_ptr<Program>>& programs, const Table& table, char* error);

  // Runs to the end, to the first failure, or until stopped; on any thread. True unless a run failed.
  bool run();

  // From other threads.
  int64_t progress() const { return done_.load(std::memory_order_acquire); }
  void stop();
  // Returns when no run is under way; none begins before `resume`.
  void pause();
  void resume();

  const char* error() const { return error_; }
  const std::vector<double>& counts() const { return counts_; }

 private:
  struct Logged {
    int32_t block;
    DType dtype;
  };
  struct Side {
    std::unique_ptr<Program> program;
    std::vector<int32_t> row_blocks;
    std::vector<void*> memory;  // by block
    int32_t draw_block = -1;
    std::vector<double> before;
    double per_run = 0;
    std::vector<Logged> logged;
  };
  struct Rows {
    char* source;
    int64_t bytes;
    char* gathered;
  };

  bool read_side(Words& words, const std::vector<std::unique_ptr<Program>>& programs, Side& side);
  bool run_once(int64_t run);
  bool lend_rows(Side& side, int64_t first, int64_t count);
  void write_states(Side& side);
  void write_log(const Side& side, int64_t run);

  Side body_, tail_;
  bool has_tail_ = false;
  std::vector<Rows> rows_;
  int64_t row_count_ = 0, batch_ = 1, start_ = 0, runs_ = 0;
  const int32_t* order_ = nullptr;
  double seed_ = 0, drawn_ = 0;
  double* log_ = nullptr;
  int64_t log_size_ = 0;
  std::vector<double> counts_;
  char error_[kErrorSize] = "";

  std::atomic<int64_t> done_{0};
  std::mutex gate_;
  std::condition_variable changed_;
  bool stopped_ = false;
  int pauses_ = 0;
  bool running_ = false;
};

}  // namespace gradtape
