// Convolutions that keep channels apart: vectors run along the channels, and several results share what is read of the filter.
#pragma once
#include "image.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

constexpr int kApart = 4, kApartMost = F32::kLanes == 16 ? 8 : 4;  // results under way together, each of two vectors of channels
constexpr int64_t kApartPixels = 24;                               // whose part of a filter's gradient is summed before the next channels'

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
  int64_t ahead;  // from what the last tap meets to what is asked for meanwhile, 0 for nothing
  bool streams;
  Activation activation;
};

// The last vector has `lanes` channels.
template <typename V, int kResults, int kVectors>
GRADTAPE_INLINE void multiply_apart(const ApartRow<typename V::Scalar>& row, int64_t at, int64_t c, int64_t lanes) {
  using T = typename V::Scalar;
  const auto lanes_of = [&](int j) __attribute__((always_inline)) { return j + 1 < kVectors ? V::kLanes : lanes; };
  V sum[kResults][kVectors];
  unroll<kResults>([&](auto i) __attribute__((always_inline)) {
    unroll<kVectors>([&](auto j) __attribute__((always_inline)) { sum[i.value][j.value] = V::zero(); });
  });
  if (row.ahead != 0) {
    const T* const next = row.tap[row.taps - 1] + at * row.x_step + c + row.ahead;
    unroll<kResults>([&](auto i) __attribute__((always_inline)) {
      unroll<kVectors>([&](auto j) __attribute__((always_inline)) { prefetch(next + i.value * row.x_step + j.value * V::kLanes); });
    });
  }
  for (int64_t t = 0; t < row.taps; t++) {
    const T* const seen = row.tap[t] + at * row.x_step + c;
    V weight[kVectors];
    unroll<kVectors>([&](auto j) __attribute__((always_inline)) {
      weight[j.value] = load_lanes<V>(row.filter + row.weight[t] + c + j.value * V::kLanes, lanes_of(j.value));
    });
    unroll<kResults>([&](auto i) __attribute__((always_inline)) {
      unroll<kVectors>([&](auto j) __attribute__((always_inline)) {
        const V x = load_lanes<V>(seen + i.value * row.x_step + j.value * V::kLanes, lanes_of(j.value));
        sum[i.value][j.value] = fmadd(x, weight[j.value], sum[i.value][j.value]);
      });
    });
  }
  unroll<kResults>([&](auto i) __attribute__((always_inline)) {
    unroll<kVectors>([&](auto j) __attribute__((always_inline)) {
      const int64_t first = c + j.value * V::kLanes, inside = lanes_of(j.value);
      V y = sum[i.value][j.value];
      if (row.bias != nullptr) y = y + load_lanes<V>(row.bias + first, inside);
      if (row.activation == Activation::relu) y = relu(y);
      T* const to = row.y + (at + i.value) * row.y_step + first;
      if (row.streams) {
        stream(to, y);
      } else {
        store_lanes<V>(to, y, inside);
      }
    });
  });
}

template <typename V, int kResults>
GRADTAPE_INLINE void multiply_channels_apart(const ApartRow<typename V::Scalar>& row, int64_t at) {
  // Of one result as many channels as make up for the others.
  constexpr int kVectors = kResults == 1 ? 4 : 2, kWide = kVectors * V::kLanes;
  int64_t c = 0;
  for (; c + kWide <= row.channels; c += kWide) multiply_apart<V, kResults, kVectors>(row, at, c, V::kLanes);
  for (; c + V::kLanes <= row.channels; c += V::kLanes) multiply_apart<V, kResults, 1>(row, at, c, V::kLanes);
  if (c < row.channels) multiply_apart<V, kResults, 1>(row, at, c, row.channels - c);
}

// All channels of a few results, then of the next: pixels of many channels lie so far apart that a row of them would crowd out each other. The last
// few are computed together with some that are known already.
template <typename V>
void multiply_row_apart(const ApartRow<typename V::Scalar>& row) {
  int64_t at = 0;
  for (; at + kApartMost <= row.count; at += kApartMost) multiply_channels_apart<V, kApartMost>(row, at);
  if (kApartMost > kApart && row.count - at > kApart && row.count >= kApartMost) {
    return multiply_channels_apart<V, kApartMost>(row, row.count - kApartMost);
  }
  if (kApartMost > kApart && row.count - at >= kApart) {
    multiply_channels_apart<V, kApart>(row, at);
    at += kApart;
  }
  if (at < row.count && row.count >= kApart) return multiply_channels_apart<V, kApart>(row, row.count - kApart);
  for (; at < row.count; at++) multiply_channels_apart<V, 1>(row, at);
}

// The sums over results in a row of what each tap sees times dy, added to what is there.
template <typename T>
struct ApartSums {
  const T* dy;
  T* to;
  int64_t x_step, count, channels;
  const T* const* tap;
  int64_t ahead, dy_ahead;  // from what the last tap meets, and from dy, to what is asked for meanwhile, 0 for nothing
};

template <typename V, int kTaps, bool kAhead>
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
    if constexpr (kAhead) {
      prefetch(x[kTaps - 1] + i * s.x_step + s.ahead);
      prefetch(dy + s.dy_ahead);
    }
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
      for (; t + 9 <= taps; t += 9) {
        if (s.ahead != 0 && t + 9 == taps) {
          sum_apart<V, 9, true>(s, from, to, t, c, lanes);
        } else {
          sum_apart<V, 9, false>(s, from, to, t, c, lanes);
        }
      }
      for (; t + 3 <= taps; t += 3) sum_apart<V, 3, false>(s, from, to, t, c, lanes);
      for (; t < taps; t++) sum_apart<V, 1, false>(s, from, to, t, c, lanes);
    }
  }
}

}  // namespace
}  // namespace gradtape::GRADTAPE_ISA
