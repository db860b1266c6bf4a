// Rows attention and attentionGradient: block by block of queries and keys, with the softmax kept up to date, so that the scores are never in memory as a whole.
#include "attention.h"

#include "families.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

// Some queries of one head: their means of values and the logarithms of their sums.
template <typename T>
bool attend(const Attention<T>& op, int64_t b, int64_t n, int64_t t, int64_t rows, T* y, T* sums) {
  T* const scores = static_cast<T*>(scratch(Scratch::kernel, kQueryBlock * kKeyBlock * static_cast<int64_t>(sizeof(T))));
  if (scores == nullptr) return false;
  const T low = static_cast<T>(-__builtin_inf());
  T tops[kQueryBlock], totals[kQueryBlock];
  T* const first = y + op.result_at(b, t, n);
  const int64_t step = op.heads * op.depth;
  for (int64_t r = 0; r < rows; r++) {
    tops[r] = low;
    totals[r] = 0;
    for (int64_t i = 0; i < op.depth; i++) first[r * step + i] = 0;
  }
  const int64_t keys = op.causal && t + rows < op.keys ? t + rows : op.keys;  // that any of these queries may see
  for (int64_t s = 0; s < keys; s += kKeyBlock) {
    const int64_t cols = keys - s < kKeyBlock ? keys - s : kKeyBlock;
    op.scores(b, n, t, rows, s, cols, scores);
    for (int64_t r = 0; r < rows; r++) {
      T* const row = scores + r * cols;
      const T here = op.logits(b, n, t + r, s, cols, row), before = tops[r];
      const T top = here > before || here != here ? here : before;
      if (top == low) {  // nothing is seen yet
        for (int64_t i = 0; i < cols; i++) row[i] = 0;
        continue;
      }
      const T total = powers(row, cols, top);
      if (top != before) {
        const T fade = static_cast<T>(::exp(static_cast<double>(before - top)));
        totals[r] *= fade;
        if (s > 0) scale_row(first + r * step, op.depth, fade);
        tops[r] = top;
      }
      totals[r] += total;
    }
    Gemm<T> product{};
    product.m = rows;
    product.n = op.depth;
    product.k = cols;
    product.a = scores;
    product.a_row = cols;
    product.a_col = 1;
    product.b = op.v + op.value_at(b, s, n);
    product.b_row = step;
    product.b_col = 1;
    product.c = first;
    product.c_row = step;
    product.accumulate = true;
    gemm(product);
  }
  for (int64_t r = 0; r < rows; r++) {
    sums[(b * op.heads + n) * op.queries + t + r] =
        tops[r] == low ? low : static_cast<T>(static_cast<double>(tops[r]) + ::log(static_cast<double>(totals[r])));
    if (tops[r] != low) scale_row(first + r * step, op.depth, 1 / totals[r]);
  }
  return true;
}

template <typename T>
void attend_all(const Call& call) {
  const Attention<T> op(call, 0, 3);
  T* const y = static_cast<T*>(call.outputs[0].data);
  T* const sums = static_cast<T*>(call.outputs[1].data);
  const int64_t blocks = (op.queries + kQueryBlock - 1) / kQueryBlock;
  const int64_t work = op.keys * (op.width + op.depth) * kQueryBlock + 1;
  for_pieces(op.batch * op.heads * blocks, (int64_t{1} << 18) / work + 1, [&](int64_t from, int64_t to) {
    for (int64_t task = from; task < to; task++) {
      const int64_t t = task % blocks * kQueryBlock, head = task / blocks;
      const int64_t rows = op.queries - t < kQueryBlock ? op.queries - t : kQueryBlock;
      if (!attend(op, head / op.heads, head % op.heads, t, rows, y, sums)) call.fail("native: out of memory");
    }
  });
}

template <typename T>
struct Flows {
  const T* dy;
  const T* y;
  const T* sums;
  T* dq;
  T* dk;
  T* dv;
};

