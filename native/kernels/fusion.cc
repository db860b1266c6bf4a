// Reads a fused program: nothing that is out of bounds, whoever wrote it, gets past here.
#include "fusion.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

constexpr int64_t kNearFloats = 262144;
constexpr double kMostElements = 9007199254740992.0;

// Written so that NaN fails, too.
bool whole_within(double x, int64_t low, int64_t high) {
  return x >= static_cast<double>(low) && x <= static_cast<double>(high) && x == static_cast<double>(static_cast<int64_t>(x));
}

struct Words {
  const double* at;
  const double* end;

  // A list as its length and elements.
  bool list(const double*& elements, int64_t& count) {
    if (at == end || !whole_within(*at, 0, end - at - 1)) return false;
    count = static_cast<int64_t>(*at);
    elements = at + 1;
    at += 1 + count;
    return true;
  }
};

bool malformed(const Call& call, const char* what) {
  call.fail("fused: malformed program; %s", what);
  return false;
}

}  // namespace

bool Fusion::read(const Call& call) {
  Words words{call.attrs, call.attrs + call.attr_count};
  const double *sizes, *steps_at, *results;
  int64_t axes, step_words, result_count;
  if (!words.list(sizes, axes) || !words.list(steps_at, step_words) || !words.list(results, result_count) || words.at == words.end)
    return malformed(call, "attributes are missing");
  if (axes > kMaxRank || !whole_within(*words.at, -axes, axes)) return malformed(call, "axes");
  if (call.input_count > kMostInputs) return malformed(call, "too many inputs");
  if (step_words % kStepWords != 0 || step_words > kMostSteps * kStepWords) return malformed(call, "the number of steps");
  summed = static_cast<int64_t>(*words.at);
  if (result_count < 1 || result_count > (summed == 0 ? kMostResults : 1) || result_count != call.output_count)
    return malformed(call, "the number of results");
  place_count = call.input_count;
  step_count = copy_count = moving_count = repeated_count = slot_count = single_count = 0;
  return read_shape(call, sizes, axes) && read_inputs(call) && read_steps(call, steps_at, step_words / kStepWords, results, result_count);
}

bool Fusion::read_shape(const Call& call, const double* sizes, int64_t count) {
  rank = static_cast<int32_t>(count);
  size = outer = inner = 1;
  const int32_t border = static_cast<int32_t>(summed >= 0 ? summed : rank + summed);
  for (int32_t d = 0; d < rank; d++) {
    if (!(sizes[d] >= 0 && sizes[d] < kMostElements && sizes[d] * static_cast<double>(size) < kMostElements))
      return malformed(call, "the shape");
    shape[d] = static_cast<int64_t>(sizes[d]);
    size *= shape[d];
  }
  for (int32_t d = 0; d < rank; d++) (d < border ? outer : inner) *= shape[d];
  const int64_t left = summed == 0 ? size : summed > 0 ? inner : outer;
  for (int32_t n = 0; n < call.output_count; n++) {
    const View& y = call.outputs[n];
    if (y.dtype != DType::float32) return malformed(call, "the dtype of a result");
    if (y.size != left) return malformed(call, "the shape of a result");
  }
  return true;
}

void Fusion::hold_single(int16_t place, float value) {
  float* const lanes = single + F32::kLanes * single_count++;
  store(lanes, F32::set1(value));
  places[place] = {lanes, 0};
}

bool Fusion::read_inputs(const Call& call) {
  for (int32_t n = 0; n < call.input_count; n++) {
    const View& x = call.inputs[n];
    if (x.dtype != DType::float32) return malformed(call, "the dtype of an input");
    if (x.rank > rank) return malformed(call, "the shape of an input");
    for (int32_t d = 0; d < x.rank; d++) {
      if (x.shape[d] != 1 && x.shape[d] != shape[rank - x.rank + d]) return malformed(call, "the shape of an input");
    }
    if (size == 0) continue;
    const int16_t place = static_cast<int16_t>(n);
    float* const data = static_cast<float*>(x.data);
    if (x.size == size) {
      places[n].by = F32::kLanes;
      moving[moving_count++] = {place, data};
    } else if (x.size == 1) {
      hold_single(place, *data);
    } else {
      repeated[repeated_count].place = place;
      repeated[repeated_count++].data = data;
    }
  }
  fetches = size * (moving_count + 1) > kNearFloats;
  merge_axes(call.inputs);
  return true;
}

