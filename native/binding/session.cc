// The side of the addon that JavaScript calls for every op.
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
    if (row >= 0) counts_[row] += 1;
  } catch (const std::exception& failure) {
    std::snprintf(error_, kErrorSize, "native: %s", failure.what());
  }
  return error_[0] == '\0' ? 0 : 1;
}

}  // namespace gradtape
