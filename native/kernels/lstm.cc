// Rows lstm and lstmGradient: rows of the batch go through all steps by themselves, each step a product with the input, one with the state, and one pass over the gates.
#include "families.h"
#include "recurrent.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

// A row of gates before their activations, input, forget, content and output, becomes one after them; the next cell state beside it, and the next hidden state in two places.
template <typename T>
void step_forward(T* z, const T* before, T* cell, T* hidden, T* carried, int64_t units) {
  using L = Lanes<T>;
  for_lanes<T>(
      units, [&](int64_t i, int64_t n) __attribute__((always_inline)) {
        const auto input = Sigmoid::of(L::load(z + i, n)), forget = Sigmoid::of(L::load(z + units + i, n));
        const auto content = Tanh::of(L::load(z + 2 * units + i, n)), output = Sigmoid::of(L::load(z + 3 * units + i, n));
        const auto next = forget * L::load(before + i, n) + input * content;
        L::put(z + i, input, n);
        L::put(z + units + i, forget, n);
        L::put(z + 2 * units + i, content, n);
        L::put(z + 3 * units + i, output, n);
        L::put(cell + i, next, n);
        const auto shown = output * Tanh::of(next);
        L::put(hidden + i, shown, n);
        L::put(carried + i, shown, n);
      });
}

// inputs x, kernel, recurrent kernel, h, c, and the bias if attrs say so; outputs hidden states, the last, the last cell state, cell states, gates.
template <typename T>
void forward(const Call& call) {
  const View* in = call.inputs;
  const View* out = call.outputs;
  const int64_t steps = in[0].shape[0], batch = in[0].shape[1], features = in[0].shape[2], units = in[3].shape[1];
  const T* const x = static_cast<const T*>(in[0].data);
  const T* const bias = call.attrs[0] != 0 ? static_cast<const T*>(in[5].data) : nullptr;
  T* const ys = static_cast<T*>(out[0].data);
  T* const cells = static_cast<T*>(out[3].data);
  T* const gates = static_cast<T*>(out[4].data);
  // Both kernels below each other, so that a step is one product with rows of input and state side by side, where there are enough rows to pay for the copy.
  constexpr int64_t kFewRows = 16;
  const bool joins = steps * batch >= kFewRows;
  const T* const kernel = static_cast<const T*>(in[1].data);
  const T* const recurrent = static_cast<const T*>(in[2].data);
  const int64_t columns = 4 * units, wide = features + units;
  T* const kernels = joins ? static_cast<T*>(scratch(Scratch::kernel, wide * columns * static_cast<int64_t>(sizeof(T)))) : nullptr;
  if (joins && kernels == nullptr) return call.fail("native: out of memory");
  if (joins) {
    copy(kernels, kernel, features * columns);
    copy(kernels + features * columns, recurrent, units * columns);
  }
  const double work = static_cast<double>(steps * batch) * static_cast<double>(columns * wide);
  for_rows(batch, work, [&](int64_t from, int64_t to) {
    const int64_t rows = to - from;
    T* const both = joins ? static_cast<T*>(scratch(Scratch::kernel_2, rows * wide * static_cast<int64_t>(sizeof(T)))) : nullptr;
    if (joins && both == nullptr) return call.fail("native: out of memory");
    const T* hidden = static_cast<const T*>(in[3].data) + from * units;
    const T* cell = static_cast<const T*>(in[4].data) + from * units;
    for (int64_t r = 0; joins && r < rows; r++) copy(both + r * wide + features, hidden + r * units, units);
    for (int64_t t = 0; t < steps; t++) {
      const int64_t at = t * batch + from;
      T* const z = gates + columns * at;
      T* const next = ys + at * units;
      for (int64_t r = 0; joins && r < rows; r++) copy(both + r * wide, x + (at + r) * features, features);
      Gemm<T> product = joins ? rows_product<T>(both, kernels, z, rows, columns, wide)
                              : rows_product(x + at * features, kernel, z, rows, columns, features);
      product.bias = bias;
      gemm(product);
      if (!joins) {
        product = rows_product(hidden, recurrent, z, rows, columns, units);
        product.accumulate = true;
        gemm(product);
      }
      for (int64_t r = 0; r < rows; r++) {
        step_forward(z + columns * r, cell + r * units, cells + (at + r) * units, next + r * units,
                     joins ? both + r * wide + features : next + r * units, units);
      }
      hidden = next;
      cell = cells + at * units;
    }
    T* const last = static_cast<T*>(out[1].data) + from * units;
    T* const last_cell = static_cast<T*>(out[2].data) + from * units;
    copy(last, hidden, rows * units);
    copy(last_cell, cell, rows * units);
  });
}

