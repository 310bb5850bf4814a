// First and second moments of float32 features in float64: the upper triangle of a sum of outer products, without a copy of the
// features in float64. AVX-512.

#include <immintrin.h>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace {

constexpr int kLanes = 8;
// Positions converted at a time; with 128 channels they fill a core's first cache.
constexpr int kBlock = 32;
constexpr int kRows = 4;

// square[i..i+4) [j..j+8 V) += sum over positions of x[i] x[j].
template <int Vectors>
inline void outer(const double* x, int positions, int width, int i, int j, double* square) {
    __m512d sum[kRows][Vectors];
    for (int r = 0; r < kRows; ++r)
        for (int v = 0; v < Vectors; ++v) sum[r][v] = _mm512_setzero_pd();
    for (int p = 0; p < positions; ++p) {
        const double* at = x + static_cast<std::ptrdiff_t>(p) * width;
        __m512d right[Vectors];
        for (int v = 0; v < Vectors; ++v) right[v] = _mm512_loadu_pd(at + j + v * kLanes);
        for (int r = 0; r < kRows; ++r) {
            const __m512d left = _mm512_set1_pd(at[i + r]);
            for (int v = 0; v < Vectors; ++v) sum[r][v] = _mm512_fmadd_pd(left, right[v], sum[r][v]);
        }
    }
    for (int r = 0; r < kRows; ++r)
        for (int v = 0; v < Vectors; ++v) {
            // Short sums added up: one long sum would round a hundred times more.
            double* to = square + (i + r) * width + j + v * kLanes;
            _mm512_storeu_pd(to, _mm512_add_pd(_mm512_loadu_pd(to), sum[r][v]));
        }
}

void count_block(const float* from, std::ptrdiff_t stride, int positions, int width, double* x, double* sum, double* square) {
    for (int p = 0; p < positions; ++p)
        for (int c = 0; c < width; c += kLanes) {
            const __m512d value = _mm512_cvtps_pd(_mm256_loadu_ps(from + p * stride + c));
            _mm512_storeu_pd(x + static_cast<std::ptrdiff_t>(p) * width + c, value);
            _mm512_storeu_pd(sum + c, _mm512_add_pd(_mm512_loadu_pd(sum + c), value));
        }
    for (int i = 0; i < width; i += kRows) {
        int j = i / kLanes * kLanes;
        for (; j + 4 * kLanes <= width; j += 4 * kLanes) outer<4>(x, positions, width, i, j, square);
        for (; j < width; j += kLanes) outer<1>(x, positions, width, i, j, square);
    }
}

}  // namespace

// Adds to `sum` (width) and to `square` (width, width), whose lower triangle is filled from the upper one. `width` is a multiple of
// 8; `from` holds `positions` positions, `stride` floats apart.
extern "C" void intaglio_moments(const float* from, std::ptrdiff_t stride, std::ptrdiff_t positions, int width, double* sum,
                                 double* square) {
    const std::ptrdiff_t blocks = (positions + kBlock - 1) / kBlock;
    // Every block belongs to a part that its number gives, and parts are added up in order: threads do not change the bits.
    const int parts = static_cast<int>(std::clamp<std::ptrdiff_t>(blocks / 8, 1, 8));
    const std::ptrdiff_t size = static_cast<std::ptrdiff_t>(width) * (width + 1);
    std::vector<double> partial(parts * size, 0.0);
#pragma omp parallel
    {
        static thread_local std::vector<double> x;
        x.resize(std::max<std::size_t>(x.size(), static_cast<std::size_t>(kBlock) * width));
#pragma omp for schedule(static)
        for (int part = 0; part < parts; ++part)
            for (std::ptrdiff_t block = blocks * part / parts; block < blocks * (part + 1) / parts; ++block) {
                const std::ptrdiff_t first = block * kBlock;
                double* own = partial.data() + part * size;
                count_block(from + first * stride, stride, static_cast<int>(std::min<std::ptrdiff_t>(kBlock, positions - first)),
                            width, x.data(), own, own + width);
            }
    }
    for (int part = 0; part < parts; ++part) {
        const double* own = partial.data() + part * size;
        for (int i = 0; i < width; ++i) {
            sum[i] += own[i];
            square[i * width + i] += own[width + i * width + i];
            for (int j = i + 1; j < width; ++j) {
                square[i * width + j] += own[width + i * width + j];
                square[j * width + i] += own[width + i * width + j];
            }
        }
    }
}
