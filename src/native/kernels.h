// The convolution kernels, written once for vectors of `INTAGLIO_LANES` floats.
//
// A translation unit for each instruction set includes this file. Everything is in an unnamed namespace and nothing of the
// standard library with code of its own is used: the linker would keep one copy, perhaps that of another instruction set.
//
// The innermost axis holds the same position of `kLanes` tiles, so every shifted load is one aligned vector and a weight is a
// broadcast. A tile is some rows x columns of the output. While a list of weights runs, the sums of one output at the whole tile
// stay in registers; where several outputs share what is loaded, those of one row of it. Input channels come in chunks that stay
// in the first cache; between chunks the sums lie in the second.
//
// Each sum is begun with the bias and adds the products in the order of (channel, row, column) of the kernel, whatever the
// tiles, the chunks and the threads: the bits do not depend on them.

#include "layer.h"

namespace {

using namespace intaglio;

constexpr int kLanes = INTAGLIO_LANES;

// The positions of a tile.
template <int Rows, int Columns>
struct Tile {
    static constexpr int rows = Rows, columns = Columns, positions = Rows * Columns;
};

struct Listed : Tile<INTAGLIO_ROWS, INTAGLIO_COLUMNS> {};

// Where outputs share what is loaded, rows do not wait for registers: more of them see less of their neighbors again, and fewer
// columns leave less at the end of a picture that nobody asked for.
struct Shared : Tile<8, INTAGLIO_SHARED_COLUMNS> {};

typedef float Vector __attribute__((vector_size(4 * kLanes)));
typedef float Unaligned __attribute__((vector_size(4 * kLanes), aligned(4)));
typedef std::int32_t Integers __attribute__((vector_size(4 * kLanes)));

#define INTAGLIO_INLINE inline __attribute__((always_inline))

INTAGLIO_INLINE int least(int a, int b) { return a < b ? a : b; }

// The larger of two values, NaN if either is.
INTAGLIO_INLINE Vector larger(Vector a, Vector b) {
    const Vector known = a > b ? a : b;
    return a != a ? a : known;
}

INTAGLIO_INLINE Vector rectified(Vector v) {
    const Vector zero = {};
    return v < zero ? zero : v;
}

// Transposes kLanes vectors of kLanes floats in log2(kLanes) steps; each exchanges blocks of `distance` columns between rows
// that are `distance` apart.
template <int Distance>
INTAGLIO_INLINE void exchange(Vector (&rows)[kLanes]) {
    Integers low, high;
    for (int i = 0; i < kLanes; ++i) {
        low[i] = i & Distance ? kLanes + i - Distance : i;
        high[i] = i & Distance ? kLanes + i : i + Distance;
    }
    for (int i = 0; i < kLanes; ++i) {
        if (i & Distance) continue;
        const Vector a = rows[i], b = rows[i + Distance];
#if defined(__clang__)
        for (int j = 0; j < kLanes; ++j) {
            rows[i][j] = low[j] < kLanes ? a[low[j]] : b[low[j] - kLanes];
            rows[i + Distance][j] = high[j] < kLanes ? a[high[j]] : b[high[j] - kLanes];
        }
#else
        rows[i] = __builtin_shuffle(a, b, low);
        rows[i + Distance] = __builtin_shuffle(a, b, high);
#endif
    }
}

INTAGLIO_INLINE void transpose(Vector (&rows)[kLanes]) {
    exchange<1>(rows);
    exchange<2>(rows);
    if constexpr (kLanes > 4) exchange<4>(rows);
    if constexpr (kLanes > 8) exchange<8>(rows);
}

// Where the tiles of a job lie.
template <class T>
struct Tiles {
    int top[kLanes], left[kLanes];
    bool real[kLanes];  // the last job repeats its last tile

