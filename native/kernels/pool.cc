// Rows of maximum and average pooling and of their gradients: vectors run along the channels, and a window is a list of its pixels inside the image.
#include <string.h>

#include "core/pool.h"
#include "families.h"
#include "simd/simd.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

constexpr int kAxes = 3;
constexpr int64_t kPiece = 16384;                // results worth a thread
constexpr int64_t kManyTaps = 16;                // of larger windows each channel is placed by itself
constexpr int64_t kFarBytes = int64_t{4} << 20;  // images above this come from memory

int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

struct Side {
  int64_t in = 1, out = 1, size = 1, stride = 1, pad = 0, dilation = 1;
  bool inside(int64_t at) const { return at >= 0 && at < in; }
};

// The pixels of one window that lie in the image: where, from the image's first element, and their numbers in the window.
struct Window {
  int64_t count;
  int64_t* offset;
  int64_t* number;
};

struct Windows {
  Side side[kAxes];
  int64_t batch, channels, taps;

  // attrs: size, strides, pads (before and after, axis by axis), dilations.
  Windows(const Call& call, const View& x, const View& y) : batch(x.shape[0]), channels(x.shape[x.rank - 1]), taps(1) {
    const int32_t spatial = static_cast<int32_t>(call.attrs[0]), skip = kAxes - spatial;
    const double *size = call.attrs + 1, *strides = size + spatial + 1, *pads = strides + spatial + 1, *dilations = pads + 2 * spatial + 1;
    for (int32_t i = 0; i < spatial; i++) {
      Side& s = side[skip + i];
      s.size = static_cast<int64_t>(size[i]);
      s.stride = static_cast<int64_t>(strides[i]);
      s.pad = static_cast<int64_t>(pads[2 * i]);
      s.dilation = static_cast<int64_t>(dilations[i]);
      s.in = x.shape[1 + i];
      s.out = y.shape[1 + i];
      taps *= s.size;
    }
  }

  int64_t image() const { return side[0].in * side[1].in * side[2].in * channels; }
  int64_t rows() const { return side[0].out * side[1].out; }
  // Elements from a window to that below it, which is asked for meanwhile; 0 where images are near, or windows so large that they overlap.
  int64_t ahead(int64_t bytes) const {
    const Side& b = side[1];
    return batch * image() * bytes > kFarBytes && taps <= kManyTaps && b.stride >= b.size ? b.stride * side[2].in * channels : 0;
  }

  // Calls f(window, base, w) for every result of a row; the offsets of the window count from `base`.
  template <typename F>
  GRADTAPE_MEMBER void each(int64_t row, int64_t* memory, F f) const {
    const Side& s = side[2];
    Window window{0, memory, memory + taps};
    bool whole = false;
    for (int64_t w = 0; w < s.out; w++) {
      const int64_t first = w * s.stride - s.pad;
      const bool inside = first >= 0 && first + (s.size - 1) * s.dilation < s.in;
      if (!inside || !whole) list(row / side[1].out, row % side[1].out, first, window);
      whole = inside;
      f(window, first * channels, w);
    }
  }

 private:
  void list(int64_t d, int64_t h, int64_t w0, Window& window) const {
    const Side *a = &side[0], *b = &side[1], *c = &side[2];
    window.count = 0;
    for (int64_t i = 0; i < a->size; i++) {
      const int64_t at_d = d * a->stride - a->pad + i * a->dilation;
      if (!a->inside(at_d)) continue;
      for (int64_t j = 0; j < b->size; j++) {
        const int64_t at_h = h * b->stride - b->pad + j * b->dilation;
        if (!b->inside(at_h)) continue;
        for (int64_t k = 0; k < c->size; k++) {
          if (!c->inside(w0 + k * c->dilation)) continue;
          window.offset[window.count] = ((at_d * b->in + at_h) * c->in + k * c->dilation) * channels;
          window.number[window.count++] = (i * b->size + j) * c->size + k;
        }
      }
    }
  }
};

GRADTAPE_INLINE F32 take(const float* p, int64_t n) { return n == F32::kLanes ? F32::load(p) : F32::load_partial(p, n); }
GRADTAPE_INLINE F64 take(const double* p, int64_t n) { return n == F64::kLanes ? F64::load(p) : F64::load_partial(p, n); }
template <typename V>
GRADTAPE_INLINE void put(typename V::Scalar* p, V v, int64_t n) {
  if (n == V::kLanes) {
    store(p, v);
  } else {
    store_partial(p, v, n);
  }
}