// What flows to the gates of a row, from what flows to its hidden state and cell state; the latter becomes that of the step before.
template <typename T>
void step_back(const T* gates, const T* cell, const T* before, const T* dy, const T* dh, T* dc, T* dz, int64_t units) {
  using L = Lanes<T>;
  for_lanes<T>(
      units, [&](int64_t i, int64_t n) __attribute__((always_inline)) {
        const auto one = L::one();
        const auto input = L::load(gates + i, n), forget = L::load(gates + units + i, n);
        const auto content = L::load(gates + 2 * units + i, n), output = L::load(gates + 3 * units + i, n);
        const auto shown = Tanh::of(L::load(cell + i, n));
        auto flow = L::load(dh + i, n);
        if (dy != nullptr) flow = flow + L::load(dy + i, n);
        const auto next = L::load(dc + i, n) + flow * output * (one - shown * shown);
        L::put(dz + i, next * content * input * (one - input), n);
        L::put(dz + units + i, next * L::load(before + i, n) * forget * (one - forget), n);
        L::put(dz + 2 * units + i, next * input * (one - content * content), n);
        L::put(dz + 3 * units + i, flow * shown * output * (one - output), n);
        L::put(dc + i, next * forget, n);
      });
}

// inputs gates and cell states, those of lstm, then the gradients that attrs say there are: of all hidden states, of the last, of the last cell state; outputs dz, dh, dc.
template <typename T>
void backward(const Call& call) {
  const View* in = call.inputs;
  const int64_t steps = in[2].shape[0], batch = in[2].shape[1], units = in[5].shape[1];
  const T* const gates = static_cast<const T*>(in[0].data);
  const T* const cells = static_cast<const T*>(in[1].data);
  const T* const first = static_cast<const T*>(in[6].data);
  const T* flows[3] = {};
  for (int i = 0, next = call.attrs[0] != 0 ? 8 : 7; i < 3; i++) {
    if (call.attrs[i + 1] != 0) flows[i] = static_cast<const T*>(in[next++].data);
  }
  T* const dz = static_cast<T*>(call.outputs[0].data);
  const T* const recurrent = turned(static_cast<const T*>(in[4].data), units, 4 * units);
  if (recurrent == nullptr) return call.fail("native: out of memory");
  const double work = static_cast<double>(steps * batch) * static_cast<double>(4 * units * units);
  for_rows(batch, work, [&](int64_t from, int64_t to) {
    const int64_t rows = to - from;
    T* const dh = static_cast<T*>(call.outputs[1].data) + from * units;
    T* const dc = static_cast<T*>(call.outputs[2].data) + from * units;
    for (int64_t i = 0; i < rows * units; i++) {
      dh[i] = flows[1] != nullptr ? flows[1][from * units + i] : 0;
      dc[i] = flows[2] != nullptr ? flows[2][from * units + i] : 0;
    }
    for (int64_t t = steps - 1; t >= 0; t--) {
      const int64_t at = t * batch + from;
      const T* const before = t > 0 ? cells + (at - batch) * units : first + from * units;
      for (int64_t r = 0; r < rows; r++) {
        const int64_t row = (at + r) * units;
        step_back(gates + 4 * row, cells + row, before + r * units, flows[0] != nullptr ? flows[0] + row : nullptr, dh + r * units,
                  dc + r * units, dz + 4 * row, units);
      }
      gemm(rows_product(dz + 4 * at * units, recurrent, dh, rows, units, 4 * units));
    }
  });
}

void lstm(const Call& call) {
  if (call.inputs[0].dtype == DType::float64) return forward<double>(call);
  forward<float>(call);
}

void lstm_gradient(const Call& call) {
  if (call.inputs[0].dtype == DType::float64) return backward<double>(call);
  backward<float>(call);
}

constexpr Row kRows[] = {{"lstm", lstm}, {"lstmGradient", lstm_gradient}};

}  // namespace

Table lstm_table() { return {kRows, sizeof kRows / sizeof kRows[0]}; }

}  // namespace gradtape::GRADTAPE_ISA
