// 32 registers of 16 floats: 24 sums, one weight; or 4 x 4 sums, 4 values, one weight.
#define INTAGLIO_LANES 16
#define INTAGLIO_ROWS 4
#define INTAGLIO_COLUMNS 6
#define INTAGLIO_SHARED_COLUMNS 4
#include "kernels.h"

namespace intaglio {
extern const Kernels kAvx512{"AVX-512", kListed, kShared, peak, kPeakWork};
}
