// Row fused: many elementwise steps in one pass, block by block, and a sum at their end where one is asked for.
//
// The blocks of all registers stay in the nearest cache; a step is one call of a loop over a block. Results are written where they
// belong, inputs are read where they lie, unless their rows are so short that several fill a block.
#include "families.h"
#include "fold.h"
#include "fusion.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

static_assert(kBlockFloats == kSumBlock, "sums have the order of those of reduce.cc");

// What a piece of work costs at least, in additions of an element.
constexpr int64_t kPieceCost = 5 * kPiece;

// Runs blocks on one thread.
struct Worker {
  const Fusion& fusion;
  float* slots;
  int64_t filled[kMostInputs];  // elements of a steady input that lie ready in its slot
  Place places[kMostPlaces];

  explicit Worker(const Fusion& of) : fusion(of) {
    const int64_t count = fusion.slot_count + fusion.repeated_count + 1;
    slots = static_cast<float*>(scratch(Scratch::kernel, count * kSlotFloats * static_cast<int64_t>(sizeof(float))));
    if (slots == nullptr) return;
    for (int32_t p = 0; p < fusion.place_count; p++) places[p] = fusion.places[p];
    for (int32_t k = 0; k < fusion.slot_count; k++) places[fusion.first_slot + k].at = slots + k * kSlotFloats;
    for (int32_t n = 0; n < fusion.repeated_count; n++) filled[n] = 0;
    if (fusion.summed != 0) places[fusion.value].at = slots + (count - 1) * kSlotFloats;
  }

  // Where row `row` of a repeated input begins.
  int64_t offset_of(const Fusion::Repeated& input, int64_t row) const {
    int64_t offset = 0;
    for (int32_t d = fusion.rank - 2; d > 0; d--) {
      offset += row % fusion.shape[d] * input.stride[d];
      row /= fusion.shape[d];
    }
    return fusion.rank > 1 ? offset + row * input.stride[0] : 0;
  }

  // Lets a repeated input's place hold its elements for the results [from, from + n).
  GRADTAPE_MEMBER void place_repeated(int32_t which, int64_t from, int64_t n) {
    const Fusion::Repeated& input = fusion.repeated[which];
    Place& place = places[input.place];
    float* const slot = slots + (fusion.slot_count + which) * kSlotFloats;
    const int64_t length = fusion.shape[fusion.rank - 1];
    const bool steps = input.stride[fusion.rank - 1] != 0;
    int64_t row = from / length, column = from - row * length;
    if (column + n <= length) {
      filled[which] = 0;
      const float* const x = input.data + offset_of(input, row);
      if (steps) {
        place = {input.data + offset_of(input, row) + column, F32::kLanes};
      } else {
        store(slot, F32::set1(*x));
        place = {slot, 0};
      }
      return;
    }
    place = {slot, F32::kLanes};
    if (input.steady && column == 0) {
      if (n <= filled[which]) return;
      filled[which] = n;
    } else {
      filled[which] = 0;
    }
    for (int64_t i = 0; i < n; row++, column = 0) {
      const float* const x = input.data + offset_of(input, row);
      const int64_t run = length - column < n - i ? length - column : n - i;
      // Whole vectors, whose ends the next row overwrites.
      if (steps) {
        int64_t j = 0;
        for (; j + F32::kLanes <= run; j += F32::kLanes) store(slot + i + j, F32::load(x + column + j));
        if (j < run) store(slot + i + j, F32::load_partial(x + column + j, run - j));
      } else {
        for (int64_t j = 0; j < run; j += F32::kLanes) store(slot + i + j, F32::set1(*x));
      }
      i += run;
    }
  }

