// Hands the optimizer steps of one instruction set to the tests.
#include "updates.h"

#include "kernels/families.h"

namespace gradtape::GRADTAPE_ISA {

Updates updates() { return {{update_table(), adaptive_table()}}; }

}  // namespace gradtape::GRADTAPE_ISA
