// Rows gru and gruGradient: as an LSTM, with a product that the reset gate multiplies kept apart.
#include "families.h"
#include "recurrent.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

// A row of update gate, reset gate and content before their activations, the last without what the reset gate multiplies, which comes fourth, becomes one after them; the next state beside it.
template <typename T>
void step_forward(T* z, const T* before, T* state, int64_t units) {
  using L = Lanes<T>;
  for_lanes<T>(
      units, [&](int64_t i, int64_t n) __attribute__((always_inline)) {
        const auto update = Sigmoid::of(L::load(z + i, n)), reset = Sigmoid::of(L::load(z + units + i, n));
        const auto content = Tanh::of(L::load(z + 2 * units + i, n) + reset * L::load(z + 3 * units + i, n));
        L::put(z + i, update, n);
        L::put(z + units + i, reset, n);
        L::put(z + 2 * units + i, content, n);
        L::put(state + i, content + update * (L::load(before + i, n) - content), n);
      });
}

// inputs x, kernel, recurrent kernel, h, and the biases of both products if attrs say so; outputs states, the last, gates.
template <typename T>
void forward(const Call& call) {
  const View* in = call.inputs;
  const View* out = call.outputs;
  const int64_t steps = in[0].shape[0], batch = in[0].shape[1], features = in[0].shape[2], units = in[3].shape[1];
  const bool biased = call.attrs[0] != 0;
  const T* const bias = biased ? static_cast<const T*>(in[4].data) : nullptr;
  const T* const state_bias = biased ? static_cast<const T*>(in[5].data) : nullptr;
  const T* const x = static_cast<const T*>(in[0].data);
  T* const ys = static_cast<T*>(out[0].data);
  T* const gates = static_cast<T*>(out[2].data);
  const double work = static_cast<double>(steps * batch) * static_cast<double>(3 * units * (features + units));
  for_rows(batch, work, [&](int64_t from, int64_t to) {
    const int64_t rows = to - from;
    const T* state = static_cast<const T*>(in[3].data) + from * units;
    Gemm<T> with_x = rows_product(x, static_cast<const T*>(in[1].data), gates, rows, 3 * units, features);
    with_x.c_row = 4 * units;
    with_x.bias = bias;
    Gemm<T> with_state = rows_product(state, static_cast<const T*>(in[2].data), gates, rows, 2 * units, units);
    with_state.b_row = 3 * units;
    with_state.c_row = 4 * units;
    with_state.accumulate = true;
    with_state.bias = state_bias;
    for (int64_t t = 0; t < steps; t++) {
      const int64_t at = t * batch + from;
      T* const z = gates + 4 * at * units;
      with_x.a = x + at * features;
      with_x.c = z;
      gemm(with_x);
      with_state.a = state;
      with_state.c = z;
      gemm(with_state);
      Gemm<T> apart = with_state;
      apart.b += 2 * units;
      apart.c += 3 * units;
      apart.n = units;
      apart.accumulate = false;
      if (biased) apart.bias += 2 * units;
      gemm(apart);
      for (int64_t r = 0; r < rows; r++) step_forward(z + 4 * r * units, state + r * units, ys + (at + r) * units, units);
      state = ys + at * units;
    }
    T* const last = static_cast<T*>(out[1].data) + from * units;
    copy(last, state, rows * units);
  });
}

// What flows to both products of a row, from what flows to its state, of which what goes past the products stays.
template <typename T>
void step_back(const T* gates, const T* before, const T* dy, T* dh, T* dz, T* d_state, int64_t units) {
  using L = Lanes<T>;
  for_lanes<T>(
      units, [&](int64_t i, int64_t n) __attribute__((always_inline)) {
        const auto one = L::one();
        const auto update = L::load(gates + i, n), reset = L::load(gates + units + i, n);
        const auto content = L::load(gates + 2 * units + i, n), shown = L::load(gates + 3 * units + i, n);
        auto flow = L::load(dh + i, n);
        if (dy != nullptr) flow = flow + L::load(dy + i, n);
        const auto to_update = flow * (L::load(before + i, n) - content) * update * (one - update);
        const auto to_content = flow * (one - update) * (one - content * content);
        const auto to_reset = to_content * shown * reset * (one - reset);
        L::put(dz + i, to_update, n);
        L::put(dz + units + i, to_reset, n);
        L::put(dz + 2 * units + i, to_content, n);
        L::put(d_state + i, to_update, n);
        L::put(d_state + units + i, to_reset, n);
        L::put(d_state + 2 * units + i, to_content * reset, n);
        L::put(dh + i, flow * update, n);
      });
}

// inputs states and gates, those of gru, then the gradients that attrs say there are: of all states, of the last; outputs what flows to the product with x, to the one with the state, and to h.
template <typename T>
void backward(const Call& call) {
  const View* in = call.inputs;
  const int64_t steps = in[2].shape[0], batch = in[2].shape[1], units = in[5].shape[1];
  const T* const ys = static_cast<const T*>(in[0].data);
  const T* const gates = static_cast<const T*>(in[1].data);
  const T* const first = static_cast<const T*>(in[5].data);
  const T* flows[2] = {};
  for (int i = 0, next = call.attrs[0] != 0 ? 8 : 6; i < 2; i++) {
    if (call.attrs[i + 1] != 0) flows[i] = static_cast<const T*>(in[next++].data);
  }
  T* const dz = static_cast<T*>(call.outputs[0].data);
  T* const d_state = static_cast<T*>(call.outputs[1].data);
  const T* const recurrent = turned(static_cast<const T*>(in[4].data), units, 3 * units);
  if (recurrent == nullptr) return call.fail("native: out of memory");
  const double work = static_cast<double>(steps * batch) * static_cast<double>(3 * units * units);
  for_rows(batch, work, [&](int64_t from, int64_t to) {
    const int64_t rows = to - from;
    T* const dh = static_cast<T*>(call.outputs[2].data) + from * units;
    for (int64_t i = 0; i < rows * units; i++) dh[i] = flows[1] != nullptr ? flows[1][from * units + i] : 0;
    for (int64_t t = steps - 1; t >= 0; t--) {
      const int64_t at = t * batch + from;
      const T* const before = t > 0 ? ys + (at - batch) * units : first + from * units;
      for (int64_t r = 0; r < rows; r++) {
        const int64_t row = (at + r) * units;
        step_back(gates + 4 * row, before + r * units, flows[0] != nullptr ? flows[0] + row : nullptr, dh + r * units, dz + 3 * row,
                  d_state + 3 * row, units);
      }
      Gemm<T> product = rows_product(d_state + 3 * at * units, recurrent, dh, rows, units, 3 * units);
      product.accumulate = true;
      gemm(product);
    }
  });
}

void gru(const Call& call) {
  if (call.inputs[0].dtype == DType::float64) return forward<double>(call);
  forward<float>(call);
}

void gru_gradient(const Call& call) {
  if (call.inputs[0].dtype == DType::float64) return backward<double>(call);
  backward<float>(call);
}

constexpr Row kRows[] = {{"gru", gru}, {"gruGradient", gru_gradient}};

}  // namespace

Table gru_table() { return {kRows, sizeof kRows / sizeof kRows[0]}; }

}  // namespace gradtape::GRADTAPE_ISA
