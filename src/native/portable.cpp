// What every processor of the architecture has: vectors of 4 floats, in 32 registers (NEON) or 16.
#define INTAGLIO_LANES 4
#ifdef __aarch64__
#define INTAGLIO_ROWS 4
#else
#define INTAGLIO_ROWS 2
#endif
#define INTAGLIO_COLUMNS 6
#include "kernels.h"

namespace intaglio {
#ifdef __aarch64__
extern const Kernels kPortable{"NEON", kLayout, scratch, run, peak, kPeakWork};
#else
extern const Kernels kPortable{"portable", kLayout, scratch, run, peak, kPeakWork};
#endif
}
