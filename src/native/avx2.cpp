// 16 registers of 8 floats: 12 sums, one weight; or 4 x 2 sums, 2 values, one weight.
#define INTAGLIO_LANES 8
#define INTAGLIO_ROWS 2
#define INTAGLIO_COLUMNS 6
#define INTAGLIO_SHARED_COLUMNS 2
#include "kernels.h"

namespace intaglio {
extern const Kernels kAvx2{"AVX2", kListed, kShared, peak, kPeakWork};
}
