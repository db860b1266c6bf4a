// The steps of a fused program: a loop over a block of floats for each code of lib/ops/fused.ts.
#pragma once
#include "core/kernel.h"
#include "simd/simd.h"

namespace gradtape::GRADTAPE_ISA {

// Where a register's values of the present block lie: one after the other, or as one vector that stands for all of them.
struct Place {
  float* at;
  int64_t by;  // F32::kLanes, or 0
};

// Writes n values to y, perhaps onto an operand, from as many registers as the code takes.
using StepLoop = void (*)(const Place* a, const Place* b, const Place* c, float* y, int64_t n, double attr);

struct StepKind {
  StepLoop loop;  // none where the values stay as they are
  int8_t operands;
  int8_t cost;  // in units of an addition
};

// Codes of the table that a program treats apart.
constexpr int32_t kConstantCode = 0, kSameCode = 1, kCastCode = 2;

struct StepKinds {
  const StepKind* kinds;
  int32_t count;
};
StepKinds step_kinds();

// A loop that takes a's values as they are.
void copy_block(const Place* a, const Place*, const Place*, float* y, int64_t n, double);

}  // namespace gradtape::GRADTAPE_ISA
