// What a kernel is given, and the table it is found in. Included by per-ISA files: nothing here may emit a shared symbol.
#pragma once
#include <stdint.h>

#include "dtype.h"

namespace gradtape {

constexpr int kMaxRank = 8;
constexpr int kErrorSize = 256;

// A dense row-major array; `size` counts elements.
struct View {
  void* data;
  int64_t size;
  const int64_t* shape;
  int32_t rank;
  DType dtype;
};

struct Call {
  const View* inputs;
  int32_t input_count;
  const View* outputs;
  int32_t output_count;
  const double* attrs;  // as the op declares them: numbers, booleans as 0 or 1, lists as their length and elements
  int32_t attr_count;
  char* error;  // kErrorSize characters; empty means success

  // Reports why the result could not be computed. The first report stands; printf's format.
  void fail(const char* format, ...) const __attribute__((format(printf, 2, 3)));
};

using Kernel = void (*)(const Call&);

struct Row {
  const char* name;
  Kernel kernel;
};

struct Table {
  const Row* rows;
  int32_t count;
};

}  // namespace gradtape
