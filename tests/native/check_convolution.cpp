// Every instruction set of this machine under the address and undefined-behavior sanitizers, against sums in double.
// `make check-native` builds and runs it.

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <stdexcept>
#include <vector>

#include "convolution.h"

using namespace intaglio;

namespace {

struct Case {
    int inputs, outputs, kernel, stride, height, width;
    bool enlarge, pool, ceil;
    double density;
    Convolution::Form form;
};

int failures = 0;

void check(const Kernels& kernels, const Case& c, std::mt19937& random) {
    std::uniform_real_distribution<float> uniform(-1, 1);
    const int scale = c.enlarge ? 2 : 1;
    const int rows = c.enlarge ? c.height / 2 + 2 : (c.height - 1) * c.stride + c.kernel;
    const int columns = c.enlarge ? c.width / 2 + 2 : (c.width - 1) * c.stride + c.kernel;
    const std::size_t taps = static_cast<std::size_t>(c.kernel) * c.kernel, count = taps * c.inputs * c.outputs;
    std::vector<float> input(static_cast<std::size_t>(rows) * columns * c.inputs), weights, dense(count), bias(c.outputs);
    std::vector<std::uint8_t> bits((count + 7) / 8);
    for (float& value : input) value = uniform(random);
    for (float& value : bias) value = uniform(random);
    for (std::size_t i = 0; i < count; ++i) {
        if (uniform(random) * 0.5 + 0.5 >= c.density) continue;
        dense[i] = std::ldexp(std::round(uniform(random) * 64), -6);  // exact in bfloat16
        bits[i / 8] |= 128 >> i % 8;
        weights.push_back(dense[i]);
    }
    const Convolution layer(kernels, {c.outputs, c.inputs, c.kernel, c.stride, c.enlarge},
                            {bits.data(), bits.size(), weights.data(), weights.size()}, bias.data(), c.form);
    const auto made = [&](int size) { return c.pool ? (size + c.ceil) / 2 : size; };
    const int high = made(c.height), wide = made(c.width);
    std::vector<float> output(static_cast<std::size_t>(high) * wide * c.outputs, 1e9f);
    layer.run({input.data(), static_cast<std::ptrdiff_t>(columns) * c.inputs, c.inputs, rows, columns, output.data(),
               static_cast<std::ptrdiff_t>(wide) * c.outputs, c.outputs, high, wide},
              true, c.pool, c.ceil, c.height, c.width, 2);
    const auto exact = [&](int y, int x, int output) {
        double sum = bias[output];
        for (int input_channel = 0; input_channel < c.inputs; ++input_channel)
            for (std::size_t tap = 0; tap < taps; ++tap) {
                int row = y * c.stride + static_cast<int>(tap) / c.kernel, column = x * c.stride + static_cast<int>(tap) % c.kernel;
                if (scale == 2) row = (row + 1) / 2, column = (column + 1) / 2;
                sum += static_cast<double>(dense[(static_cast<std::size_t>(output) * c.inputs + input_channel) * taps + tap]) *
                       input[(static_cast<std::size_t>(row) * columns + column) * c.inputs + input_channel];
            }
        return std::max(sum, 0.0);
    };
    for (int y = 0; y < high; ++y)
        for (int x = 0; x < wide; ++x)
            for (int channel = 0; channel < c.outputs; ++channel) {
                double expected = exact(c.pool ? 2 * y : y, c.pool ? 2 * x : x, channel);
                for (int i = 1; c.pool && i < 4; ++i)
                    if (2 * y + i / 2 < c.height && 2 * x + i % 2 < c.width)
                        expected = std::max(expected, exact(2 * y + i / 2, 2 * x + i % 2, channel));
                const float found = output[(static_cast<std::size_t>(y) * wide + x) * c.outputs + channel];
                if (!(std::fabs(found - expected) < 1e-3)) {
                    if (!failures++)
                        std::printf("%s: %d to %d, kernel %d, stride %d, %dx%d: %g instead of %g at %d, %d, %d\n", kernels.name, c.inputs,
                                    c.outputs, c.kernel, c.stride, c.width, c.height, found, expected, y, x, channel);
                }
            }
}

bool refuses(const Kernels& kernels) {
    const std::uint8_t bits[2] = {255, 128};
    const float weights[9] = {}, bias[1] = {}, input[4] = {};
    float output[9] = {};
    const Convolution layer(kernels, {1, 1, 3, 1, false}, {bits, 2, weights, 9}, bias, Convolution::Form::kept);
    try {
        layer.run({input, 2, 1, 2, 2, output, 3, 1, 3, 3}, false, false, false, 3, 3, 1);
    } catch (const std::invalid_argument&) {
        return true;
    }
    return false;
}

}  // namespace

int main() {
    std::mt19937 random(1);
    const auto below = [&](int most) { return 1 + static_cast<int>(random() % most); };
    int cases = 0;
    for (const Kernels* kernels : usable_kernels()) {
        for (int turn = 0; turn < 150; ++turn, ++cases) {
            Case c{below(turn % 10 ? 20 : 140), below(turn % 15 ? 20 : 280), random() % 3 ? 3 : 1, below(2), below(11), below(60), false,
                   random() % 3 == 0, random() % 2 == 0, (random() % 5) / 4.0, static_cast<Convolution::Form>(random() % 3)};
            if (c.kernel == 3 && c.stride == 1 && random() % 3 == 0) c.enlarge = true, c.height *= 2, c.width *= 2;
            check(*kernels, c, random);
        }
        if (!refuses(*kernels)) ++failures;
    }
    std::printf("%d cases, %d failures\n", cases, failures);
    return failures != 0;
}
