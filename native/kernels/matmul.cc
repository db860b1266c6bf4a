// Rows matMul and fusedMatMul: operands and batch dimensions turned into matrix products.
#include "matmul.h"

#include "core/pool.h"
#include "gemm/gemm.h"
#include "simd/simd.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

// Where the matrices of a batch lie: one offset a dimension, 0 where the operand is broadcast.
struct Batch {
  int32_t rank;
  int64_t count;
  int64_t shape[kMaxRank], a_step[kMaxRank], b_step[kMaxRank];
  int64_t c_step;

  void offsets(int64_t i, int64_t& a, int64_t& b) const {
    a = b = 0;
    for (int32_t d = rank - 1; d >= 0; d--) {
      const int64_t at = i % shape[d];
      i /= shape[d];
      a += at * a_step[d];
      b += at * b_step[d];
    }
  }
};

struct Product {
  int64_t m, n, k;
  bool transpose_a, transpose_b;
  Batch batch;
};

// Steps through the leading dimensions of `operand`, aligned at the end with those of the result; gives how many there are.
int64_t fill_steps(const View& operand, const View& result, int64_t matrix, int64_t* step) {
  int64_t stride = matrix;
  for (int32_t d = result.rank - 3; d >= 0; d--) {
    const int32_t own = d - (result.rank - operand.rank);
    const int64_t size = own >= 0 ? operand.shape[own] : 1;
    step[d] = size == 1 ? 0 : stride;
    stride *= size;
  }
  return stride / (matrix > 0 ? matrix : 1);
}

Product read_product(const Call& call) {
  const View& a = call.inputs[0];
  const View& b = call.inputs[1];
  const View& c = call.outputs[0];
  Product p{};
  p.transpose_a = call.attrs[0] != 0;
  p.transpose_b = call.attrs[1] != 0;
  p.m = c.shape[c.rank - 2];
  p.n = c.shape[c.rank - 1];
  p.k = a.shape[a.rank - (p.transpose_a ? 2 : 1)];
  Batch& batch = p.batch;
  batch.rank = c.rank - 2;
  batch.count = 1;
  for (int32_t d = 0; d < batch.rank; d++) {
    batch.shape[d] = c.shape[d];
    batch.count *= c.shape[d];
  }
  batch.c_step = p.m * p.n;
  const int64_t a_count = fill_steps(a, c, p.m * p.k, batch.a_step), b_count = fill_steps(b, c, p.k * p.n, batch.b_step);
  if (b_count == 1 && a_count == batch.count && !p.transpose_a) {  // one matrix for all: their rows make one tall product
    p.m *= batch.count;
    batch.count = 1;
    batch.rank = 0;
  }
  return p;
}

template <typename T>
struct Move {
  const Batch* batch;
  static void to(const void* context, int64_t i, Gemm<T>& g) {
    const Batch& batch = *static_cast<const Batch*>(context);
    int64_t a, b;
    batch.offsets(i, a, b);
    g.a += a;
    g.b += b;
    g.c += i * batch.c_step;
  }
};

template <typename T>
void multiply(const Call& call, const Product& p, const void* bias, Activation activation, double leaky_slope) {
  Gemm<T> g{};
  g.m = p.m;
  g.n = p.n;
  g.k = p.k;
  g.a = static_cast<const T*>(call.inputs[0].data);
  g.a_row = p.transpose_a ? 1 : p.k;
  g.a_col = p.transpose_a ? p.m : 1;
  g.b = static_cast<const T*>(call.inputs[1].data);
  g.b_row = p.transpose_b ? 1 : p.n;
  g.b_col = p.transpose_b ? p.k : 1;
  g.c = static_cast<T*>(call.outputs[0].data);
  g.c_row = p.n;
  g.bias = static_cast<const T*>(bias);
  g.activation = activation;
  g.leaky_slope = leaky_slope;
  if (p.batch.count == 1) {
    gemm(g);
  } else {
    gemm_batch(g, p.batch.count, Move<T>::to, &p.batch);
  }
}

