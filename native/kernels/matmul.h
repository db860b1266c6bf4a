// The table of matrix products, per instruction set.
#pragma once
#include "core/kernel.h"

namespace gradtape::GRADTAPE_ISA {

Table matmul_table();

}  // namespace gradtape::GRADTAPE_ISA
