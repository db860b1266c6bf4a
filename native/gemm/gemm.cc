// The blocked matrix product: strips of B are packed into the first-level cache, blocks of A into the second, C stays in registers.
#include "gemm.h"

#include "block.h"
#include "core/pool.h"
#include "dot.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

constexpr double kSerialWork = 64.0 * 64.0 * 64.0;  // below, waking a thread costs more than it brings

int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

// C cut into `rows` by `columns` pieces, each computed whole by one thread.
struct Grid {
  int64_t rows, columns, row_step, column_step;
};

// The grid with the shortest time on `threads` threads, counting whole tiles and what every piece packs for itself.
template <typename V>
Grid choose_grid(int64_t m, int64_t n, int64_t copies, int threads) {
  const int64_t width = V::kLanes * vectors_for(m < kTileRows ? m : kTileRows);
  Grid best{1, 1, m, n};
  double best_time = 1e300;
  for (int64_t rows = 1; rows <= smaller(threads, ceil_div(m, kTileRows)); rows++) {
    for (int64_t columns = 1; columns <= smaller(2 * threads, ceil_div(n, width)); columns++) {
      const int64_t row_step = ceil_div(ceil_div(m, rows), kTileRows) * kTileRows;
      const int64_t column_step = ceil_div(ceil_div(n, columns), width) * width;
      const double h = static_cast<double>(smaller(row_step, m)), w = static_cast<double>(smaller(column_step, n));
      const int64_t rounds = ceil_div(ceil_div(m, row_step) * ceil_div(n, column_step) * copies, threads);
      const double time = static_cast<double>(rounds) * (h * w + h + 6.0 * w + 200.0);
      if (time < best_time) {
        best_time = time;
        best = {ceil_div(m, row_step), ceil_div(n, column_step), row_step, column_step};
      }
    }
  }
  return best;
}

template <typename V>
void multiply_here(const Gemm<typename V::Scalar>& product, bool by_dots) {
  if (by_dots) {
    multiply_dot<V>(product);
  } else {
    Block<V>(product).multiply();
  }
}

// A batch of products on several threads: a chunk is a piece of one product, or several whole ones.
template <typename V>
struct Job {
  using T = typename V::Scalar;
  const Gemm<T>& first;
  void (*move)(const void*, int64_t, Gemm<T>&);
  const void* context;
  int64_t count;
  Grid grid;
  int64_t group;  // products a chunk, when a product is one piece
  bool by_dots;

  static void run_chunk(void* self, int64_t chunk) {
    const Job& job = *static_cast<const Job*>(self);
    const int64_t pieces = job.grid.rows * job.grid.columns;
    if (pieces == 1) {
      const int64_t end = smaller(job.count, (chunk + 1) * job.group);
      for (int64_t i = chunk * job.group; i < end; i++) {
        Gemm<T> product = job.first;
        if (job.move != nullptr) job.move(job.context, i, product);
        multiply_here<V>(product, job.by_dots);
      }
      return;
    }
    Gemm<T> product = job.first;
    if (job.move != nullptr) job.move(job.context, chunk / pieces, product);
    const int64_t i = chunk % pieces / job.grid.columns * job.grid.row_step;
    const int64_t j = chunk % pieces % job.grid.columns * job.grid.column_step;
    product.m = smaller(job.grid.row_step, product.m - i);
    product.n = smaller(job.grid.column_step, product.n - j);
    product.a += i * product.a_row;
    product.b += j * product.b_col;
    product.c += i * product.c_row + j;
    if (product.bias != nullptr) product.bias += j;
    multiply_here<V>(product, job.by_dots);
  }
};

template <typename V>
void run(const Gemm<typename V::Scalar>& first, int64_t count, void (*move)(const void*, int64_t, Gemm<typename V::Scalar>&),
         const void* context) {
  if (first.m <= 0 || first.n <= 0 || count <= 0) return;
  const bool by_dots = prefers_dot(first);
  const double work = static_cast<double>(first.m) * static_cast<double>(first.n) * static_cast<double>(first.k * count);
  const int threads = work <= kSerialWork ? 1 : thread_count();
  if (threads == 1 && move == nullptr) return multiply_here<V>(first, by_dots);
  Job<V> job{first, move, context, count, {1, 1, first.m, first.n}, 1, by_dots};
  if (threads == 1 || count >= 4 * threads) {
    job.group = threads == 1 ? count : ceil_div(count, 8 * threads);
    parallel_for(threads == 1 ? 1 : ceil_div(count, job.group), Job<V>::run_chunk, &job);
  } else {
    job.grid = choose_grid<V>(first.m, first.n, count, threads);
    parallel_for(job.grid.rows * job.grid.columns * count, Job<V>::run_chunk, &job);
  }
}

// The product transposed, where that lets vectors run along a long side of what would otherwise be narrow: into memory of our own, and
// from there into C. False when it is no better or there is no memory.
template <typename V>
bool run_transposed(const Gemm<typename V::Scalar>& g) {
  using T = typename V::Scalar;
  if (g.n >= V::kLanes || g.m < 2 * V::kLanes || g.a_row != 1 || g.a_col == 1 || g.k < 8) return false;
  if (g.n == 1 && g.c_row == 1 && g.bias == nullptr) {  // a column lies in memory as its row does
    run<V>({1, g.m, g.k, g.b, g.b_col, g.b_row, g.a, g.a_col, g.a_row, g.c, g.m, g.accumulate, nullptr, g.activation, g.leaky_slope}, 1,
           nullptr, nullptr);
    return true;
  }
  constexpr int64_t kLanes = V::kLanes;
  // Whole vectors of rows and columns, so that blocks can be turned back without looking where they end.
  const int64_t row = ceil_div(g.m, kLanes) * kLanes;
  T* const turned = static_cast<T*>(scratch(Scratch::gemm_c, kLanes * row * static_cast<int64_t>(sizeof(T))));
  if (turned == nullptr) return false;
  run<V>({g.n, g.m, g.k, g.b, g.b_col, g.b_row, g.a, g.a_col, g.a_row, turned, row}, 1, nullptr, nullptr);
  const V bias = g.bias != nullptr ? V::load_partial(g.bias, g.n) : V::zero();
  for (int64_t i = 0; i < g.m; i += kLanes) {
    alignas(64) T block[kLanes * kLanes];
    pack_columns<V>(turned + i, 1, row, kLanes, g.n, kLanes, block);
    for (int64_t r = 0; r < kLanes && i + r < g.m; r++) {
      T* const c = g.c + (i + r) * g.c_row;
      V sum = V::load(block + r * kLanes);
      if (g.accumulate) sum = V::load_partial(c, g.n) + sum;
      if (g.bias != nullptr) sum = sum + bias;
      store_partial(c, sum, g.n);
      if (g.activation != Activation::linear) activate(c, g.n, g.activation, g.leaky_slope);
    }
  }
  return true;
}

}  // namespace

void gemm(const Gemm<float>& product) {
  if (!run_transposed<F32>(product)) run<F32>(product, 1, nullptr, nullptr);
}
void gemm(const Gemm<double>& product) {
  if (!run_transposed<F64>(product)) run<F64>(product, 1, nullptr, nullptr);
}

void gemm_batch(const Gemm<float>& first, int64_t count, void (*move)(const void*, int64_t, Gemm<float>&), const void* context) {
  run<F32>(first, count, move, context);
}
void gemm_batch(const Gemm<double>& first, int64_t count, void (*move)(const void*, int64_t, Gemm<double>&), const void* context) {
  run<F64>(first, count, move, context);
}

}  // namespace gradtape::GRADTAPE_ISA
