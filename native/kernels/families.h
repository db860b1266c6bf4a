// The tables of the kernel families other than the matrix product, per instruction set.
#pragma once
#include "core/kernel.h"

namespace gradtape::GRADTAPE_ISA {

Table elementwise_table();
Table activations_table();
Table rounding_table();
Table random_table();
Table cast_table();
Table compare_table();
Table reduce_table();
Table extremes_table();
Table shape_table();
Table moves_table();
Table update_table();
Table adaptive_table();
Table softmax_table();
Table attention_table();
Table normalization_table();
Table normalization_gradient_table();
Table indexing_table();
Table scatter_table();
Table scan_table();
Table sort_table();
Table fused_table();
Table conv_table();
Table lstm_table();
Table gru_table();
Table pool_table();
Table resample_table();
Table interpolation_table();

}  // namespace gradtape::GRADTAPE_ISA
