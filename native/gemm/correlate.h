// Products over images: what a convolution and both of its gradients come down to.
#pragma once
#include "gemm.h"

namespace gradtape::GRADTAPE_ISA {

// One spatial axis: result i meets tap t at the source position first + i * step + t * tap_step, which may lie outside, where the source counts
// as zeros. Result i goes to position to_first + i * to_step; tap t is number index_first + t * index_step of the filter.
struct Axis {
  int64_t size, count, first, step;
  int64_t to_size, to_first, to_step;
  int64_t taps, tap_step;
  int64_t filter_size, index_first, index_step;
};

constexpr int kAxes = 3;

// Images [batch, axes, groups * inner] against a filter of taps, each a matrix of inner by columns for every group.
template <typename T>
struct Correlation {
  int64_t batch;
  Axis axis[kAxes];
  int64_t groups, inner, columns;
  const T* source;
  // The element of tap p, row i, column j of group g is filter[p * filter_tap + i * filter_inner + j * filter_column + g * filter_group].
  const T* filter;
  int64_t filter_tap, filter_inner, filter_column, filter_group;
  T* to;  // [batch, to axes, groups * columns]
  const T* bias = nullptr;
  Activation activation = Activation::linear;
  double leaky_slope = 0.0;
};

// to = activation(sum over taps and rows of source * filter + bias). False where there is no working memory. Computed on as many threads
// as the size deserves, with the same bits for any number of them.
bool correlate(const Correlation<float>& c);
bool correlate(const Correlation<double>& c);

// The filter's gradient [taps, inner, groups * columns], given that of the results in `dy`: [batch, axes by count, groups * columns].
bool correlate_filter(const Correlation<float>& c, const float* dy, float* to);
bool correlate_filter(const Correlation<double>& c, const double* dy, double* to);

}  // namespace gradtape::GRADTAPE_ISA
