// What one isolate (the main thread or a worker) has of the addon: its instruction buffer, its programs, its counts, its last error.
#pragma once
#include <napi.h>

#include <memory>
#include <vector>

#include "../core/kernel.h"
#include "../program/program.h"

namespace gradtape {

class Session {
 public:
  explicit Session(const Table& table) : table_(table), counts_(static_cast<size_t>(table.count), 0.0) {}

  // Instructions and programs are read from `words` from now on; the buffer is kept alive.
  void bind(Napi::ArrayBuffer words);
  // Runs the instruction in the buffer: 0, or 1 with the reason in `error()`.
  int32_t run();
  // Makes a program of the buffer's words: its number, or -1 with the reason in `error()`.
  int32_t create_program();
  // Forgets a program; loops that run it have copies.
  void release_program(int32_t id);
  // Runs the program whose number, and whose blocks' addresses and bytes, are in the buffer: 0, or 1 with the reason in `error()`. If `times`
  // is not null, it gets the microseconds of each instruction.
  int32_t replay(std::vector<double>* times = nullptr);

  Words words() const { return Words(words_, word_count_); }
  const std::vector<std::unique_ptr<Program>>& programs() const { return programs_; }
  // Adds what ran elsewhere for this isolate.
  void count(const std::vector<double>& counts);

  char* error() { return error_; }
  const std::vector<double>& counts() const { return counts_; }
  const Table& table() const { return table_; }

 private:
  const Table& table_;
  std::vector<double> counts_;
  std::vector<std::unique_ptr<Program>> programs_;
  Napi::Reference<Napi::ArrayBuffer> buffer_;
  const double* words_ = nullptr;
  int64_t word_count_ = 0;
  char error_[kErrorSize] = "";
};

}  // namespace gradtape