// Integers wrap around; they are rare, so a plain loop over rows of B does.
struct IntJob {
  const Product* product;
  const int32_t *a, *b, *bias;
  int32_t* c;
  bool relu;

  static void row(void* self, int64_t chunk) {
    const IntJob& job = *static_cast<const IntJob*>(self);
    const Product& p = *job.product;
    const int64_t i = chunk % p.m;
    int64_t a_offset, b_offset;
    p.batch.offsets(chunk / p.m, a_offset, b_offset);
    const int32_t* a = job.a + a_offset + (p.transpose_a ? i : i * p.k);
    const int32_t* b = job.b + b_offset;
    const int64_t a_col = p.transpose_a ? p.m : 1;
    int32_t* c = job.c + chunk * p.n;
    for (int64_t j = 0; j < p.n; j++) c[j] = 0;
    if (p.transpose_b) {
      for (int64_t j = 0; j < p.n; j++) {
        uint32_t sum = 0;
        for (int64_t q = 0; q < p.k; q++) sum += static_cast<uint32_t>(a[q * a_col]) * static_cast<uint32_t>(b[j * p.k + q]);
        c[j] = static_cast<int32_t>(sum);
      }
    } else {
      for (int64_t q = 0; q < p.k; q++) {
        const I32 x = I32::set1(a[q * a_col]);
        const int32_t* from = b + q * p.n;
        int64_t j = 0;
        for (; j + I32::kLanes <= p.n; j += I32::kLanes) store(c + j, I32::load(c + j) + x * I32::load(from + j));
        if (j < p.n) {
          const int64_t rest = p.n - j;
          store_partial(c + j, I32::load_partial(c + j, rest) + x * I32::load_partial(from + j, rest), rest);
        }
      }
    }
    for (int64_t j = 0; j < p.n; j++) {
      if (job.bias != nullptr) c[j] = static_cast<int32_t>(static_cast<uint32_t>(c[j]) + static_cast<uint32_t>(job.bias[j]));
      if (job.relu && c[j] < 0) c[j] = 0;
    }
  }
};

void multiply_ints(const Call& call, const Product& p, const void* bias, bool relu) {
  IntJob job{&p,
             static_cast<const int32_t*>(call.inputs[0].data),
             static_cast<const int32_t*>(call.inputs[1].data),
             static_cast<const int32_t*>(bias),
             static_cast<int32_t*>(call.outputs[0].data),
             relu};
  const int64_t rows = p.batch.count * p.m;
  if (rows * p.n * p.k < 65536) {
    for (int64_t i = 0; i < rows; i++) IntJob::row(&job, i);
  } else {
    parallel_for(rows, IntJob::row, &job);
  }
}

void dispatch(const Call& call, const void* bias, Activation activation, double leaky_slope) {
  if (call.outputs[0].size == 0) return;
  const Product p = read_product(call);
  switch (call.inputs[0].dtype) {
    case DType::float32:
      return multiply<float>(call, p, bias, activation, leaky_slope);
    case DType::float64:
      return multiply<double>(call, p, bias, activation, leaky_slope);
    case DType::int32:
      return multiply_ints(call, p, bias, activation == Activation::relu);
    default:
      call.fail("matMul: no product of elements of type %d", static_cast<int>(call.inputs[0].dtype));
  }
}

void mat_mul(const Call& call) { dispatch(call, nullptr, Activation::linear, 0); }

// attrs: transposeA, transposeB, activation, leakyReluAlpha; a third input is the bias.
void fused_mat_mul(const Call& call) {
  const void* bias = call.input_count > 2 ? call.inputs[2].data : nullptr;
  dispatch(call, bias, static_cast<Activation>(static_cast<int32_t>(call.attrs[2])), call.attrs[3]);
}

constexpr Row kRows[] = {{"matMul", mat_mul}, {"fusedMatMul", fused_mat_mul}};

}  // namespace

Table matmul_table() { return {kRows, 2}; }

}  // namespace gradtape::GRADTAPE_ISA
