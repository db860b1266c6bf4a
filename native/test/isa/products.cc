// Hands the tests' products to the matrix product of one instruction set.
#include "products.h"

#include "gemm/gemm.h"
#include "kernels/matmul.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

template <typename T>
void multiply(const AskedProduct<T>& p) {
  gemm(Gemm<T>{p.m, p.n, p.k, p.a, p.a_row, p.a_col, p.b, p.b_row, p.b_col, p.c, p.c_row, p.accumulate, p.bias,
               static_cast<Activation>(p.activation), p.leaky_slope});
}

}  // namespace

Products products() { return {multiply<float>, multiply<double>, matmul_table}; }

}  // namespace gradtape::GRADTAPE_ISA
