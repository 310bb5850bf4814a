#include "convolution.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace intaglio {

extern const Kernels kPortable;
#ifdef INTAGLIO_X86
extern const Kernels kAvx2;
extern const Kernels kAvx512;
#endif

const std::vector<const Kernels*>& usable_kernels() {
    static const std::vector<const Kernels*> usable = [] {
        std::vector<const Kernels*> found;
#ifdef INTAGLIO_X86
        __builtin_cpu_init();
        const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                            __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
        const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
        if (avx512 && avx2) found.push_back(&kAvx512);
        if (avx2) found.push_back(&kAvx2);
#endif
        found.push_back(&kPortable);
        return found;
    }();
    return usable;
}

const Kernels& kernels_named(const std::string& name) {
    for (const Kernels* kernels : usable_kernels())
        if (name == kernels->name) return *kernels;
    throw std::invalid_argument("this processor cannot run " + name);
}

namespace {

// Outputs of a range: their sums, at most 32 vectors of 16 floats each, fill at most half a megabyte.
constexpr int kRangeOutputs = 256;
// What a chunk of packed inputs may take of the first cache, and how many kept weights are worth fetching sums for.
constexpr std::size_t kFirstCache = 24 * 1024;
constexpr std::size_t kWorthwhile = 12;
// Inputs of a chunk where outputs share what is loaded: what a row of a tile sees of them stays in the first cache, beside weights.
constexpr int kSharedInputs = 16;

std::uint16_t to_bfloat16(float weight) {
    std::uint32_t bits;
    std::memcpy(&bits, &weight, 4);
    if ((bits & 0x7fffffff) > 0x7f800000) return static_cast<std::uint16_t>(bits >> 16 | 0x40);
    return static_cast<std::uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

struct Free {
    void operator()(float* space) const { std::free(space); }
};

// Of a thread, kept from call to call.
float* scratch_of(std::size_t floats) {
    static thread_local std::unique_ptr<float, Free> space;
    static thread_local std::size_t size = 0;
    if (floats > size) {
        space.reset();
        size = 0;
        void* found = nullptr;
        if (posix_memalign(&found, 64, floats * sizeof(float))) return nullptr;
        space.reset(static_cast<float*>(found));
        size = floats;
    }
    return space.get();
}

void require(bool fits, const char* what) {
    if (!fits) throw std::invalid_argument(what);
}

}  // namespace

Convolution::Convolution(const Kernels& kernels, Shape shape, Kept kept, const float* bias, Form form)
    : kernels_(kernels), way_(form == Form::shared ? kernels.shared : kernels.listed), shape_(shape) {
    require(shape.outputs > 0 && shape.inputs > 0, "a convolution has inputs and outputs");
    require((shape.kernel == 1 || shape.kernel == 3) && (shape.stride == 1 || shape.stride == 2), "kernels are 1x1 or 3x3, of stride 1 or 2");
    require(!shape.enlarge || (shape.kernel == 3 && shape.stride == 1), "enlarging goes with 3x3 kernels of stride 1");
    const std::size_t weights = static_cast<std::size_t>(shape.outputs) * shape.inputs * shape.kernel * shape.kernel;
    require(kept.bytes == (weights + 7) / 8, "there is not a bit for each weight");
    std::size_t bits = 0;
    for (std::size_t index = 0; index < weights; ++index) bits += kept.bits[index / 8] >> (7 - index % 8) & 1;
    require(bits == kept.count, "there are not as many weights as bits");
    bias_.assign(bias, bias + shape.outputs);
    compile(kept, form);
}

int Convolution::chunk_inputs(std::size_t count, Form form) const {
    if (form == Form::shared) return kSharedInputs;
    const Layout& layout = way_.layout;
    const std::size_t rows = (layout.rows - 1) * shape_.stride + shape_.kernel, columns = (layout.columns - 1) * shape_.stride + shape_.kernel;
    const std::size_t channel = rows * columns * layout.lanes * sizeof(float);
    std::size_t inputs = kPacked;
    while (inputs > 4 && inputs * channel > kFirstCache) inputs /= 2;
    const std::size_t places = static_cast<std::size_t>(shape_.outputs) * shape_.inputs;
    while (inputs < kPacked && inputs * count < kWorthwhile * places) inputs *= 2;
    return static_cast<int>(inputs);
}

void Convolution::compile(Kept kept, Form form) {
    const Layout& layout = way_.layout;
    const int taps = shape_.kernel * shape_.kernel;
    const std::uint32_t columns = (layout.columns - 1) * shape_.stride + shape_.kernel;
    const std::uint32_t window = ((layout.rows - 1) * shape_.stride + shape_.kernel) * columns;
    const int chunk = chunk_inputs(kept.count, form);
    // Where the weights of each output begin.
    const std::size_t each = static_cast<std::size_t>(shape_.inputs) * taps;
    const auto is_kept = [&](std::size_t index) { return kept.bits[index / 8] >> (7 - index % 8) & 1; };
    std::vector<std::size_t> starts(shape_.outputs + 1, 0);
    for (int output = 0; output < shape_.outputs; ++output) {
        starts[output + 1] = starts[output];
        for (std::size_t index = output * each; index < (output + 1) * each; ++index) starts[output + 1] += is_kept(index);
    }
    for (int first = 0; first < shape_.outputs; first += kRangeOutputs) {
        const int outputs = std::min(kRangeOutputs, shape_.outputs - first);
        std::vector<Lists>& lists = lists_.emplace_back();
        std::vector<std::size_t> next(starts.begin() + first, starts.begin() + first + outputs);
        for (int input = 0; input < shape_.inputs; input += chunk) {
            const int inputs = std::min(chunk, shape_.inputs - input);
            const std::size_t begin = static_cast<std::size_t>(input) * taps, end = begin + static_cast<std::size_t>(inputs) * taps;
            const auto position_of = [&](std::size_t place) {
                const std::size_t tap = place % taps;
                return static_cast<std::uint32_t>((place / taps - input) * window + tap / shape_.kernel * columns + tap % shape_.kernel);
            };
            Lists& list = lists.emplace_back();
            list.first_input = input;
            list.inputs = inputs;
            if (form == Form::shared) {
                std::vector<std::size_t> places;
                for (std::size_t place = begin; place < end; ++place) {
                    bool read = false;
                    for (int output = 0; output < shape_.outputs && !read; ++output) read = is_kept(output * each + place);
                    if (read) places.push_back(place);
                }
                for (std::size_t place : places) list.positions.push_back(position_of(place));
                const int filled = (outputs + kOutputs - 1) / kOutputs * kOutputs;
                list.weights.assign(static_cast<std::size_t>(filled) * places.size(), 0.0f);
                for (int output = 0; output < outputs; ++output)
                    for (std::size_t column = 0; column < places.size(); ++column)
                        if (is_kept((first + output) * each + places[column]))
                            list.weights[(output / kOutputs * places.size() + column) * kOutputs + output % kOutputs] = kept.weights[next[output]++];
                products_ += static_cast<std::size_t>(outputs) * places.size();
                continue;
            }
            std::vector<std::vector<Entry>> found(outputs);
            for (int output = 0; output < outputs; ++output)
                for (std::size_t place = begin; place < end; ++place)
                    if (is_kept((first + output) * each + place)) found[output].push_back({position_of(place), kept.weights[next[output]++]});
            std::vector<int> order(outputs);
            for (int output = 0; output < outputs; ++output) order[output] = output;
            std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return found[a].size() < found[b].size(); });
            for (int output : order) {
                if (found[output].empty()) continue;
                list.runs.push_back({static_cast<std::uint32_t>(first + output), static_cast<std::uint32_t>(found[output].size())});
                for (const Entry& entry : found[output]) {
                    if (form == Form::kept) list.entries.push_back(entry);
                    else list.short_entries.push_back({static_cast<std::uint16_t>(entry.position), to_bfloat16(entry.weight)});
                }
                products_ += found[output].size();
            }
        }
    }
    for (std::size_t range = 0; range < lists_.size(); ++range) {
        std::vector<Chunk>& chunks = chunks_.emplace_back();
        for (const Lists& list : lists_[range])
            chunks.push_back({list.runs.data(), list.runs.size(), form == Form::kept ? list.entries.data() : nullptr,
                              form == Form::kept_bfloat16 ? list.short_entries.data() : nullptr, list.positions.data(),
                              list.weights.data(), list.positions.size(), list.first_input});
        const int first = static_cast<int>(range) * kRangeOutputs;
        ranges_.push_back({chunks.data(), chunks.size(), first, std::min(kRangeOutputs, shape_.outputs - first)});
    }
}

