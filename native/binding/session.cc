// The side of the addon that JavaScript calls for every op and program.
#include "session.h"

#include <cstdio>
#include <exception>

#include "../program/instruction.h"

namespace gradtape {

void Session::bind(Napi::ArrayBuffer words) {
  buffer_ = Napi::Persistent(words);
  words_ = static_cast<const double*>(words.Data());
  word_count_ = static_cast<int64_t>(words.ByteLength() / sizeof(double));
}

int32_t Session::run() {
  if (words_ == nullptr) {
    std::snprintf(error_, kErrorSize, "native: no instruction buffer is bound");
    return 1;
  }
  try {
    const int32_t row = run_instruction(words_, word_count_, table_, error_);
    if (row >= 0) counts_[static_cast<size_t>(row)] += 1;
  } catch (const std::exception& failure) {
    std::snprintf(error_, kErrorSize, "native: %s", failure.what());
  }
  return error_[0] == '\0' ? 0 : 1;
}

int32_t Session::create_program() {
  try {
    Words words = this->words();
    std::unique_ptr<Program> program = Program::read(words, table_, error_);
    if (program == nullptr) return -1;
    size_t id = 0;
    while (id < programs_.size() && programs_[id] != nullptr) id++;
    if (id == programs_.size()) programs_.emplace_back();
    programs_[id] = std::move(program);
    return static_cast<int32_t>(id);
  } catch (const std::exception& failure) {
    std::snprintf(error_, kErrorSize, "native: %s", failure.what());
    return -1;
  }
}

void Session::release_program(int32_t id) {
  if (id >= 0 && id < static_cast<int32_t>(programs_.size())) programs_[static_cast<size_t>(id)] = nullptr;
}

int32_t Session::replay(std::vector<double>* times) {
  const double id = word_count_ > 0 ? words_[0] : -1;
  Program* const program = id >= 0 && id < static_cast<double>(programs_.size()) ? programs_[static_cast<size_t>(id)].get() : nullptr;
  if (program == nullptr || word_count_ < 1 + 2 * program->block_count()) {
    std::snprintf(error_, kErrorSize, "native: no such program");
    return 1;
  }
  const double* word = words_ + 1;
  for (int32_t i = 0; i < program->block_count(); i++, word += 2) {
    void* memory = reinterpret_cast<void*>(static_cast<uintptr_t>(word[0]));
    if (!program->lend(i, memory, static_cast<int64_t>(word[1]), error_)) return 1;
  }
  try {
    if (times != nullptr) times->assign(static_cast<size_t>(program->size()), 0.0);
    return program->run(counts_.data(), error_, times == nullptr ? nullptr : times->data()) ? 0 : 1;
  } catch (const std::exception& failure) {
    std::snprintf(error_, kErrorSize, "native: %s", failure.what());
    return 1;
  }
}

void Session::count(const std::vector<double>& counts) {
  for (size_t i = 0; i < counts.size(); i++) counts_[i] += counts[i];
}

}  // namespace gradtape
