// The activations that a matrix product or a convolution can end in, on vectors.
#pragma once
#include "gemm.h"
#include "simd/math.h"

namespace gradtape::GRADTAPE_ISA {

GRADTAPE_INLINE F32 softplus(F32 x) { return max(x, F32::zero()) + log1p(exp(-abs(x))); }
GRADTAPE_INLINE F32 silu(F32 x) { return x * sigmoid(x); }
GRADTAPE_INLINE F32 elu(F32 x) { return select(lt(x, F32::zero()), expm1(x), x); }
GRADTAPE_INLINE F32 selu(F32 x) {
  const F32 scale = F32::set1(1.05070098735548049f);
  return scale * select(lt(x, F32::zero()), F32::set1(1.67326324235437728f) * expm1(x), x);
}
GRADTAPE_INLINE F32 relu6(F32 x) { return min_or_b(F32::set1(6.0f), relu(x)); }
GRADTAPE_INLINE F32 leaky_relu(F32 x, F32 slope) { return select(lt(x, F32::zero()), slope * x, x); }
// x times the normal distribution function, by erfc because 1 + erf loses what is left far below 0,
// and by its usual approximation (Hendrycks and Gimpel 2016).
GRADTAPE_INLINE F32 gelu(F32 x) { return F32::set1(0.5f) * x * erfc(x * F32::set1(-0.707106781186547524f)); }
// (1 + tanh(u)) / 2 is sigmoid(2 u), which keeps its digits where tanh is near -1.
GRADTAPE_INLINE F32 gelu_tanh(F32 x) { return x * sigmoid(F32::set1(1.59576912160573071f) * fmadd(F32::set1(0.044715f) * x * x, x, x)); }

}  // namespace gradtape::GRADTAPE_ISA
