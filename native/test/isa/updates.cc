// Hands the optimizer steps of one instruction set to the tests.
#include "updates.h"

#include "kernels/families.h"

namespace gradtape::GRADTAPE_ISA {

Table tested_updates() { return update_table(); }

}  // namespace gradtape::GRADTAPE_ISA
