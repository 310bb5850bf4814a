// A convolution compiled from the weights that are kept, and run by the kernels of one instruction set.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "layer.h"

namespace intaglio {

// The kernels that this processor can run, the fastest first.
const std::vector<const Kernels*>& usable_kernels();

// Those of this name; throws std::invalid_argument if the processor cannot run them.
const Kernels& kernels_named(const std::string& name);

struct Shape {
    int outputs, inputs, kernel, stride;
    bool enlarge;
};

// Which weights are kept: a bit each, in the order (output, input, row, column), the highest bit of a byte first.
struct Kept {
    const std::uint8_t* bits;
    std::size_t bytes;
    const float* weights;
    std::size_t count;
};

struct Piece {
    const float* input;  // (rows, columns, inputs)
    std::ptrdiff_t input_row, input_column;
    int input_rows, input_columns;
    float* output;       // (rows, columns, outputs)
    std::ptrdiff_t output_row, output_column;
    int output_rows, output_columns;
};

class Convolution {
public:
    // How weights are held: lists of what is kept; the same in bfloat16; or, of every input position that any output reads, all.
    enum class Form { kept, kept_bfloat16, shared };

    // Throws std::invalid_argument if the parts do not fit each other.
    Convolution(const Kernels& kernels, Shape shape, Kept kept, const float* bias, Form form);

    // `output = pool(relu(convolution(input)))`; the input is large enough for the output, what lies beyond its border included.
    // Throws std::invalid_argument if it is not. The bits of the result do not depend on `threads`.
    void run(const Piece& piece, bool rectify, bool pool, bool ceil, int convolved_rows, int convolved_columns, int threads) const;

    const Kernels& kernels() const { return kernels_; }
    const Shape& shape() const { return shape_; }
    // Multiply-adds for each position of the output, those with zeros of shared columns included.
    std::size_t products() const { return products_; }
    // Of the compiled lists.
    std::size_t bytes() const;

private:
    struct Lists {
        std::vector<Run> runs;
        std::vector<Entry> entries;
        std::vector<ShortEntry> short_entries;
        std::vector<std::uint32_t> positions;
        std::vector<float> weights;
        int first_input, inputs;
    };

    void compile(Kept kept, Form form);
    int chunk_inputs(std::size_t count, Form form) const;

    const Kernels& kernels_;
    const Way& way_;
    Shape shape_;
    std::vector<float> bias_;
    std::vector<std::vector<Lists>> lists_;    // of each range, of each chunk
    std::vector<std::vector<Chunk>> chunks_;   // the same as the kernels take them
    std::vector<Range> ranges_;
    std::size_t products_ = 0;
};

}  // namespace intaglio