// Neighbouring axes become one where all repeated inputs allow it. Only those matter: the others lie as the result does.
void Fusion::merge_axes(const View* inputs) {
  if (repeated_count == 0) {
    shape[0] = size;
    rank = 1;
    return;
  }
  int64_t steps_of[kMostInputs], merged[kMaxRank];
  for (int32_t n = 0; n < repeated_count; n++) steps_of[n] = 1;
  int32_t axes = 0;
  // From the last axis to the first, so axes are collected backwards and turned round at the end.
  for (int32_t d = rank - 1; d >= 0; d--) {
    bool merges = axes > 0;
    int64_t own[kMostInputs];
    for (int32_t n = 0; n < repeated_count; n++) {
      const View& x = inputs[repeated[n].place];
      const int32_t axis = d - (rank - x.rank);
      const int64_t length = axis >= 0 ? x.shape[axis] : 1;
      own[n] = length == 1 ? 0 : steps_of[n];
      steps_of[n] *= length;
      if (axes > 0) merges = merges && own[n] == repeated[n].stride[axes - 1] * merged[axes - 1];
    }
    if (shape[d] == 1) continue;
    if (merges) {
      merged[axes - 1] *= shape[d];
      continue;
    }
    for (int32_t n = 0; n < repeated_count; n++) repeated[n].stride[axes] = own[n];
    merged[axes++] = shape[d];
  }
  rank = axes;
  for (int32_t d = 0; d < rank; d++) shape[d] = merged[rank - 1 - d];
  for (int32_t n = 0; n < repeated_count; n++) {
    int64_t* const stride = repeated[n].stride;
    for (int32_t i = 0, j = rank - 1; i < j; i++, j--) {
      const int64_t kept = stride[i];
      stride[i] = stride[j];
      stride[j] = kept;
    }
    repeated[n].steady = true;
    for (int32_t d = 0; d < rank - 1; d++) repeated[n].steady = repeated[n].steady && stride[d] == 0;
  }
}

bool Fusion::read_steps(const Call& call, const double* words, int64_t count, const double* results, int64_t result_count) {
  constexpr int16_t kNone = -1;
  const StepKinds table = step_kinds();
  const int32_t inputs = call.input_count;
  int16_t source[kMostInputs + kMostSteps];  // the register that holds a register's values
  int16_t place[kMostInputs + kMostSteps];
  int16_t last[kMostInputs + kMostSteps];  // the last step that reads a register
  const StepKind* kinds[kMostSteps];
  for (int32_t r = 0; r < inputs; r++) source[r] = place[r] = static_cast<int16_t>(r);
  for (int64_t i = 0; i < count; i++) {
    const double* const word = words + i * kStepWords;
    if (!whole_within(word[0], 0, table.count - 1)) return malformed(call, "the code of a step");
    const int32_t code = static_cast<int32_t>(word[0]);
    const int16_t self = static_cast<int16_t>(inputs + i);
    const StepKind* const kind = &table.kinds[code];
    for (int k = 0; k < 3; k++) {
      if (!(k < kind->operands ? whole_within(word[1 + k], 0, self - 1) : word[1 + k] == kNone))
        return malformed(call, "the register of a step");
      if (k < kind->operands) last[source[static_cast<int32_t>(word[1 + k])]] = static_cast<int16_t>(i);
    }
    source[self] = place[self] = self;
    last[self] = static_cast<int16_t>(i);
    kinds[i] = kind;
    if (code == kSameCode || (code == kCastCode && word[4] == 0)) {
      source[self] = source[static_cast<int32_t>(word[1])];
      kinds[i] = nullptr;
    } else if (code == kConstantCode) {
      place[self] = static_cast<int16_t>(place_count);
      hold_single(static_cast<int16_t>(place_count++), static_cast<float>(word[4]));
      kinds[i] = nullptr;
    } else {
      place[self] = kNone;
    }
  }
  // A result is computed where it belongs, unless that place is taken: then it is copied.
  for (int64_t n = 0; n < result_count; n++) {
    if (!whole_within(results[n], 0, inputs + count - 1)) return malformed(call, "the register of a result");
    const int32_t from = source[static_cast<int32_t>(results[n])];
    const int16_t here = static_cast<int16_t>(place_count++);
    places[here].by = F32::kLanes;
    if (summed == 0) moving[moving_count++] = {here, static_cast<float*>(call.outputs[n].data)};
    value = here;
    if (place[from] == kNone) {
      place[from] = here;
    } else {
      copies[copy_count++] = {copy_block, 0, place[from], here, here, here};
    }
  }
  first_slot = static_cast<int16_t>(place_count);
  cost = 4 + copy_count;
  int16_t free_slots[kMostSteps];
  int32_t free_count = 0;
  for (int64_t i = 0; i < count; i++) {
    if (kinds[i] == nullptr) continue;
    const double* const word = words + i * kStepWords;
    Step& step = steps[step_count++];
    int16_t at[3] = {0, 0, 0};
    for (int k = 0; k < kinds[i]->operands; k++) {
      const int32_t from = source[static_cast<int32_t>(word[1 + k])];
      at[k] = place[from];
      if (at[k] >= first_slot && last[from] == i) {
        free_slots[free_count++] = at[k];
        last[from] = kNone;  // an operand that is read twice is freed once
      }
    }
    const int32_t self = inputs + static_cast<int32_t>(i);
    if (place[self] == kNone) {
      if (free_count == 0) {
        slot_count++;
        places[place_count].by = F32::kLanes;
        free_slots[free_count++] = static_cast<int16_t>(place_count++);
      }
      place[self] = free_slots[--free_count];
      if (last[self] == i) free_slots[free_count++] = place[self];  // nobody reads it
    }
    cost += kinds[i]->cost;
    step = {kinds[i]->loop, word[4], at[0], at[1], at[2], place[self]};
  }
  return true;
}

}  // namespace gradtape::GRADTAPE_ISA