// One head's part of the gradient: each block of keys against each block of queries.
template <typename T>
bool flow_back(const Attention<T>& op, const Flows<T>& flows, int64_t b, int64_t n) {
  const int64_t block = kQueryBlock * kKeyBlock;
  T* const weights = static_cast<T*>(scratch(Scratch::kernel, (2 * block + op.queries) * static_cast<int64_t>(sizeof(T))));
  if (weights == nullptr) return false;
  T* const slopes = weights + block;
  T* const along = slopes + block;
  const int64_t wide = op.heads * op.width, deep = op.heads * op.depth;
  for (int64_t t = 0; t < op.queries; t++) {
    const int64_t at = op.result_at(b, t, n);
    T total = 0;
    for (int64_t i = 0; i < op.depth; i++) total += flows.dy[at + i] * flows.y[at + i];
    along[t] = total;
    for (int64_t i = 0; i < op.width; i++) flows.dq[op.query_at(b, t, n) + i] = 0;
  }
  for (int64_t s = 0; s < op.keys; s += kKeyBlock) {
    const int64_t all = op.keys - s < kKeyBlock ? op.keys - s : kKeyBlock;
    for (int64_t j = s; j < s + all; j++) {
      for (int64_t i = 0; i < op.width; i++) flows.dk[op.key_at(b, j, n) + i] = 0;
      for (int64_t i = 0; i < op.depth; i++) flows.dv[op.value_at(b, j, n) + i] = 0;
    }
    const int64_t begin = op.causal ? s / kQueryBlock * kQueryBlock : 0;
    for (int64_t t = begin; t < op.queries; t += kQueryBlock) {
      const int64_t rows = op.queries - t < kQueryBlock ? op.queries - t : kQueryBlock;
      const int64_t cols = op.causal && t + rows - s < all ? t + rows - s : all;
      op.scores(b, n, t, rows, s, cols, weights);
      Gemm<T> product{};
      product.m = rows;
      product.n = cols;
      product.k = op.depth;
      product.a = flows.dy + op.result_at(b, t, n);
      product.a_row = deep;
      product.a_col = 1;
      product.b = op.v + op.value_at(b, s, n);
      product.b_row = 1;
      product.b_col = deep;
      product.c = slopes;
      product.c_row = cols;
      gemm(product);
      for (int64_t r = 0; r < rows; r++) {
        T* const row = weights + r * cols;
        T* const slope = slopes + r * cols;
        op.logits(b, n, t + r, s, cols, row);
        const T sum = flows.sums[(b * op.heads + n) * op.queries + t + r];
        if (sum == static_cast<T>(-__builtin_inf())) {  // nothing is seen
          for (int64_t i = 0; i < cols; i++) row[i] = slope[i] = 0;
          continue;
        }
        powers(row, cols, sum);
        using V = typename VectorOf<T>::Type;
        const V less = V::set1(along[t + r]), factor = V::set1(op.scale);
        int64_t i = 0;
        for (; i + V::kLanes <= cols; i += V::kLanes) store(slope + i, V::load(row + i) * (V::load(slope + i) - less) * factor);
        for (; i < cols; i++) slope[i] = row[i] * (slope[i] - along[t + r]) * op.scale;
      }
      Gemm<T> values{};  // dv += weights^T dy
      values.m = cols;
      values.n = op.depth;
      values.k = rows;
      values.a = weights;
      values.a_row = 1;
      values.a_col = cols;
      values.b = flows.dy + op.result_at(b, t, n);
      values.b_row = deep;
      values.b_col = 1;
      values.c = flows.dv + op.value_at(b, s, n);
      values.c_row = deep;
      values.accumulate = true;
      gemm(values);
      Gemm<T> keys = values;  // dk += slopes^T q
      keys.n = op.width;
      keys.a = slopes;
      keys.b = op.q + op.query_at(b, t, n);
      keys.b_row = wide;
      keys.c = flows.dk + op.key_at(b, s, n);
      keys.c_row = wide;
      gemm(keys);
      Gemm<T> queries = keys;  // dq += slopes k
      queries.m = rows;
      queries.k = cols;
      queries.a_row = cols;
      queries.a_col = 1;
      queries.b = op.k + op.key_at(b, s, n);
      queries.c = flows.dq + op.query_at(b, t, n);
      gemm(queries);
    }
  }
  return true;
}

template <typename T>
void flow_back_all(const Call& call) {
  const Attention<T> op(call, 3, 6);
  const Flows<T> flows{static_cast<const T*>(call.inputs[0].data), static_cast<const T*>(call.inputs[1].data),
                       static_cast<const T*>(call.inputs[2].data), static_cast<T*>(call.outputs[0].data),
                       static_cast<T*>(call.outputs[1].data),      static_cast<T*>(call.outputs[2].data)};
  const int64_t work = op.queries * op.keys * (op.width + op.depth) + 1;
  for_pieces(op.batch * op.heads, (int64_t{1} << 17) / work + 1, [&](int64_t from, int64_t to) {
    for (int64_t head = from; head < to; head++) {
      if (!flow_back(op, flows, head / op.heads, head % op.heads)) call.fail("native: out of memory");
    }
  });
}

// Inputs q, k, v, and bias and mask if the attributes say so; outputs means of values, and logarithms of sums. attrs: scale, causal, biased, masked.
void attention(const Call& call) {
  if (call.inputs[0].dtype == DType::float64) return attend_all<double>(call);
  attend_all<float>(call);
}

// Inputs dy, the outputs of attention, and its inputs; outputs dq, dk, dv. attrs as of attention.
void attention_gradient(const Call& call) {
  if (call.inputs[0].dtype == DType::float64) return flow_back_all<double>(call);
  flow_back_all<float>(call);
}

constexpr Row kRows[] = {{"attention", attention}, {"attentionGradient", attention_gradient}};

}  // namespace

Table attention_table() { return {kRows, sizeof kRows / sizeof kRows[0]}; }

}  // namespace gradtape::GRADTAPE_ISA
