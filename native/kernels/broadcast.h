// Walks a result in runs along which each input either steps by one or stands still.
#pragma once
#include <stdint.h>

#include "core/kernel.h"
#include "core/pool.h"
#include "simd/simd.h"

namespace gradtape::GRADTAPE_ISA {

constexpr int kMaxWalked = 3;

// The shape of a result with neighbouring axes merged where all inputs allow it, and the steps of the inputs. Strides along the
// last axis are 0 or 1.
struct Walk {
  int32_t rank = 0;
  int32_t count;
  int64_t size = 1;
  int64_t shape[kMaxRank];
  int64_t stride[kMaxWalked][kMaxRank];

  Walk(const View& output, const View* inputs, int32_t input_count) : count(input_count), size(output.size) {
    int64_t step[kMaxWalked], own[kMaxWalked];
    for (int32_t n = 0; n < count; n++) step[n] = 1;
    // From the last axis to the first, so axes are collected backwards and turned round at the end.
    for (int32_t d = output.rank - 1; d >= 0; d--) {
      const int64_t length = output.shape[d];
      bool merges = rank > 0;
      for (int32_t n = 0; n < count; n++) {
        const int32_t axis = d - (output.rank - inputs[n].rank);
        const int64_t mine = axis >= 0 ? inputs[n].shape[axis] : 1;
        own[n] = mine == 1 ? 0 : step[n];
        step[n] *= mine;
        if (rank > 0) merges = merges && own[n] == stride[n][rank - 1] * shape[rank - 1];
      }
      if (length == 1) continue;
      if (merges) {
        shape[rank - 1] *= length;
        continue;
      }
      for (int32_t n = 0; n < count; n++) stride[n][rank] = own[n];
      shape[rank++] = length;
    }
    if (rank == 0) {
      shape[rank++] = 1;
      for (int32_t n = 0; n < count; n++) stride[n][0] = 0;
    }
    for (int32_t i = 0, j = rank - 1; i < j; i++, j--) {
      swap(shape[i], shape[j]);
      for (int32_t n = 0; n < count; n++) swap(stride[n][i], stride[n][j]);
    }
  }

  // Calls f(first output element, first elements of the inputs, length) for the runs that make up [from, to).
  template <typename F>
  GRADTAPE_MEMBER void runs(int64_t from, int64_t to, F f) const {
    int64_t index[kMaxRank], offset[kMaxWalked] = {};
    int64_t rest = from;
    for (int32_t d = rank - 1; d >= 0; d--) {
      index[d] = rest % shape[d];
      rest /= shape[d];
      for (int32_t n = 0; n < count; n++) offset[n] += index[d] * stride[n][d];
    }
    const int32_t last = rank - 1;
    while (from < to) {
      int64_t length = shape[last] - index[last];
      if (length > to - from) length = to - from;
      f(from, offset, length);
      from += length;
      index[last] += length;
      for (int32_t n = 0; n < count; n++) offset[n] += length * stride[n][last];
      for (int32_t d = last; d > 0 && index[d] == shape[d]; d--) {
        for (int32_t n = 0; n < count; n++) offset[n] += stride[n][d - 1] - shape[d] * stride[n][d];
        index[d] = 0;
        index[d - 1]++;
      }
    }
  }

 private:
  static void swap(int64_t& a, int64_t& b) {
    const int64_t c = a;
    a = b;
    b = c;
  }
};

// Calls f(from, to) for pieces of [0, size), on several threads if there is more than one piece. Pieces depend on sizes alone.
template <typename F>
static inline void for_pieces(int64_t size, int64_t piece, const F& f) {
  struct Job {
    int64_t size, piece;
    const F* f;
    static void run(void* self, int64_t chunk) {
      const Job& job = *static_cast<const Job*>(self);
      const int64_t from = chunk * job.piece, to = from + job.piece;
      (*job.f)(from, to < job.size ? to : job.size);
    }
  };
  if (size <= piece) {
    if (size > 0) f(0, size);
    return;
  }
  Job job{size, piece, &f};
  parallel_for((size + piece - 1) / piece, Job::run, &job);
}

}  // namespace gradtape::GRADTAPE_ISA
