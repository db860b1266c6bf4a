// All rows of one instruction set, from the tables of the families.
#include "families.h"
#include "matmul.h"

namespace gradtape::GRADTAPE_ISA {

namespace {

constexpr int kMaxRows = 256;
Row rows[kMaxRows];

int32_t append(int32_t count, const Table& table) {
  for (int32_t i = 0; i < table.count && count < kMaxRows; i++) rows[count++] = table.rows[i];
  return count;
}

}  // namespace

// Called once per process, by dispatch.cc.
Table kernel_table() {
  int32_t count = 0;
  count = append(count, matmul_table());
  count = append(count, elementwise_table());
  count = append(count, activations_table());
  count = append(count, rounding_table());
  count = append(count, random_table());
  count = append(count, cast_table());
  count = append(count, compare_table());
  count = append(count, reduce_table());
  count = append(count, extremes_table());
  count = append(count, shape_table());
  count = append(count, moves_table());
  count = append(count, update_table());
  count = append(count, adaptive_table());
  count = append(count, softmax_table());
  count = append(count, attention_table());
  count = append(count, normalization_table());
  count = append(count, normalization_gradient_table());
  count = append(count, indexing_table());
  count = append(count, scatter_table());
  count = append(count, scan_table());
  count = append(count, sort_table());
  count = append(count, fused_table());
  count = append(count, conv_table());
  count = append(count, lstm_table());
  count = append(count, gru_table());
  count = append(count, pool_table());
  count = append(count, resample_table());
  count = append(count, interpolation_table());
  return {rows, count};
}

}  // namespace gradtape::GRADTAPE_ISA
