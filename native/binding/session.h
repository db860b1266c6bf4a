// What one isolate (the main thread or a worker) has of the addon: its instruction buffer, its counts, its last error.
#pragma once
#include <napi.h>

#include <vector>

#include "../core/kernel.h"

namespace gradtape {

class Session {
 public:
  explicit Session(const Table& table) : table_(table), counts_(table.count, 0.0) {}

  // Instructions are read from `words` from now on; the buffer is kept alive.
  void bind(Napi::ArrayBuffer words);
  // Runs the instruction in the buffer: 0, or 1 with the reason in `error()`.
  int32_t run();

  const char* error() const { return error_; }
  const std::vector<double>& counts() const { return counts_; }
  const Table& table() const { return table_; }

 private:
  const Table& table_;
  std::vector<double> counts_;
  Napi::Reference<Napi::ArrayBuffer> buffer_;
  const double* words_ = nullptr;
  int64_t word_count_ = 0;
  char error_[kErrorSize] = "";
};

}  // namespace gradtape