std::size_t Convolution::bytes() const {
    std::size_t total = 0;
    for (const auto& range : lists_)
        for (const Lists& list : range)
            total += list.runs.size() * sizeof(Run) + list.entries.size() * sizeof(Entry) + list.short_entries.size() * sizeof(ShortEntry) +
                     list.positions.size() * sizeof(std::uint32_t) + list.weights.size() * sizeof(float);
    return total;
}

void Convolution::run(const Piece& piece, bool rectify, bool pool, bool ceil, int height, int width, int threads) const {
    require(height >= 0 && width >= 0, "a piece has no negative size");
    if (height == 0 || width == 0) return;
    const int scale = shape_.enlarge ? 2 : 1;
    const auto needed = [&](int size) {
        const int seen = (size - 1) * shape_.stride + shape_.kernel;
        return shape_.enlarge ? (seen - 1 + 1) / scale + 1 : seen;
    };
    require(piece.input_rows >= needed(height) && piece.input_columns >= needed(width), "the input is too small for this output");
    const auto made = [&](int size) { return pool ? (size + ceil) / 2 : size; };
    require(piece.output_rows >= made(height) && piece.output_columns >= made(width), "the output has no room");
    if (made(height) == 0 || made(width) == 0) return;
    const Problem problem{piece.input, piece.input_row, piece.input_column, piece.input_rows, piece.input_columns,
                          shape_.inputs, shape_.kernel, shape_.stride, shape_.enlarge, bias_.data(),
                          piece.output, piece.output_row, piece.output_column, height, width, rectify, pool, ceil};
    const Layout& layout = way_.layout;
    const std::int64_t tiles = static_cast<std::int64_t>((height + layout.rows - 1) / layout.rows) * ((width + layout.columns - 1) / layout.columns);
    const std::int64_t groups = (tiles + layout.lanes - 1) / layout.lanes, ranges = static_cast<std::int64_t>(ranges_.size());
    const std::size_t floats = way_.scratch(problem, std::min(kRangeOutputs, shape_.outputs));
    bool room = true;
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads) if (threads > 1)
    for (std::int64_t job = 0; job < groups * ranges; ++job) {
        float* scratch = scratch_of(floats);
        if (scratch) way_.run(problem, ranges_[job % ranges], static_cast<int>(job / ranges) * layout.lanes, scratch);
        else {
#pragma omp atomic write
            room = false;
        }
    }
    if (!room) throw std::bad_alloc();
}

}  // namespace intaglio
