// What attention and its gradient share: their operands, blocks of scores, and rows of them made exponentials.
#pragma once
#include <math.h>

#include "gemm/gemm.h"
#include "pointwise.h"
#include "simd/math.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

constexpr int64_t kQueryBlock = 64;  // queries whose scores are near at a time
constexpr int64_t kKeyBlock = 256;   // and keys

// Where a [b, n, t, s] that broadcasts lies; no data where there is none.
template <typename T>
struct Beside {
  const T* data = nullptr;
  int64_t step[4] = {};

  void read(const View& x) {
    data = static_cast<const T*>(x.data);
    int64_t stride = 1;
    for (int32_t d = 3; d >= 0; d--) {
      step[d] = x.shape[d] == 1 ? 0 : stride;
      stride *= x.shape[d];
    }
  }
  const T* row(int64_t b, int64_t n, int64_t t) const { return data + b * step[0] + n * step[1] + t * step[2]; }
};

// Queries [b, t, n, h], keys [b, s, n, h] and values [b, s, n, d] lie with heads side by side.
template <typename T>
struct Attention {
  int64_t batch, queries, keys, heads, width, depth;
  const T* q;
  const T* k;
  const T* v;
  T scale;
  bool causal;
  Beside<T> bias;
  Beside<uint8_t> mask;

  // Inputs q, k, v from `first` on, and what the attributes say there is beside them from `rest` on.
  Attention(const Call& call, int first, int rest) {
    const View& query = call.inputs[first];
    const View& value = call.inputs[first + 2];
    batch = query.shape[0];
    queries = query.shape[1];
    heads = query.shape[2];
    width = query.shape[3];
    keys = value.shape[1];
    depth = value.shape[3];
    q = static_cast<const T*>(query.data);
    k = static_cast<const T*>(call.inputs[first + 1].data);
    v = static_cast<const T*>(value.data);
    scale = static_cast<T>(call.attrs[0]);
    causal = call.attrs[1] != 0;
    if (call.attrs[2] != 0) bias.read(call.inputs[rest++]);
    if (call.attrs[3] != 0) mask.read(call.inputs[rest]);
  }

  int64_t query_at(int64_t b, int64_t t, int64_t n) const { return ((b * queries + t) * heads + n) * width; }
  int64_t key_at(int64_t b, int64_t s, int64_t n) const { return ((b * keys + s) * heads + n) * width; }
  int64_t value_at(int64_t b, int64_t s, int64_t n) const { return ((b * keys + s) * heads + n) * depth; }
  int64_t result_at(int64_t b, int64_t t, int64_t n) const { return ((b * queries + t) * heads + n) * depth; }

  // How many of the keys from s on query t may see for its position.
  int64_t seen(int64_t t, int64_t s, int64_t count) const {
    if (!causal || t + 1 - s >= count) return count;
    return t + 1 > s ? t + 1 - s : 0;
  }

  // Products of queries from t on and keys from s on, `cols` apart.
  void scores(int64_t b, int64_t n, int64_t t, int64_t rows, int64_t s, int64_t cols, T* to) const {
    Gemm<T> product{};
    product.m = rows;
    product.n = cols;
    product.k = width;
    product.a = q + query_at(b, t, n);
    product.a_row = heads * width;
    product.a_col = 1;
    product.b = k + key_at(b, s, n);
    product.b_row = 1;
    product.b_col = heads * width;
    product.c = to;
    product.c_row = cols;
    gemm(product);
  }

  // Scores of query t as logits in place, -infinity where a key is not seen; gives the greatest.
  T logits(int64_t b, int64_t n, int64_t t, int64_t s, int64_t cols, T* row) const {
    const int64_t count = seen(t, s, cols);
    T top = static_cast<T>(-__builtin_inf());
    const T* const added = bias.data == nullptr ? nullptr : bias.row(b, n, t) + s * bias.step[3];
    const uint8_t* const shown = mask.data == nullptr ? nullptr : mask.row(b, n, t) + s * mask.step[3];
    if (added == nullptr && shown == nullptr) {
      using V = typename VectorOf<T>::Type;
      const V factor = V::set1(scale);
      V tops = V::set1(top);
      int64_t i = 0;
      for (; i + V::kLanes <= count; i += V::kLanes) {
        const V logit = V::load(row + i) * factor;
        tops = max(tops, logit);
        store(row + i, logit);
      }
      top = max_lane(tops);
      for (; i < count; i++) {
        row[i] *= scale;
        top = row[i] > top || row[i] != row[i] ? row[i] : top;
      }
    } else {
      for (int64_t i = 0; i < count; i++) {
        T logit = row[i] * scale;
        if (added != nullptr) logit += added[i * bias.step[3]];
        if (shown != nullptr && shown[i * mask.step[3]] == 0) logit = static_cast<T>(-__builtin_inf());
        row[i] = logit;
        top = logit > top || logit != logit ? logit : top;
      }
    }
    for (int64_t i = count; i < cols; i++) row[i] = static_cast<T>(-__builtin_inf());
    return top;
  }
};

// row[i] = exp(row[i] - less) in place; gives the sum.
GRADTAPE_INLINE float powers(float* row, int64_t n, float less) {
  const F32 shift = F32::set1(less);
  F32 totals = F32::zero();
  int64_t i = 0;
  for (; i + F32::kLanes <= n; i += F32::kLanes) {
    const F32 power = exp(F32::load(row + i) - shift);
    totals = totals + power;
    store(row + i, power);
  }
  if (i < n) {
    const M32 inside = lt(iota(), I32::set1(static_cast<int32_t>(n - i)));
    const F32 power = exp(F32::load_partial(row + i, n - i) - shift);
    totals = totals + select(inside, power, F32::zero());
    store_partial(row + i, power, n - i);
  }
  return sum(totals);
}
GRADTAPE_INLINE double powers(double* row, int64_t n, double less) {
  double total = 0;
  for (int64_t i = 0; i < n; i++) {
    row[i] = ::exp(row[i] - less);
    total += row[i];
  }
  return total;
}

template <typename T>
GRADTAPE_INLINE void scale_row(T* row, int64_t n, T factor) {
  using V = typename VectorOf<T>::Type;
  const V by = V::set1(factor);
  int64_t i = 0;
  for (; i + V::kLanes <= n; i += V::kLanes) store(row + i, V::load(row + i) * by);
  for (; i < n; i++) row[i] *= factor;
}

}  // namespace
}  // namespace gradtape::GRADTAPE_ISA
