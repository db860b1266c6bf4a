// A fused program as it runs: checked, its registers in as few blocks of memory as they need, its inputs sorted by how they broadcast.
#pragma once
#include "core/kernel.h"
#include "steps.h"

namespace gradtape::GRADTAPE_ISA {

constexpr int kMostInputs = 16, kMostSteps = 128, kMostResults = 16;
constexpr int kStepWords = 5;
constexpr int kMostPlaces = kMostInputs + 2 * kMostSteps + kMostResults + 1;
constexpr int64_t kBlockFloats = 1024;
// Room for whole vectors beyond the end of a block; not a power of two, so that blocks do not meet in the same lines of the cache.
constexpr int64_t kSlotFloats = kBlockFloats + 64;

struct Fusion {
  struct Step {
    StepLoop loop;
    double attr;
    int16_t a, b, c, y;  // places
  };
  // A place that follows the block through memory.
  struct Moving {
    int16_t place;
    float* base;
  };
  // An input that repeats along some axes; strides are for `shape`, whose last is the row.
  struct Repeated {
    int16_t place;
    bool steady;  // every row is the same
    float* data;
    int64_t stride[kMaxRank];
  };

  int32_t step_count, copy_count, moving_count, repeated_count, place_count, slot_count, rank;
  int16_t first_slot;    // slots are the places from here on
  bool fetches;          // more memory than the near caches hold
  int16_t value;         // the place of what is summed
  int64_t cost;          // of an element, in units of an addition
  int64_t size;          // elements, before they are summed
  int64_t summed;        // 0, or the number of first axes that are summed over, or minus that of last ones
  int64_t outer, inner;  // where the sum's axes end or begin: elements on either side
  int64_t shape[kMaxRank];
  Step steps[kMostSteps];
  Step copies[kMostResults];
  Moving moving[kMostInputs + kMostResults];
  Repeated repeated[kMostInputs];
  Place places[kMostPlaces];  // those of single values are ready
  alignas(64) float single[(kMostInputs + kMostSteps) * F32::kLanes];

  // False, with the reason reported, if the program is malformed. Its attributes are those of lib/ops/fused.ts.
  bool read(const Call& call);

 private:
  bool read_shape(const Call& call, const double* sizes, int64_t count);
  bool read_inputs(const Call& call);
  bool read_steps(const Call& call, const double* words, int64_t count, const double* results, int64_t result_count);
  void merge_axes(const View* inputs);
  void hold_single(int16_t place, float value);
  int32_t single_count;
};

}  // namespace gradtape::GRADTAPE_ISA
