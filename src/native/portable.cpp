// What every processor of the architecture has: vectors of 4 floats, in 32 registers (NEON) or 16.
#define INTAGLIO_LANES 4
#define INTAGLIO_COLUMNS 6
#ifdef __aarch64__
#define INTAGLIO_ROWS 4
#define INTAGLIO_SHARED_COLUMNS 4
#else
#define INTAGLIO_ROWS 2
#define INTAGLIO_SHARED_COLUMNS 2
#endif
#include "kernels.h"

namespace intaglio {
#ifdef __aarch64__
extern const Kernels kPortable{"NEON", kListed, kShared, peak, kPeakWork};
#else
extern const Kernels kPortable{"portable", kListed, kShared, peak, kPeakWork};
#endif
}