// Numbers of pixels, which vectors hold as fractions.
template <typename V, typename I>
GRADTAPE_INLINE void put_numbers(I* to, V numbers, int64_t n) {
  if constexpr (sizeof(I) == 1 && sizeof(typename V::Scalar) == 4) {
    if (n == V::kLanes) return store_u8(to, round_to_int(numbers));
  }
  typename V::Scalar each[V::kLanes];
  store(each, numbers);
  for (int64_t i = 0; i < n; i++) to[i] = static_cast<I>(each[i]);
}
template <typename V, typename I>
GRADTAPE_INLINE V take_numbers(const I* from, int64_t n) {
  if constexpr (sizeof(I) == 1 && sizeof(typename V::Scalar) == 4) {
    if (n == V::kLanes) return to_float(I32::load_u8(from));
  }
  typename V::Scalar each[V::kLanes];
  for (int64_t i = 0; i < V::kLanes; i++) each[i] = i < n ? static_cast<typename V::Scalar>(from[i]) : 0;
  return V::load(each);
}

// What every job knows. Those that read images run over rows of results, those that write them over images and blocks of channels.
template <typename V>
struct Job {
  using T = typename V::Scalar;
  const Call& call;
  Windows windows;
  int64_t group = 1;   // rows of results a chunk
  int64_t blocks = 1;  // of channels
  int failed = 0;

  int64_t* memory() {
    void* const data = scratch(Scratch::kernel, 2 * windows.taps * static_cast<int64_t>(sizeof(int64_t)));
    if (data == nullptr) __atomic_store_n(&failed, 1, __ATOMIC_RELAXED);
    return static_cast<int64_t*>(data);
  }
  void finish() const {
    if (failed != 0) call.fail("pool: no working memory");
  }

  // f(image, row of results, memory) for the rows of a chunk.
  template <typename F>
  GRADTAPE_MEMBER void rows(int64_t chunk, F f) {
    int64_t* const list = memory();
    if (list == nullptr) return;
    const int64_t end = smaller((chunk + 1) * group, windows.batch * windows.rows());
    for (int64_t i = chunk * group; i < end; i++) f(i / windows.rows(), i % windows.rows(), list);
  }
  void run_rows(void (*f)(void*, int64_t)) {
    const int64_t count = windows.batch * windows.rows(), one = windows.side[2].out * windows.channels * smaller(windows.taps, 64);
    group = 1 + kPiece / (one > 0 ? one : 1);
    parallel_for((count + group - 1) / group, f, this);
    finish();
  }

  // f(image, row of results, first channel, last channel, memory) for all rows of an image.
  template <typename F>
  GRADTAPE_MEMBER void image(int64_t chunk, T* dx, F f) {
    int64_t* const list = memory();
    if (list == nullptr) return;
    const int64_t n = chunk / blocks, vectors = (windows.channels + V::kLanes - 1) / V::kLanes;
    const int64_t from = vectors * (chunk % blocks) / blocks * V::kLanes;
    const int64_t to = smaller(windows.channels, vectors * (chunk % blocks + 1) / blocks * V::kLanes);
    T* const image = dx + n * windows.image();
    const int64_t step = blocks == 1 ? windows.image() : windows.channels, wide = blocks == 1 ? windows.image() : to - from;
    for (int64_t at = 0; at < windows.image(); at += step) memset(image + at + from, 0, static_cast<size_t>(wide) * sizeof(T));
    for (int64_t row = 0; row < windows.rows(); row++) f(image, n * windows.rows() + row, row, from, to, list);
  }
  void run_images(void (*f)(void*, int64_t)) {
    const int64_t vectors = (windows.channels + V::kLanes - 1) / V::kLanes, few = (2 * thread_count() + windows.batch - 1) / windows.batch;
    const bool small = call.inputs[0].size * windows.taps < kPiece;
    blocks = small ? 1 : smaller(vectors, few);
    if (small) {
      for (int64_t i = 0; i < windows.batch; i++) f(this, i);
    } else {
      parallel_for(windows.batch * blocks, f, this);
    }
    finish();
  }
};

template <typename V, typename I>
struct Max {
  using T = typename V::Scalar;

