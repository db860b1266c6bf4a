// Convolutions that keep channels apart: vectors run along the channels, and several results share what is read of the filter.
#pragma once
#include "image.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

constexpr int kApart = 4, kApartMost = 2 * kApart;  // results under way together
constexpr int64_t kApartPixels = 24;                // whose part of a filter's gradient is summed before the next channels'

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

// Results in a row: what result i sees at tap t begins at tap[t] + i * x_step, and is multiplied by the channels at filter + weight[t].
template <typename T>
struct ApartRow {
  const T *filter, *bias;
  T* y;
  int64_t x_step, y_step, count, channels, taps;
  const T* const* tap;
  const int64_t* weight;
  Activation activation;
};

template <typename V, int kResults>
GRADTAPE_INLINE void multiply_apart(const ApartRow<typename V::Scalar>& row, int64_t at, int64_t c, int64_t lanes) {
  using T = typename V::Scalar;
  V sum[kResults];
  unroll<kResults>([&](auto i) __attribute__((always_inline)) { sum[i.value] = V::zero(); });
  for (int64_t t = 0; t < row.taps; t++) {
    const V weight = load_lanes<V>(row.filter + row.weight[t] + c, lanes);
    const T* const seen = row.tap[t] + at * row.x_step + c;
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

template <typename V, int kResults>
GRADTAPE_INLINE void multiply_channels_apart(const ApartRow<typename V::Scalar>& row, int64_t at) {
  int64_t c = 0;
  for (; c + V::kLanes <= row.channels; c += V::kLanes) multiply_apart<V, kResults>(row, at, c, V::kLanes);
  if (c < row.channels) multiply_apart<V, kResults>(row, at, c, row.channels - c);
}

// All channels of a few results, then of the next: pixels of many channels lie so far apart that a row of them would crowd out each other.
template <typename V>
void multiply_row_apart(const ApartRow<typename V::Scalar>& row) {
  int64_t at = 0;
  for (; at + kApartMost <= row.count; at += kApartMost) multiply_channels_apart<V, kApartMost>(row, at);
  for (; at + kApart <= row.count; at += kApart) multiply_channels_apart<V, kApart>(row, at);
  for (; at < row.count; at++) multiply_channels_apart<V, 1>(row, at);
}

// The sums over results in a row of what each tap sees times dy, added to what is there.
template <typename T>
struct ApartSums {
  const T* dy;
  T* to;
  int64_t x_step, count, channels;
  const T* const* tap;
};

template <typename V, int kTaps>
GRADTAPE_INLINE void sum_apart(const ApartSums<typename V::Scalar>& s, int64_t from, int64_t to, int64_t first, int64_t c, int64_t lanes) {
  using T = typename V::Scalar;
  V sum[kTaps];
  const T* x[kTaps];
  unroll<kTaps>([&](auto t) __attribute__((always_inline)) {
    sum[t.value] = load_lanes<V>(s.to + (first + t.value) * s.channels + c, lanes);
    x[t.value] = s.tap[first + t.value] + c;
  });
  const T* dy = s.dy + from * s.channels + c;
  for (int64_t i = from; i < to; i++, dy += s.channels) {
    const V g = load_lanes<V>(dy, lanes);
    unroll<kTaps>([&](auto t) __attribute__((always_inline)) {
      sum[t.value] = fmadd(load_lanes<V>(x[t.value] + i * s.x_step, lanes), g, sum[t.value]);
    });
  }
  unroll<kTaps>([&](auto t)
                    __attribute__((always_inline)) { store_lanes<V>(s.to + (first + t.value) * s.channels + c, sum[t.value], lanes); });
}

template <typename V>
void sum_taps_apart(const ApartSums<typename V::Scalar>& s, int64_t taps) {
  for (int64_t from = 0; from < s.count; from += kApartPixels) {
    const int64_t to = from + kApartPixels < s.count ? from + kApartPixels : s.count;
    for (int64_t c = 0; c < s.channels; c += V::kLanes) {
      const int64_t lanes = s.channels - c < V::kLanes ? s.channels - c : V::kLanes;
      int64_t t = 0;
      for (; t + 9 <= taps; t += 9) sum_apart<V, 9>(s, from, to, t, c, lanes);
      for (; t + 3 <= taps; t += 3) sum_apart<V, 3>(s, from, to, t, c, lanes);
      for (; t < taps; t++) sum_apart<V, 1>(s, from, to, t, c, lanes);
    }
  }
}

}  // namespace
}  // namespace gradtape::GRADTAPE_ISA
