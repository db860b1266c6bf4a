// Convolutions that keep channels apart: vectors run along the channels, and several results share what is read of the filter.
#pragma once
#include "image.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

constexpr int kApart = 4;  // results, or taps of a filter's gradient, under way together
constexpr int kApartMost = 2 * kApart;

template <typename V>
GRADTAPE_INLINE V load_lanes(const typename V::Scalar* p, int64_t lanes) {
  return lanes >= V::kLanes ? V::load(p) : V::load_partial(p, lanes);
}
template <typename V>
GRADTAPE_INLINE void store_lanes(typename V::Scalar* p, V v, int64_t lanes) {
  if (lanes >= V::kLanes) {
    store(p, v);
  } else {
    store_partial(p, v, lanes);
  }
}

// One row of results: result i sees at x + i * x_step, and tap t of it at tap[t] from there, times the channels at filter + weight[t].
template <typename T>
struct ApartRow {
  const T *x, *filter, *bias;
  T* y;
  int64_t x_step, y_step, count, channels, taps;
  const int64_t *tap, *weight;
  Activation activation;
};

template <typename V, int kResults>
GRADTAPE_INLINE void multiply_apart(const ApartRow<typename V::Scalar>& row, int64_t at, int64_t c, int64_t lanes) {
  using T = typename V::Scalar;
  V sum[kResults];
  unroll<kResults>([&](auto i) __attribute__((always_inline)) { sum[i.value] = V::zero(); });
  const T* const x = row.x + at * row.x_step + c;
  for (int64_t t = 0; t < row.taps; t++) {
    const V weight = load_lanes<V>(row.filter + row.weight[t] + c, lanes);
    const T* const seen = x + row.tap[t];
    unroll<kResults>([&](auto i) __attribute__((always_inline)) {
      sum[i.value] = fmadd(load_lanes<V>(seen + i.value * row.x_step, lanes), weight, sum[i.value]);
    });
  }
  const V bias = row.bias != nullptr ? load_lanes<V>(row.bias + c, lanes) : V::zero();
  unroll<kResults>([&](auto i) __attribute__((always_inline)) {
    V y = row.bias != nullptr ? sum[i.value] + bias : sum[i.value];
    if (row.activation == Activation::relu) y = relu(y);
    store_lanes<V>(row.y + (at + i.value) * row.y_step + c, y, lanes);
  });
}

template <typename V>
void multiply_row_apart(const ApartRow<typename V::Scalar>& row) {
  for (int64_t c = 0; c < row.channels; c += V::kLanes) {
    const int64_t lanes = row.channels - c;
    int64_t at = 0;
    if (lanes >= V::kLanes) {
      for (; at + kApartMost <= row.count; at += kApartMost) multiply_apart<V, kApartMost>(row, at, c, V::kLanes);
      for (; at + kApart <= row.count; at += kApart) multiply_apart<V, kApart>(row, at, c, V::kLanes);
      for (; at < row.count; at++) multiply_apart<V, 1>(row, at, c, V::kLanes);
    } else {
      for (; at + kApart <= row.count; at += kApart) multiply_apart<V, kApart>(row, at, c, lanes);
      for (; at < row.count; at++) multiply_apart<V, 1>(row, at, c, lanes);
    }
  }
}

// The sums over rows of pixels of x times dy, for one block of channels and some taps, added to what is there or in its place.
template <typename T>
struct ApartSums {
  const T *x, *dy;
  T* to;
  int64_t x_row, x_step, rows, across, channels;  // a row of dy is `across` pixels
  const int64_t* tap;
  bool accumulate;
};

template <typename V, int kTaps>
GRADTAPE_INLINE void sum_apart(const ApartSums<typename V::Scalar>& s, int64_t first, int64_t c, int64_t lanes) {
  using T = typename V::Scalar;
  V sum[kTaps];
  unroll<kTaps>([&](auto t) __attribute__((always_inline)) {
    sum[t.value] = s.accumulate ? load_lanes<V>(s.to + (first + t.value) * s.channels + c, lanes) : V::zero();
  });
  const T* dy = s.dy + c;
  for (int64_t r = 0; r < s.rows; r++) {
    const T* x = s.x + r * s.x_row + c;
    for (int64_t w = 0; w < s.across; w++, dy += s.channels, x += s.x_step) {
      const V g = load_lanes<V>(dy, lanes);
      unroll<kTaps>([&](auto t) __attribute__((always_inline)) {
        sum[t.value] = fmadd(load_lanes<V>(x + s.tap[first + t.value], lanes), g, sum[t.value]);
      });
    }
  }
  unroll<kTaps>([&](auto t)
                    __attribute__((always_inline)) { store_lanes<V>(s.to + (first + t.value) * s.channels + c, sum[t.value], lanes); });
}

template <typename V>
void sum_taps_apart(const ApartSums<typename V::Scalar>& s, int64_t taps) {
  for (int64_t c = 0; c < s.channels; c += V::kLanes) {
    const int64_t lanes = s.channels - c < V::kLanes ? s.channels - c : V::kLanes;
    int64_t t = 0;
    for (; t + kApartMost <= taps; t += kApartMost) sum_apart<V, kApartMost>(s, t, c, lanes);
    for (; t + kApart <= taps; t += kApart) sum_apart<V, kApart>(s, t, c, lanes);
    for (; t < taps; t++) sum_apart<V, 1>(s, t, c, lanes);
  }
}

}  // namespace
}  // namespace gradtape::GRADTAPE_ISA