  static void forward(void* context, int64_t chunk) {
    Job<V>& job = *static_cast<Job<V>*>(context);
    const Windows& windows = job.windows;
    const T* const x = static_cast<const T*>(job.call.inputs[0].data);
    T* const y = static_cast<T*>(job.call.outputs[0].data);
    I* const numbers = static_cast<I*>(job.call.outputs[1].data);
    const int64_t channels = windows.channels, ahead = windows.ahead(sizeof(T));
    job.rows(chunk, [&](int64_t n, int64_t row, int64_t* list) {
      const int64_t start = (n * windows.rows() + row) * windows.side[2].out * channels;
      windows.each(row, list, [&](const Window& window, int64_t base, int64_t w) {
        const T* const from = x + n * windows.image() + base;
        const int64_t at = start + w * channels;
        for (int64_t c = 0; c < channels; c += V::kLanes) {
          const int64_t lanes = smaller(V::kLanes, channels - c);
          if (ahead != 0) {
            for (int64_t t = 0; t < window.count; t++) prefetch(from + window.offset[t] + c + ahead);
          }
          V best = V::set1(static_cast<T>(-__builtin_inf())), number = V::zero();
          if (window.count > 0) {
            best = take(from + window.offset[0] + c, lanes);
            number = V::set1(static_cast<T>(window.number[0]));
          }
          for (int64_t t = 1; t < window.count; t++) {
            const V v = take(from + window.offset[t] + c, lanes);
            const auto wins = (!le(v, best)) & eq(best, best);  // the first NaN stays
            best = select(wins, v, best);
            number = select(wins, V::set1(static_cast<T>(window.number[t])), number);
          }
          put(y + at + c, best, lanes);
          put_numbers(numbers + at + c, number, lanes);
        }
      });
    });
  }

  static void backward(void* context, int64_t chunk) {
    Job<V>& job = *static_cast<Job<V>*>(context);
    const Windows& windows = job.windows;
    const T* const dy = static_cast<const T*>(job.call.inputs[0].data);
    const I* const numbers = static_cast<const I*>(job.call.inputs[1].data);
    const int64_t channels = windows.channels;
    job.image(chunk, static_cast<T*>(job.call.outputs[0].data),
              [&](T* image, int64_t result, int64_t row, int64_t first, int64_t last, int64_t* list) {
                const int64_t start = result * windows.side[2].out * channels;
                windows.each(row, list, [&](const Window& window, int64_t base, int64_t w) {
                  T* const to = image + base;
                  const int64_t at = start + w * channels;
                  if (windows.taps > kManyTaps) {
                    for (int64_t c = first; c < last; c++) {
                      for (int64_t t = 0; t < window.count; t++) {
                        if (window.number[t] != static_cast<int64_t>(numbers[at + c])) continue;
                        to[window.offset[t] + c] += dy[at + c];
                        break;
                      }
                    }
                    return;
                  }
                  for (int64_t c = first; c < last; c += V::kLanes) {
                    const int64_t lanes = smaller(V::kLanes, last - c);
                    const V g = take(dy + at + c, lanes), number = take_numbers<V>(numbers + at + c, lanes);
                    for (int64_t t = 0; t < window.count; t++) {
                      T* const place = to + window.offset[t] + c;
                      const auto mine = eq(number, V::set1(static_cast<T>(window.number[t])));
                      put(place, take(place, lanes) + select(mine, g, V::zero()), lanes);
                    }
                  }
                });
              });
  }

  static void pick(void* context, int64_t chunk) {
    Job<V>& job = *static_cast<Job<V>*>(context);
    const Windows& windows = job.windows;
    const T* const x = static_cast<const T*>(job.call.inputs[0].data);
    const I* const numbers = static_cast<const I*>(job.call.inputs[1].data);
    T* const y = static_cast<T*>(job.call.outputs[0].data);
    const int64_t channels = windows.channels;
    job.rows(chunk, [&](int64_t n, int64_t row, int64_t* list) {
      const int64_t start = (n * windows.rows() + row) * windows.side[2].out * channels;
      windows.each(row, list, [&](const Window& window, int64_t base, int64_t w) {
        const T* const from = x + n * windows.image() + base;
        const int64_t at = start + w * channels;
        for (int64_t c = 0; c < channels; c++) {
          y[at + c] = 0;
          for (int64_t t = 0; t < window.count; t++) {
            if (window.number[t] == static_cast<int64_t>(numbers[at + c])) y[at + c] = from[window.offset[t] + c];
          }
        }
      });
    });
  }
};

template <typename V>
struct Average {
  using T = typename V::Scalar;

