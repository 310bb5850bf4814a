// 3x3 convolutions of stride 1 by Winograd's minimal filtering F(2x2, 3x3): 16 multiplications for 4 outputs in place of 36
// (Lavin & Gray, Fast Algorithms for Convolutional Neural Networks, CVPR 2016). Channels last, float32, AVX-512.
//
// Outputs are made in blocks of 2x2 pixels. A block's arithmetic depends on its own 4x4 inputs only, always in the same order,
// so the bits do not depend on how a picture is cut, as long as blocks begin at even rows and columns.

#include <immintrin.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <vector>

namespace {

constexpr int kLanes = 16;
// Rows of the largest product; scratch has room for as many beyond a group.
constexpr int kMostRows = 16;

using Vector = __m512;

// Blocks that go through the 16 products together: few enough for their transforms to stay in a core's first cache, and a
// multiple of the rows of a product.
constexpr int group_of(int outputs) { return outputs % 32 == 0 ? 12 : 32; }

// Floats from one of the 16 planes of a group to the next; not a power of two, since planes whose addresses differ by one would
// share the same lines of the cache.
constexpr std::ptrdiff_t plane_of(int group, int channels) {
    return static_cast<std::ptrdiff_t>(group + kMostRows) * channels + kLanes;
}

struct Problem {
    const float* input;        // (height + 2, width + 2, inputs) or larger, rows of `input_row` floats
    std::ptrdiff_t input_row;
    const float* kernel;       // (16, inputs, outputs)
    const float* bias;         // (outputs)
    float* output;             // (height, width, outputs), rows of `output_row` floats
    std::ptrdiff_t output_row;
    int height, width, inputs, outputs;
    bool rectify;
};

// V = B^T d B for one block and 16 channels.
inline void transform_input(const float* corner, std::ptrdiff_t row, int inputs, float* to, std::ptrdiff_t plane) {
    Vector half[4][4];
    for (int j = 0; j < 4; ++j) {
        const Vector d0 = _mm512_loadu_ps(corner + j * inputs), d1 = _mm512_loadu_ps(corner + row + j * inputs);
        const Vector d2 = _mm512_loadu_ps(corner + 2 * row + j * inputs), d3 = _mm512_loadu_ps(corner + 3 * row + j * inputs);
        half[0][j] = _mm512_sub_ps(d0, d2);
        half[1][j] = _mm512_add_ps(d1, d2);
        half[2][j] = _mm512_sub_ps(d2, d1);
        half[3][j] = _mm512_sub_ps(d1, d3);
    }
    for (int i = 0; i < 4; ++i) {
        _mm512_storeu_ps(to + (4 * i + 0) * plane, _mm512_sub_ps(half[i][0], half[i][2]));
        _mm512_storeu_ps(to + (4 * i + 1) * plane, _mm512_add_ps(half[i][1], half[i][2]));
        _mm512_storeu_ps(to + (4 * i + 2) * plane, _mm512_sub_ps(half[i][2], half[i][1]));
        _mm512_storeu_ps(to + (4 * i + 3) * plane, _mm512_sub_ps(half[i][1], half[i][3]));
    }
}

// C (rows, 16 vectors) = A (rows, inputs) B (inputs, outputs), rows and vectors held in registers.
template <int Rows, int Vectors>
inline void product(const float* a, const float* b, float* c, int inputs, int outputs) {
    Vector sum[Rows][Vectors];
    for (int r = 0; r < Rows; ++r)
        for (int v = 0; v < Vectors; ++v) sum[r][v] = _mm512_setzero_ps();
    for (int k = 0; k < inputs; ++k) {
        Vector weights[Vectors];
        for (int v = 0; v < Vectors; ++v) weights[v] = _mm512_loadu_ps(b + static_cast<std::ptrdiff_t>(k) * outputs + v * kLanes);
        for (int r = 0; r < Rows; ++r) {
            const Vector value = _mm512_set1_ps(a[r * inputs + k]);
            for (int v = 0; v < Vectors; ++v) sum[r][v] = _mm512_fmadd_ps(value, weights[v], sum[r][v]);
        }
    }
    for (int r = 0; r < Rows; ++r)
        for (int v = 0; v < Vectors; ++v) _mm512_storeu_ps(c + static_cast<std::ptrdiff_t>(r) * outputs + v * kLanes, sum[r][v]);
}

template <int Rows, int Vectors>
void products(const float* a, const float* b, float* c, int rows, int inputs, int outputs) {
    for (int first = 0; first < outputs; first += Vectors * kLanes)
        for (int r = 0; r < rows; r += Rows) product<Rows, Vectors>(a + r * inputs, b + first, c + r * outputs + first, inputs, outputs);
}

// Y = A^T m A + bias for one block and 16 channels, rectified where asked, stored as far as it lies in the picture.
inline void transform_output(const Problem& p, const float* from, std::ptrdiff_t plane, int channel, int y, int x) {
    const Vector bias = _mm512_loadu_ps(p.bias + channel);
    Vector half[2][4];
    for (int j = 0; j < 4; ++j) {
        const Vector m0 = _mm512_loadu_ps(from + j * plane), m1 = _mm512_loadu_ps(from + (4 + j) * plane);
        const Vector m2 = _mm512_loadu_ps(from + (8 + j) * plane), m3 = _mm512_loadu_ps(from + (12 + j) * plane);
        const Vector sum = _mm512_add_ps(m1, m2), difference = _mm512_sub_ps(m1, m2);
        half[0][j] = _mm512_add_ps(m0, sum);
        half[1][j] = _mm512_sub_ps(difference, m3);
    }
    for (int i = 0; i < 2 && y + i < p.height; ++i) {
        const Vector sum = _mm512_add_ps(half[i][1], half[i][2]), difference = _mm512_sub_ps(half[i][1], half[i][2]);
        Vector pair[2] = {_mm512_add_ps(_mm512_add_ps(half[i][0], sum), bias),
                          _mm512_add_ps(_mm512_sub_ps(difference, half[i][3]), bias)};
        float* to = p.output + (y + i) * p.output_row + static_cast<std::ptrdiff_t>(x) * p.outputs + channel;
        for (int j = 0; j < 2 && x + j < p.width; ++j) {
            if (p.rectify) pair[j] = _mm512_max_ps(pair[j], _mm512_setzero_ps());
            _mm512_storeu_ps(to + j * p.outputs, pair[j]);
        }
    }
}

// Inputs of the block at (y, x), transformed into column `index` of the planes.
void take_block(const Problem& p, int y, int x, float* to, std::ptrdiff_t plane) {
    const float* corner = p.input + y * p.input_row + static_cast<std::ptrdiff_t>(x) * p.inputs;
    std::ptrdiff_t row = p.input_row;
    std::vector<float> edge;
    if (y + 2 > p.height || x + 2 > p.width) {
        // A block that hangs over an odd end sees zeros there; what they give is not stored.
        edge.assign(static_cast<std::size_t>(16) * p.inputs, 0.0f);
        const int rows = std::min(4, p.height + 2 - y), columns = std::min(4, p.width + 2 - x);
        for (int i = 0; i < rows; ++i)
            std::memcpy(edge.data() + static_cast<std::ptrdiff_t>(4) * i * p.inputs, corner + i * row, sizeof(float) * columns * p.inputs);
        corner = edge.data();
        row = static_cast<std::ptrdiff_t>(4) * p.inputs;
    }
    for (int channel = 0; channel < p.inputs; channel += kLanes)
        transform_input(corner + channel, row, p.inputs, to + channel, plane);
}

// One group of blocks, numbered in raster order.
void run_group(const Problem& p, int first, int count, float* transformed, float* multiplied) {
    const int group = group_of(p.outputs), across = (p.width + 1) / 2;
    const std::ptrdiff_t in_plane = plane_of(group, p.inputs), out_plane = plane_of(group, p.outputs);
    for (int index = 0; index < count; ++index) {
        float* to = transformed + static_cast<std::ptrdiff_t>(index) * p.inputs;
        take_block(p, (first + index) / across * 2, (first + index) % across * 2, to, in_plane);
    }
    for (int uv = 0; uv < 16; ++uv) {
        const float* a = transformed + uv * in_plane;
        const float* b = p.kernel + static_cast<std::ptrdiff_t>(uv) * p.inputs * p.outputs;
        float* c = multiplied + uv * out_plane;
        // Rows beyond `count` are computed from what lies in the scratch and never read.
        if (p.outputs % 64 == 0) products<6, 4>(a, b, c, count, p.inputs, p.outputs);
        else if (p.outputs % 32 == 0) products<12, 2>(a, b, c, count, p.inputs, p.outputs);
        else products<16, 1>(a, b, c, count, p.inputs, p.outputs);
    }
    for (int index = 0; index < count; ++index) {
        const int y = (first + index) / across * 2, x = (first + index) % across * 2;
        for (int channel = 0; channel < p.outputs; channel += kLanes)
            transform_output(p, multiplied + static_cast<std::ptrdiff_t>(index) * p.outputs + channel, out_plane, channel, y, x);
    }
}

}  // namespace

// Inputs and outputs are multiples of 16; `kernel` is G w G^T in the order (row, column, input, output).
extern "C" void intaglio_winograd(const float* input, std::ptrdiff_t input_row, const float* kernel, const float* bias,
                                  float* output, std::ptrdiff_t output_row, int height, int width, int inputs, int outputs,
                                  int rectify) {
    const Problem problem{input, input_row, kernel, bias, output, output_row, height, width, inputs, outputs, rectify != 0};
    const int group = group_of(outputs), blocks = ((width + 1) / 2) * ((height + 1) / 2);
#pragma omp parallel
    {
        // Kept from call to call: to fill them with zeros would take a tenth of the time.
        static thread_local std::vector<float> transformed, multiplied;
        transformed.resize(std::max<std::size_t>(transformed.size(), 16 * plane_of(group, inputs)));
        multiplied.resize(std::max<std::size_t>(multiplied.size(), 16 * plane_of(group, outputs)));
#pragma omp for schedule(static)
        for (int first = 0; first < blocks; first += group)
            run_group(problem, first, std::min(group, blocks - first), transformed.data(), multiplied.data());
    }
}
