// Rows conv, convBackpropInput and convBackpropFilter: strides, pads and dilations turned into axes of correlations.
#include "families.h"
#include "gemm/correlate.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

// One spatial axis of a convolution; those that an image of fewer axes lacks have size 1.
struct Side {
  int64_t in = 1, out = 1, taps = 1, stride = 1, pad = 0, dilation = 1;
};

struct Shape {
  int64_t batch, groups, in_channels, out_channels;  // channels of a group
  Side side[kAxes];
  const double* rest;  // the attributes behind those that all three rows share
};

// attrs: strides, pads (before and after, axis by axis), dilations, groups. `x`, `filter` and `y` give the sizes, where they are known.
Shape read_shape(const Call& call, const View* x, const View* filter, const View* y) {
  Shape s{};
  const double* at = call.attrs;
  const int32_t spatial = static_cast<int32_t>(at[0]), skip = kAxes - spatial;
  const double *strides = at + 1, *pads = strides + spatial + 1, *dilations = pads + 2 * spatial + 1;
  for (int32_t i = 0; i < spatial; i++) {
    Side& side = s.side[skip + i];
    side.stride = static_cast<int64_t>(strides[i]);
    side.pad = static_cast<int64_t>(pads[2 * i]);
    side.dilation = static_cast<int64_t>(dilations[i]);
    side.in = x->shape[1 + i];
    side.taps = filter->shape[i];
    side.out = y->shape[1 + i];
  }
  s.batch = x->shape[0];
  s.groups = static_cast<int64_t>(dilations[spatial]);
  s.in_channels = filter->shape[spatial];
  s.out_channels = filter->shape[spatial + 1] / (s.groups > 0 ? s.groups : 1);
  s.rest = dilations + spatial + 1;
  return s;
}

template <typename T>
Correlation<T> forward(const Shape& s, const T* x) {
  Correlation<T> c{};
  c.batch = s.batch;
  for (int i = 0; i < kAxes; i++) {
    const Side& side = s.side[i];
    c.axis[i] = {side.in, side.out, -side.pad, side.stride, side.out, 0, 1, side.taps, side.dilation, side.taps, 0, 1};
  }
  c.groups = s.groups;
  c.inner = s.in_channels;
  c.columns = s.out_channels;
  c.source = x;
  c.filter_tap = s.in_channels * s.groups * s.out_channels;
  c.filter_inner = s.groups * s.out_channels;
  c.filter_column = 1;
  c.filter_group = s.out_channels;
  return c;
}

int64_t common_divisor(int64_t a, int64_t b) { return b == 0 ? a : common_divisor(b, a % b); }

// The inputs i for which i + pad leaves `rest` when divided by the stride: they meet every `period`-th tap, the last of them first.
Axis backward(const Side& side, int64_t rest) {
  const int64_t s = side.stride, divisor = common_divisor(side.dilation, s), period = s / divisor;
  Axis axis{};
  axis.size = side.out;
  axis.to_size = side.in;
  axis.to_step = s;
  axis.to_first = ((rest - side.pad) % s + s) % s;
  axis.count = axis.to_first < side.in ? (side.in - axis.to_first + s - 1) / s : 0;
  axis.step = 1;
  axis.filter_size = side.taps;
  axis.tap_step = side.dilation / divisor;
  axis.index_step = -period;
  int64_t least = 0;
  while (least < period && least * side.dilation % s != rest) least++;
  if (least == period || least >= side.taps) return axis;
  axis.taps = (side.taps - least + period - 1) / period;
  axis.index_first = least + (axis.taps - 1) * period;
  axis.first = (axis.to_first + side.pad - axis.index_first * side.dilation) / s;
  return axis;
}

void report(const Call& call, const char* row, bool done) {
  if (!done) call.fail("%s: no working memory", row);
}

template <typename T>
void run_forward(const Call& call) {
  const Shape s = read_shape(call, &call.inputs[0], &call.inputs[1], &call.outputs[0]);
  Correlation<T> c = forward<T>(s, static_cast<const T*>(call.inputs[0].data));
  c.filter = static_cast<const T*>(call.inputs[1].data);
  c.to = static_cast<T*>(call.outputs[0].data);
  c.bias = call.input_count > 2 ? static_cast<const T*>(call.inputs[2].data) : nullptr;
  c.activation = static_cast<Activation>(static_cast<int32_t>(s.rest[0]));
  c.leaky_slope = s.rest[1];
  report(call, "conv", correlate(c));
}

template <typename T>
void run_input(const Call& call) {
  const Shape s = read_shape(call, &call.outputs[0], &call.inputs[1], &call.inputs[0]);
  Correlation<T> c = forward<T>(s, static_cast<const T*>(call.inputs[0].data));
  c.filter = static_cast<const T*>(call.inputs[1].data);
  c.to = static_cast<T*>(call.outputs[0].data);
  c.inner = s.out_channels;
  c.columns = s.in_channels;
  c.filter_column = c.filter_inner;
  c.filter_inner = 1;
  bool done = true;
  for (int64_t d = 0; d < s.side[0].stride; d++) {
    for (int64_t h = 0; h < s.side[1].stride; h++) {
      for (int64_t w = 0; w < s.side[2].stride; w++) {
        c.axis[0] = backward(s.side[0], d);
        c.axis[1] = backward(s.side[1], h);
        c.axis[2] = backward(s.side[2], w);
        // A stride larger than the image leaves steps that end on no pixel.
        if (c.axis[0].count > 0 && c.axis[1].count > 0 && c.axis[2].count > 0) done = done && correlate(c);
      }
    }
  }
  report(call, "convBackpropInput", done);
}

template <typename T>
void run_filter(const Call& call) {
  const Shape s = read_shape(call, &call.inputs[0], &call.outputs[0], &call.inputs[1]);
  const Correlation<T> c = forward<T>(s, static_cast<const T*>(call.inputs[0].data));
  report(call, "convBackpropFilter",
         correlate_filter(c, static_cast<const T*>(call.inputs[1].data), static_cast<T*>(call.outputs[0].data)));
}

// The row for either floating type.
template <Kernel kFloat, Kernel kDouble>
void typed(const Call& call) {
  if (call.outputs[0].size == 0) return;
  if (call.inputs[0].dtype == DType::float32) return kFloat(call);
  if (call.inputs[0].dtype == DType::float64) return kDouble(call);
  call.fail("conv: no convolution of elements of type %d", static_cast<int>(call.inputs[0].dtype));
}

constexpr Row kRows[] = {{"conv", typed<run_forward<float>, run_forward<double>>},
                         {"convBackpropInput", typed<run_input<float>, run_input<double>>},
                         {"convBackpropFilter", typed<run_filter<float>, run_filter<double>>}};

}  // namespace

Table conv_table() { return {kRows, 3}; }

}  // namespace gradtape::GRADTAPE_ISA