  // Computes the results [from, from + n), at most kBlockFloats of them.
  void run(int64_t from, int64_t n) {
    for (int32_t m = 0; m < fusion.moving_count; m++) places[fusion.moving[m].place].at = fusion.moving[m].base + from;
    for (int32_t r = 0; r < fusion.repeated_count; r++) place_repeated(r, from, n);
    if (fusion.fetches) fetch(from + n, n);
    for (int32_t s = 0; s < fusion.step_count; s++) call(fusion.steps[s], n);
    for (int32_t s = 0; s < fusion.copy_count; s++) call(fusion.copies[s], n);
  }
  // Asks for the memory of the next block, so that it comes while this one is computed.
  void fetch(int64_t from, int64_t n) const {
    for (int32_t m = 0; m < fusion.moving_count; m++) {
      const float* const next = fusion.moving[m].base + from;
      for (int64_t i = 0; i < n; i += 16) prefetch(next + i);
    }
  }
  GRADTAPE_MEMBER void call(const Fusion::Step& step, int64_t n) {
    step.loop(&places[step.a], &places[step.b], &places[step.c], places[step.y].at, n, step.attr);
  }
};

// Calls work(worker, from, to) for pieces of [0, count) of units of so many elements.
template <typename F>
void for_units(const Call& call, const Fusion& fusion, int64_t count, int64_t elements, const F& work) {
  int64_t piece = kPieceCost / (fusion.cost * elements + 1);
  if (piece < 1) piece = 1;
  int starved = 0;
  for_pieces(count, piece, [&](int64_t from, int64_t to) {
    Worker worker(fusion);
    if (worker.slots == nullptr) return __atomic_store_n(&starved, 1, __ATOMIC_RELAXED);
    work(worker, from, to);
  });
  if (starved) call.fail("native: out of memory");
}

void map_blocks(const Call& call, const Fusion& fusion) {
  // A row of the result is cut into even blocks, or a block takes several rows.
  int64_t row = fusion.size, cuts = 1, length;
  if (fusion.repeated_count > 0) row = fusion.shape[fusion.rank - 1];
  if (row > kBlockFloats / 2) {
    cuts = (row + kBlockFloats - 1) / kBlockFloats;
    length = fusion.repeated_count == 0 ? kBlockFloats : ((row + cuts - 1) / cuts + F32::kLanes - 1) / F32::kLanes * F32::kLanes;
    cuts = (row + length - 1) / length;
  } else {
    int64_t rows = kBlockFloats / row, even = F32::kLanes;
    while (row * even % (2 * F32::kLanes) == 0 && even > 1) even /= 2;
    if (rows > even) rows -= rows % even;  // so that blocks begin where vectors do
    length = row = rows * row;
  }
  const int64_t blocks = (fusion.size + row - 1) / row * cuts;
  for_units(call, fusion, blocks, length, [&](Worker& worker, int64_t from, int64_t to) {
    for (int64_t block = from; block < to; block++) {
      const int64_t cut = block % cuts * length, at = block / cuts * row + cut;
      int64_t n = row - cut < length ? row - cut : length;
      if (n > fusion.size - at) n = fusion.size - at;
      worker.run(at, n);
    }
  });
}

// Rows one after the other, in the blocks and parts of fold.h.
void sum_rows(const Call& call, const Fusion& fusion, int64_t rows, int64_t length, float* y) {
  const int64_t parts = fold_parts(rows, length, kTile);
  if (parts == 1 && length <= kBlockFloats) {
    const int64_t together = kBlockFloats / length;
    for_units(call, fusion, (rows + together - 1) / together, together * length, [&](Worker& worker, int64_t from, int64_t to) {
      for (int64_t first = from * together; first < rows && first < to * together; first += together) {
        const int64_t count = rows - first < together ? rows - first : together;
        worker.run(first * length, count * length);
        const float* const values = worker.places[fusion.value].at;
        for (int64_t r = 0; r < count; r++) y[first + r] = sum_block<F32>(values + r * length, length) + 0.0f;
      }
    });
    return;
  }
  const int64_t part = (length + parts - 1) / parts, blocks = (part + kBlockFloats - 1) / kBlockFloats, each = parts * blocks;
  double* const sums = static_cast<double*>(scratch(Scratch::kernel_2, rows * each * static_cast<int64_t>(sizeof(double))));
  if (sums == nullptr) return call.fail("native: out of memory");
  for_units(call, fusion, rows * each, kBlockFloats, [&](Worker& worker, int64_t from, int64_t to) {
    for (int64_t unit = from; unit < to; unit++) {
      const int64_t row = unit / each, p = unit % each / blocks;
      const int64_t begin = p * part + unit % blocks * kBlockFloats;
      int64_t end = (p + 1) * part < length ? (p + 1) * part : length;
      if (end > begin + kBlockFloats) end = begin + kBlockFloats;
      sums[unit] = 0;
      if (begin >= end) continue;
      worker.run(row * length + begin, end - begin);
      sums[unit] = static_cast<double>(sum_block<F32>(worker.places[fusion.value].at, end - begin));
    }
  });
  for (int64_t row = 0; row < rows; row++) {
    double total = 0;
    for (int64_t p = 0; p < parts; p++) {
      double subtotal = 0;
      for (int64_t b = 0; b < blocks; b++) subtotal += sums[row * each + p * blocks + b];
      total = p == 0 ? subtotal : total + subtotal;
    }
    y[row] = static_cast<float>(total);
  }
}

