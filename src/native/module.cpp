// `intaglio.runtime._native`: convolutions compiled from kept weights, for Python.

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <chrono>

#include "convolution.h"

namespace nb = nanobind;
using namespace intaglio;

namespace {

using Bits = nb::ndarray<const std::uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Floats = nb::ndarray<const float, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Features = nb::ndarray<const float, nb::ndim<3>, nb::device::cpu>;
using Result = nb::ndarray<float, nb::ndim<3>, nb::device::cpu>;

Convolution::Form form_named(const std::string& form) {
    if (form == "kept") return Convolution::Form::kept;
    if (form == "kept-bfloat16") return Convolution::Form::kept_bfloat16;
    if (form == "shared") return Convolution::Form::shared;
    throw nb::value_error("weights are held as kept, kept-bfloat16 or shared");
}

// Features are (rows, columns, channels), channels next to each other.
void require_channels(std::int64_t stride, std::size_t found, int wanted) {
    if (static_cast<int>(found) != wanted) throw nb::value_error("the features have other channels than the layer");
    if (stride != 1 && found > 1) throw nb::value_error("channels must lie next to each other");
}

void run(const Convolution& layer, const Features& input, const Result& output, int height, int width, bool rectify, bool pool,
         bool ceil, int threads) {
    require_channels(input.stride(2), input.shape(2), layer.shape().inputs);
    require_channels(output.stride(2), output.shape(2), layer.shape().outputs);
    const Piece piece{input.data(), input.stride(0), input.stride(1), static_cast<int>(input.shape(0)), static_cast<int>(input.shape(1)),
                      output.data(), output.stride(0), output.stride(1), static_cast<int>(output.shape(0)), static_cast<int>(output.shape(1))};
    nb::gil_scoped_release release;
    layer.run(piece, rectify, pool, ceil, height, width, threads);
}

// Floating point operations per second of one thread that does nothing but multiply-adds in registers, for about a millisecond.
double peak(const std::string& instruction_set) {
    using Clock = std::chrono::steady_clock;
    const Kernels& kernels = kernels_named(instruction_set);
    nb::gil_scoped_release release;
    double best = 0;
    for (int turn = 0; turn < 5; ++turn) {
        const std::int64_t steps = 20000;
        const auto began = Clock::now();
        volatile float kept = kernels.peak(steps);
        (void)kept;
        const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
        best = std::max(best, 2 * kernels.peak_work * static_cast<double>(steps) / seconds);
    }
    return best;
}

}  // namespace

NB_MODULE(_native, m) {
    m.doc() = "Convolutions compiled from the weights that are kept.";
    m.def("instruction_sets", [] {
        std::vector<std::string> names;
        for (const Kernels* kernels : usable_kernels()) names.emplace_back(kernels->name);
        return names;
    }, "What this processor can run, the fastest first.");
    m.def("peak", &peak, nb::arg("instruction_set"), "Multiply-adds in registers, operations per second of one thread.");
    nb::class_<Convolution>(m, "Convolution")
        .def("__init__", [](Convolution* self, int outputs, int inputs, int kernel, int stride, bool enlarge, const Bits& bits,
                            const Floats& weights, const Floats& bias, const std::string& form, const std::string& instruction_set) {
            if (static_cast<int>(bias.shape(0)) != outputs) throw nb::value_error("there is not a bias for each output");
            const Kept kept{bits.data(), bits.shape(0), weights.data(), weights.shape(0)};
            new (self) Convolution(kernels_named(instruction_set), Shape{outputs, inputs, kernel, stride, enlarge}, kept, bias.data(), form_named(form));
        }, nb::kw_only(), nb::arg("outputs"), nb::arg("inputs"), nb::arg("kernel"), nb::arg("stride"), nb::arg("enlarge"), nb::arg("bits"),
           nb::arg("weights"), nb::arg("bias"), nb::arg("form"), nb::arg("instruction_set"))
        .def("run", &run, nb::arg("input"), nb::arg("output"), nb::kw_only(), nb::arg("height"), nb::arg("width"), nb::arg("rectify"),
             nb::arg("pool"), nb::arg("ceil"), nb::arg("threads"))
        .def_prop_ro("products", &Convolution::products)
        .def_prop_ro("bytes", &Convolution::bytes)
        .def_prop_ro("instruction_set", [](const Convolution& self) { return std::string(self.kernels().name); });
}
