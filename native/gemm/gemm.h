// The matrix product C = A B, with what usually follows it.
#pragma once
#include <stdint.h>

#ifndef GRADTAPE_ISA
#error "GRADTAPE_ISA names the instruction set this file is compiled for"
#endif

namespace gradtape::GRADTAPE_ISA {

enum class Activation : int32_t {
  linear = 0,
  relu = 1,
  sigmoid = 2,
  tanh = 3,
  elu = 4,
  gelu = 5,
  silu = 6,
  relu6 = 7,
  softplus = 8,
  leaky_relu = 9,
  selu = 10,
  gelu_tanh = 11,
};

// c = activation(a b + bias), or c + a b with bias and activation on top. a is m by k, b is k by n, both with any strides (in
// elements); the rows of c are contiguous. c must not overlap a, b or bias.
template <typename T>
struct Gemm {
  int64_t m, n, k;
  const T* a;
  int64_t a_row, a_col;
  const T* b;
  int64_t b_row, b_col;
  T* c;
  int64_t c_row;
  bool accumulate = false;
  const T* bias = nullptr;  // n of them
  Activation activation = Activation::linear;
  double leaky_slope = 0.0;
};

// Computes it on as many threads as the size deserves; on this thread alone inside a chunk of parallel_for. The result has the
// same bits for any number of threads.
void gemm(const Gemm<float>& product);
void gemm(const Gemm<double>& product);

// Computes `count` products of one size. `move(context, i, product)` turns a copy of `first` into the i-th, changing pointers only.
void gemm_batch(const Gemm<float>& first, int64_t count, void (*move)(const void* context, int64_t i, Gemm<float>& product),
                const void* context);
void gemm_batch(const Gemm<double>& first, int64_t count, void (*move)(const void* context, int64_t i, Gemm<double>& product),
                const void* context);

// y[i] = activation(x[i]) in place, for n elements.
void activate(float* x, int64_t n, Activation activation, double leaky_slope);
void activate(double* x, int64_t n, Activation activation, double leaky_slope);

}  // namespace gradtape::GRADTAPE_ISA
