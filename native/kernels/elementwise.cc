// Elementwise rows of one and of two inputs, in vectors where there are any for the dtype.
#include "families.h"
#include "functors.h"
#include "special.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

constexpr Row kRows[] = {
    {"add", binary<Add>},
    {"sub", binary<Sub>},
    {"mul", binary<Mul>},
    {"div", binary_float<Div>},
    {"maximum", binary<Maximum>},
    {"minimum", binary<Minimum>},
    {"squaredDifference", binary<SquaredDifference>},
    {"pow", binary<Pow>},
    {"neg", unary<Neg>},
    {"square", unary<Square>},
    {"abs", unary<Abs>},
    {"relu", unary<Relu>},
    {"sqrt", unary_float<Sqrt>},
    {"rsqrt", unary_float<Rsqrt>},
    {"reciprocal", unary_float<Reciprocal>},
    {"exp", unary_float<Exp>},
    {"expm1", unary_float<Expm1>},
    {"log", unary_float<Log>},
    {"log1p", unary_float<Log1p>},
    {"tanh", unary_float<Tanh>},
    {"sin", unary_float<Sin>},
    {"cos", unary_float<Cos>},
    {"tan", unary_float<Tan>},
    {"sinh", unary_float<Sinh>},
    {"cosh", unary_float<Cosh>},
    {"asin", unary_float<Asin>},
    {"acos", unary_float<Acos>},
    {"atan", unary_float<Atan>},
    {"erf", unary_float<Erf>},
    {"sigmoid", unary_float<Sigmoid>},
    {"erfc", unary_float<Erfc>},
    {"lgamma", unary_float<Lgamma>},
    {"digamma", unary_float<Digamma>},
    {"logaddexp", binary_float<LogAddExp>},
    {"bitwiseAnd", binary_whole<BitAnd>},
    {"bitwiseOr", binary_whole<BitOr>},
    {"bitwiseXor", binary_whole<BitXor>},
    {"bitwiseLeftShift", binary_whole<LeftShift>},
    {"bitwiseRightShift", binary_whole<RightShift>},
};

}  // namespace

Table elementwise_table() { return {kRows, sizeof kRows / sizeof kRows[0]}; }

}  // namespace gradtape::GRADTAPE_ISA