    Tiles(const Problem& p, int first) {
        const int across = (p.width + T::columns - 1) / T::columns;
        const int count = across * ((p.height + T::rows - 1) / T::rows);
        for (int lane = 0; lane < kLanes; ++lane) {
            const int tile = least(first + lane, count - 1);
            real[lane] = first + lane < count;
            top[lane] = tile / across * T::rows;
            left[lane] = tile % across * T::columns;
        }
    }
};

template <class T>
struct Window {
    int rows, columns;  // of the input that a tile sees
    explicit Window(const Problem& p) : rows((T::rows - 1) * p.stride + p.kernel), columns((T::columns - 1) * p.stride + p.kernel) {}
    int size() const { return rows * columns; }
};

// Where each lane finds each position of its window, in floats from the input, and once more the last. A tile that hangs over the
// end sees the last row or column again; what that gives is not stored.
template <class T>
void locate(const Problem& p, const Tiles<T>& tiles, const Window<T>& window, std::ptrdiff_t* offsets) {
    for (int y = 0; y < window.rows; ++y) {
        for (int x = 0; x < window.columns; ++x) {
            for (int lane = 0; lane < kLanes; ++lane) {
                int row = tiles.top[lane] * p.stride + y, column = tiles.left[lane] * p.stride + x;
                if (p.enlarge) row = (row + 1) / 2, column = (column + 1) / 2;
                row = least(row, p.input_rows - 1), column = least(column, p.input_columns - 1);
                *offsets++ = row * p.input_row + column * p.input_column;
            }
        }
    }
    for (int lane = 0; lane < kLanes; ++lane) offsets[lane] = offsets[lane - kLanes];
}

// (channel, position, lane) of some channels; while one position is transposed the next one is fetched.
void pack(const float* input, const std::ptrdiff_t* offsets, int positions, int channels, float* to) {
    const std::ptrdiff_t step = static_cast<std::ptrdiff_t>(positions) * kLanes;
    for (int position = 0; position < positions; ++position, offsets += kLanes, to += kLanes) {
        int channel = 0;
        for (; channel + kLanes <= channels; channel += kLanes) {
            Vector rows[kLanes];
#pragma GCC unroll 16
            for (int lane = 0; lane < kLanes; ++lane) {
                rows[lane] = *reinterpret_cast<const Unaligned*>(input + offsets[lane] + channel);
                __builtin_prefetch(input + offsets[lane + kLanes] + channel);
            }
            transpose(rows);
            float* place = to + channel * step;
#pragma GCC unroll 16
            for (int i = 0; i < kLanes; ++i) *reinterpret_cast<Vector*>(place + i * step) = rows[i];
        }
        for (; channel < channels; ++channel)
            for (int lane = 0; lane < kLanes; ++lane) to[channel * step + lane] = input[offsets[lane] + channel];
    }
}

INTAGLIO_INLINE std::uint32_t position_of(const Entry& entry) { return entry.position; }
INTAGLIO_INLINE std::uint32_t position_of(const ShortEntry& entry) { return entry.position; }
INTAGLIO_INLINE float weight_of(const Entry& entry) { return entry.weight; }
INTAGLIO_INLINE float weight_of(const ShortEntry& entry) {
    const std::uint32_t bits = static_cast<std::uint32_t>(entry.weight) << 16;
    float weight;
    __builtin_memcpy(&weight, &bits, 4);
    return weight;
}

// The runs of a chunk: the sums of one output at a time, in registers.
template <int Kernel, int Stride, class Kept>
void sum_kept(const Chunk& chunk, const Kept* entry, const float* packed, float* sums, int first_output) {
    constexpr int row = ((Listed::columns - 1) * Stride + Kernel) * kLanes;
    for (std::size_t index = 0; index < chunk.run_count; ++index) {
        const Run run = chunk.runs[index];
        Vector* at = reinterpret_cast<Vector*>(sums) + static_cast<std::ptrdiff_t>(run.output - first_output) * Listed::positions;
        Vector sum[Listed::positions];
#pragma GCC unroll 64
        for (int i = 0; i < Listed::positions; ++i) sum[i] = at[i];
        for (const Kept* end = entry + run.count; entry != end; ++entry) {
            const float* from = packed + static_cast<std::size_t>(position_of(*entry)) * kLanes;
            const Vector weight = weight_of(*entry) - Vector{};
#pragma GCC unroll 64
            for (int i = 0; i < Listed::positions; ++i)
                sum[i] += weight * *reinterpret_cast<const Vector*>(from + i / Listed::columns * Stride * row + i % Listed::columns * Stride * kLanes);
        }
#pragma GCC unroll 64
        for (int i = 0; i < Listed::positions; ++i) at[i] = sum[i];
    }
}

// The outputs of a chunk that all read the same: some of them and one row of the tile at a time. What a row reads stays in the
// first cache while the weights of all outputs pass by. Sums begin with the bias where one is given.
template <int Kernel, int Stride>
void sum_all(const Chunk& chunk, const float* packed, float* sums, int outputs, const float* bias) {
    constexpr int columns = Shared::columns, positions = Shared::positions, row = ((columns - 1) * Stride + Kernel) * kLanes;
    for (int y = 0; y < Shared::rows; ++y) {
        for (int output = 0; output < outputs; output += kOutputs) {
            const float* weights = chunk.weights + static_cast<std::size_t>(output) * chunk.position_count;
            Vector* at = reinterpret_cast<Vector*>(sums) + static_cast<std::ptrdiff_t>(output) * positions + y * columns;
            Vector sum[kOutputs][columns];
            for (int i = 0; i < kOutputs; ++i) {
                const float first = bias && output + i < outputs ? bias[output + i] : 0.0f;
#pragma GCC unroll 64
                for (int x = 0; x < columns; ++x) sum[i][x] = bias ? first - Vector{} : at[i * positions + x];
            }
            for (std::size_t index = 0; index < chunk.position_count; ++index) {
                const float* from = packed + static_cast<std::size_t>(chunk.positions[index]) * kLanes + y * Stride * row;
                Vector value[columns];
#pragma GCC unroll 64
                for (int x = 0; x < columns; ++x) value[x] = *reinterpret_cast<const Vector*>(from + x * Stride * kLanes);
#pragma GCC unroll 64
                for (int i = 0; i < kOutputs; ++i) {
                    const Vector weight = weights[index * kOutputs + i] - Vector{};
#pragma GCC unroll 64
                    for (int x = 0; x < columns; ++x) sum[i][x] += weight * value[x];
                }
            }
#pragma GCC unroll 64
            for (int i = 0; i < kOutputs * columns; ++i) at[i / columns * positions + i % columns] = sum[i / columns][i % columns];
        }
    }
}

template <int Kernel, int Stride>
void sum_chunk(Listed, const Chunk& chunk, const Range& range, const float* packed, float* sums, const float*) {
    if (chunk.short_entries) sum_kept<Kernel, Stride>(chunk, chunk.short_entries, packed, sums, range.first_output);
    else sum_kept<Kernel, Stride>(chunk, chunk.entries, packed, sums, range.first_output);
}

template <int Kernel, int Stride>
void sum_chunk(Shared, const Chunk& chunk, const Range& range, const float* packed, float* sums, const float* bias) {
    sum_all<Kernel, Stride>(chunk, packed, sums, range.outputs, bias);
}

// Largest of the 2x2 sums that make a pooled one; those outside of the picture do not count.
template <class T>
Vector pooled(const Problem& p, const Tiles<T>& tiles, const Vector* at, int y, int x) {
    Vector result = at[y * T::columns + x];
    for (int i = 1; i < 4; ++i) {
        Vector other = at[(y + i / 2) * T::columns + x + i % 2];
        for (int lane = 0; p.ceil && lane < kLanes; ++lane)
            if (tiles.top[lane] + y + i / 2 >= p.height || tiles.left[lane] + x + i % 2 >= p.width) other[lane] = result[lane];
        result = larger(result, other);
    }
    return result;
}

// A sum, or what is pooled of four, through the ReLU.
template <class T>
INTAGLIO_INLINE Vector finished(const Problem& p, const Tiles<T>& tiles, const Vector* at, int y, int x) {
    const Vector sum = p.pool ? pooled(p, tiles, at, y, x) : at[y * T::columns + x];
    return p.rectify ? rectified(sum) : sum;
}

// Sums to the output, channels last, through what is fused.
template <class T>
void unpack(const Problem& p, const Tiles<T>& tiles, const Range& range, const float* sums) {
    const int step = p.pool ? 2 : 1, height = p.pool && !p.ceil ? p.height / 2 * 2 : p.height;
    const int width = p.pool && !p.ceil ? p.width / 2 * 2 : p.width;
    const Vector* all = reinterpret_cast<const Vector*>(sums);
    for (int y = 0; y < T::rows; y += step) {
        for (int x = 0; x < T::columns; x += step) {
            float* to[kLanes];
            for (int lane = 0; lane < kLanes; ++lane) {
                const int row = tiles.top[lane] + y, column = tiles.left[lane] + x;
                const bool inside = tiles.real[lane] && row < height && column < width;
                to[lane] = inside ? p.output + row / step * p.output_row + column / step * p.output_column + range.first_output : nullptr;
            }
            int channel = 0;
            for (; channel + kLanes <= range.outputs; channel += kLanes) {
                Vector rows[kLanes];
                const Vector* at = all + static_cast<std::ptrdiff_t>(channel) * T::positions;
#pragma GCC unroll 16
                for (int i = 0; i < kLanes; ++i) rows[i] = finished(p, tiles, at + i * T::positions, y, x);
                transpose(rows);
#pragma GCC unroll 16
                for (int lane = 0; lane < kLanes; ++lane)
                    if (to[lane]) *reinterpret_cast<Unaligned*>(to[lane] + channel) = rows[lane];
            }
            for (; channel < range.outputs; ++channel) {
                const Vector sum = finished(p, tiles, all + static_cast<std::ptrdiff_t>(channel) * T::positions, y, x);
                for (int lane = 0; lane < kLanes; ++lane)
                    if (to[lane]) to[lane][channel] = sum[lane];
            }
        }
    }
}

// What a job keeps, one after the other, each aligned: where lanes find their positions, packed inputs, sums.
template <class T>
struct Space {
    std::size_t packed, sums, floats;
    Space(const Problem& p, int outputs) {
        const std::size_t positions = Window<T>(p).size(), filled = (outputs + kOutputs - 1) / kOutputs * kOutputs;
        packed = (positions + 1) * kLanes * (sizeof(std::ptrdiff_t) / sizeof(float));
        sums = packed + positions * kLanes * least(p.inputs, kPacked);
        floats = sums + filled * T::positions * kLanes;
    }
};

template <class T>
std::size_t scratch(const Problem& p, int most_outputs) { return Space<T>(p, most_outputs).floats; }

// Every sum begins with its bias; lists may have nothing to add to it.
void begin(Listed, const float* bias, int outputs, float* sums) {
    for (int output = 0; output < outputs; ++output)
        for (int i = 0; i < Listed::positions; ++i) reinterpret_cast<Vector*>(sums)[output * Listed::positions + i] = bias[output] - Vector{};
}

void begin(Shared, const float*, int, float*) {}

template <class T>
void run(const Problem& p, const Range& range, int first_tile, float* scratch) {
    const Tiles<T> tiles(p, first_tile);
    const Window<T> window(p);
    const Space<T> space(p, range.outputs);
    std::ptrdiff_t* offsets = reinterpret_cast<std::ptrdiff_t*>(scratch);
    float *packed = scratch + space.packed, *sums = scratch + space.sums;
    locate(p, tiles, window, offsets);
    const float* bias = p.bias + range.first_output;
    begin(T(), bias, range.outputs, sums);
    for (std::size_t index = 0; index < range.chunk_count; ++index, bias = nullptr) {
        const Chunk& chunk = range.chunks[index];
        const int within = chunk.first_input % kPacked;
        if (within == 0) pack(p.input + chunk.first_input, offsets, window.size(), least(kPacked, p.inputs - chunk.first_input), packed);
        const float* from = packed + static_cast<std::ptrdiff_t>(within) * window.size() * kLanes;
        if (p.kernel == 3 && p.stride == 1) sum_chunk<3, 1>(T(), chunk, range, from, sums, bias);
        else if (p.kernel == 3) sum_chunk<3, 2>(T(), chunk, range, from, sums, bias);
        else if (p.stride == 1) sum_chunk<1, 1>(T(), chunk, range, from, sums, bias);
        else sum_chunk<1, 2>(T(), chunk, range, from, sums, bias);
    }
    unpack(p, tiles, range, sums);
}

template <class T>
constexpr Way way() { return {{kLanes, T::rows, T::columns}, scratch<T>, run<T>}; }

constexpr int kChains = Listed::positions;

float peak(std::int64_t steps) {
    Vector sum[kChains], factor = Vector{} + 0.999f, term = Vector{} + 0.001f;
    // None begins with 1, which these steps leave as it is: compilers see that, and leave the chain out.
#pragma GCC unroll 64
    for (int i = 0; i < kChains; ++i) sum[i] = Vector{} + static_cast<float>(i + 2);
    for (std::int64_t step = 0; step < steps; ++step) {
#pragma GCC unroll 64
        for (int i = 0; i < kChains; ++i) sum[i] = sum[i] * factor + term;
    }
    float total = 0;
    for (int i = 0; i < kChains; ++i) total += sum[i][0];
    return total;
}

constexpr Way kListed = way<Listed>(), kShared = way<Shared>();
constexpr double kPeakWork = static_cast<double>(kChains) * kLanes;

}  // namespace
