// What a convolution is compiled to, and the kernels that run it: one set of functions for each instruction set.

#pragma once

#include <cstddef>
#include <cstdint>

namespace intaglio {

// A kept weight: the vector of the packed chunk that it multiplies.
struct Entry {
    std::uint32_t position;
    float weight;
};

// The same in half the memory, the weight in bfloat16.
struct ShortEntry {
    std::uint16_t position;
    std::uint16_t weight;
};

// Kept weights of one output channel in one chunk of input channels.
struct Run {
    std::uint32_t output;
    std::uint32_t count;
};

// Some outputs at some inputs. Runs are sorted by their length, which keeps the processor's branch prediction right.
struct Chunk {
    const Run* runs;
    std::size_t run_count;
    const Entry* entries;             // of all runs, one after the other; or
    const ShortEntry* short_entries;  // the same; or
    const std::uint32_t* positions;   // every output reads all of these, and
    const float* weights;             // (outputs / kOutputs, position, kOutputs)
    std::size_t position_count;
    int first_input;
};

// Outputs that go through the same accumulators of a job: as many as stay in a core's second cache.
struct Range {
    const Chunk* chunks;
    std::size_t chunk_count;
    int first_output, outputs;
};

// Input channels that are packed together; chunks do not reach across.
constexpr int kPacked = 64;

// Outputs that share what is loaded, where all read the same.
constexpr int kOutputs = 4;

struct Problem {
    const float* input;         // (rows, columns, inputs), what lies outside of the picture included
    std::ptrdiff_t input_row, input_column;  // floats
    int input_rows, input_columns;
    int inputs, kernel, stride;
    bool enlarge;               // the input is enlarged by 2 first: a 3x3 kernel then sees rows (i + 1) / 2 for its row i
    const float* bias;
    float* output;              // (height, width, outputs)
    std::ptrdiff_t output_row, output_column;  // floats
    int height, width;          // of the output, before pooling
    bool rectify, pool, ceil;   // pool: 2x2, stride 2; ceil: an odd last row or column counts
};

// How a set of kernels lays out its work.
struct Layout {
    int lanes, rows, columns;   // tiles in a vector; the positions of a tile
};

// How convolutions are run whose weights are lists, or whose outputs share what is loaded.
struct Way {
    Layout layout;
    // Floats that one job needs, 64-byte aligned.
    std::size_t (*scratch)(const Problem&, int most_outputs);
    // One job: the tiles [first, first + lanes) of the output, the outputs of one range.
    void (*run)(const Problem&, const Range&, int first_tile, float* scratch);
};

struct Kernels {
    const char* name;
    Way listed, shared;
    // `steps` times as many multiply-adds as `peak_work` says, that depend on nothing but registers.
    float (*peak)(std::int64_t steps);
    double peak_work;
};

}  // namespace intaglio