// Column by column, in the order and the parts of fold.h.
void sum_columns(const Call& call, const Fusion& fusion, int64_t rows, int64_t columns, float* y) {
  const int64_t parts = fold_parts(columns, rows, kWideTile), part = (rows + parts - 1) / parts;
  const int64_t strips = (columns + kBlockFloats - 1) / kBlockFloats, width = strips == 1 ? columns : kBlockFloats;
  const int64_t together = strips == 1 ? kBlockFloats / columns : 1;
  double* const sums = static_cast<double*>(scratch(Scratch::kernel_2, parts * columns * static_cast<int64_t>(sizeof(double))));
  if (sums == nullptr) return call.fail("native: out of memory");
  for_units(call, fusion, parts * strips, part * width, [&](Worker& worker, int64_t from, int64_t to) {
    for (int64_t unit = from; unit < to; unit++) {
      const int64_t p = unit / strips, column = unit % strips * width;
      const int64_t n = columns - column < width ? columns - column : width;
      const int64_t end = (p + 1) * part < rows ? (p + 1) * part : rows;
      double* const totals = sums + p * columns + column;
      for (int64_t j = 0; j < n; j++) totals[j] = 0;
      const int64_t begin = p * part, grouped = end - (end - begin) % kRowsTogether;
      float near[kBlockFloats];
      for (int64_t row = begin; row < end; row += together) {
        const int64_t count = end - row < together ? end - row : together;
        worker.run(row * columns + column, count * n);
        const float* values = worker.places[fusion.value].at;
        for (int64_t r = row; r < row + count; r++, values += n) {
          const int64_t place = (r - begin) % kRowsTogether;
          if (r >= grouped) {
            for (int64_t j = 0; j < n; j++) totals[j] += static_cast<double>(values[j]);
          } else if (place == 0) {
            for (int64_t j = 0; j < n; j++) near[j] = values[j];
          } else if (place + 1 < kRowsTogether) {
            for (int64_t j = 0; j < n; j++) near[j] += values[j];
          } else {
            for (int64_t j = 0; j < n; j++) totals[j] += static_cast<double>(near[j] + values[j]);
          }
        }
      }
    }
  });
  for (int64_t j = 0; j < columns; j++) {
    double total = sums[j];
    for (int64_t p = 1; p < parts; p++) total += sums[p * columns + j];
    y[j] = static_cast<float>(total);
  }
}

void fused(const Call& call) {
  Fusion fusion;
  if (!fusion.read(call)) return;
  if (fusion.summed == 0) {
    if (fusion.size > 0) map_blocks(call, fusion);
    return;
  }
  float* const y = static_cast<float*>(call.outputs[0].data);
  if (fusion.size == 0) return fill_view<float>(call.outputs[0], 0);
  if (fusion.summed > 0 && fusion.inner > 1) return sum_columns(call, fusion, fusion.outer, fusion.inner, y);
  if (fusion.summed > 0) return sum_rows(call, fusion, 1, fusion.outer, y);
  sum_rows(call, fusion, fusion.outer, fusion.inner, y);
}

constexpr Row kRows[] = {{"fused", fused}};

}  // namespace

Table fused_table() { return {kRows, 1}; }

}  // namespace gradtape::GRADTAPE_ISA