  static void forward(void* context, int64_t chunk) {
    Job<V>& job = *static_cast<Job<V>*>(context);
    const Windows& windows = job.windows;
    const T* const x = static_cast<const T*>(job.call.inputs[0].data);
    T* const y = static_cast<T*>(job.call.outputs[0].data);
    const int64_t channels = windows.channels;
    job.rows(chunk, [&](int64_t n, int64_t row, int64_t* list) {
      T* const start = y + (n * windows.rows() + row) * windows.side[2].out * channels;
      windows.each(row, list, [&](const Window& window, int64_t base, int64_t w) {
        const T* const from = x + n * windows.image() + base;
        const V count = V::set1(static_cast<T>(window.count > 0 ? window.count : 1));
        for (int64_t c = 0; c < channels; c += V::kLanes) {
          const int64_t lanes = smaller(V::kLanes, channels - c);
          V sum = V::zero();
          for (int64_t t = 0; t < window.count; t++) sum = sum + take(from + window.offset[t] + c, lanes);
          put(start + w * channels + c, sum / count, lanes);
        }
      });
    });
  }

  static void backward(void* context, int64_t chunk) {
    Job<V>& job = *static_cast<Job<V>*>(context);
    const Windows& windows = job.windows;
    const T* const dy = static_cast<const T*>(job.call.inputs[0].data);
    const int64_t channels = windows.channels;
    job.image(chunk, static_cast<T*>(job.call.outputs[0].data),
              [&](T* image, int64_t result, int64_t row, int64_t first, int64_t last, int64_t* list) {
                const T* const start = dy + result * windows.side[2].out * channels;
                windows.each(row, list, [&](const Window& window, int64_t base, int64_t w) {
                  const V count = V::set1(static_cast<T>(window.count > 0 ? window.count : 1));
                  for (int64_t c = first; c < last; c += V::kLanes) {
                    const int64_t lanes = smaller(V::kLanes, last - c);
                    const V g = take(start + w * channels + c, lanes) / count;
                    for (int64_t t = 0; t < window.count; t++) {
                      T* const place = image + base + window.offset[t] + c;
                      put(place, take(place, lanes) + g, lanes);
                    }
                  }
                });
              });
  }
};

using Chunk = void (*)(void*, int64_t);

// The job over rows, or over images, for either floating type.
template <bool kImages>
void run(const Call& call, Chunk floats, Chunk doubles) {
  if (call.outputs[0].size == 0) return;
  const View& x = kImages ? call.outputs[0] : call.inputs[0];
  const View& y = kImages ? call.inputs[0] : call.outputs[0];
  const auto go = [&](auto job, Chunk chunk) {
    if constexpr (kImages) {
      job.run_images(chunk);
    } else {
      job.run_rows(chunk);
    }
  };
  if (x.dtype == DType::float32) return go(Job<F32>{call, Windows(call, x, y)}, floats);
  if (x.dtype == DType::float64) return go(Job<F64>{call, Windows(call, x, y)}, doubles);
  call.fail("pool: no pooling of elements of type %d", static_cast<int>(x.dtype));
}

// Numbers are bytes where the window is small; the dtype tells.
void max_pool(const Call& call) {
  if (call.outputs[1].dtype == DType::uint8) return run<false>(call, Max<F32, uint8_t>::forward, Max<F64, uint8_t>::forward);
  run<false>(call, Max<F32, int32_t>::forward, Max<F64, int32_t>::forward);
}
void max_pool_backprop(const Call& call) {
  if (call.inputs[1].dtype == DType::uint8) return run<true>(call, Max<F32, uint8_t>::backward, Max<F64, uint8_t>::backward);
  run<true>(call, Max<F32, int32_t>::backward, Max<F64, int32_t>::backward);
}
void max_pool_pick(const Call& call) {
  if (call.inputs[1].dtype == DType::uint8) return run<false>(call, Max<F32, uint8_t>::pick, Max<F64, uint8_t>::pick);
  run<false>(call, Max<F32, int32_t>::pick, Max<F64, int32_t>::pick);
}
void avg_pool(const Call& call) { run<false>(call, Average<F32>::forward, Average<F64>::forward); }
void avg_pool_backprop(const Call& call) { run<true>(call, Average<F32>::backward, Average<F64>::backward); }

constexpr Row kRows[] = {{"maxPool", max_pool},
                         {"maxPoolBackprop", max_pool_backprop},
                         {"maxPoolPick", max_pool_pick},
                         {"avgPool", avg_pool},
                         {"avgPoolBackprop", avg_pool_backprop}};

}  // namespace

Table pool_table() { return {kRows, 5}; }

}  // namespace gradtape::GRADTAPE_ISA
