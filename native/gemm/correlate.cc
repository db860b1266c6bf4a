// Convolutions as products whose rows are read out of the image itself: where taps lie side by side in memory, so does what a result sees.
#include "correlate.h"

#include "core/pool.h"
#include "depthwise.h"
#include "image.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

constexpr double kSerialWork = 64.0 * 64.0 * 64.0;  // below, waking a thread costs more than it brings
constexpr int64_t kGradientPixels = 192;            // a strip of so many rows of dy stays in the first-level cache
constexpr int64_t kMostPartials = 16;
constexpr int64_t kPartialBytes = int64_t{8} << 20;

int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

void for_each(int64_t count, double work, void (*f)(void*, int64_t), void* context) {
  if (work > kSerialWork) return parallel_for(count, f, context);
  for (int64_t i = 0; i < count; i++) f(context, i);
}

// Whether each channel goes its own way.
template <typename T>
bool keeps_apart(const Correlation<T>& c) {
  return c.groups > 1 && c.inner == 1 && c.columns == 1;
}

// The number of a tap in the filter, by its place among those that are met.
template <typename T>
int64_t number_of(const Correlation<T>& c, int64_t d, int64_t h, int64_t w) {
  const Axis *a = &c.axis[0], *b = &c.axis[1], *across = &c.axis[2];
  const int64_t plane = a->index_first + d * a->index_step, row = plane * b->filter_size + b->index_first + h * b->index_step;
  return row * across->filter_size + across->index_first + w * across->index_step;
}

void fail(int& failed) { __atomic_store_n(&failed, 1, __ATOMIC_RELAXED); }

// Where the taps of a result point to, and a row of zeros for those outside of the image.
template <typename T>
struct Aim {
  const T** taps = nullptr;
  const T* zeros = nullptr;
  bool prepare(const Image<T>& image) {
    const int64_t row = ((image.across - 1) * image.c.axis[2].step + 1) * image.channels, size = sizeof(T);
    char* const memory = static_cast<char*>(scratch(Scratch::kernel_2, image.runs * 8 + row * size));
    if (memory == nullptr) return false;
    taps = reinterpret_cast<const T**>(memory);
    zeros = reinterpret_cast<const T*>(memory + image.runs * 8);
    memset(memory + image.runs * 8, 0, static_cast<size_t>(row * size));
    return true;
  }
};

template <typename V>
class Forward {
  using T = typename V::Scalar;
  static constexpr int64_t kSize = sizeof(T);

 public:
  explicit Forward(const Correlation<T>& c) : image_(c), strips_(image_.across > 0 ? image_.across : 1, c.columns) {}

  bool run() {
    if (image_.pieces == 0 || image_.c.columns == 0) return true;
    if (keeps_apart(image_.c)) return run_apart();
    strip_step_ = (image_.depth + V::kLanes) * strips_.width;
    const int64_t strips = image_.c.groups * strips_.count;
    char* const memory = static_cast<char*>(scratch(Scratch::kernel, strips * strip_step_ * kSize + (image_.runs + 1) * 8));
    if (memory == nullptr) return false;
    packed_ = reinterpret_cast<T*>(memory);
    runs_ = reinterpret_cast<int64_t*>(memory + strips * strip_step_ * kSize);
    image_.list_runs(runs_);
    far_ = results() * kSize > kFarBytes;
    for_each(strips, static_cast<double>(strips * strip_step_) * 4, pack_strip, this);
    for_each(image_.pieces, image_.work(), run_piece, this);
    return failed_ == 0;
  }

 private:
  int64_t results() const {
    const Axis* const axis = image_.c.axis;
    return image_.c.batch * axis[0].to_size * axis[1].to_size * axis[2].to_size * image_.to_channels;
  }

  bool run_apart() {
    const Correlation<T>& c = image_.c;
    runs_ = static_cast<int64_t*>(scratch(Scratch::kernel, (image_.runs + 1) * 8));
    if (runs_ == nullptr) return false;
    int64_t* weight = runs_;
    for (int64_t d = 0; d < c.axis[0].taps; d++) {
      for (int64_t h = 0; h < c.axis[1].taps; h++) {
        for (int64_t w = 0; w < c.axis[2].taps; w++) *weight++ = number_of(c, d, h, w) * c.filter_tap;
      }
    }
    const int64_t seen = c.batch * c.axis[0].size * c.axis[1].size * c.axis[2].size * c.groups * kSize;
    streams_ = streams_to<V>(c.to, results(), c.groups) && c.activation <= Activation::relu;
    far_source_ = seen > kFarBytes;
    for_each(image_.pieces, image_.work(), run_piece, this);
    return failed_ == 0;
  }

  // Rows of one piece, channel by channel, out of the image itself.
  void run_piece_apart(const Piece& p) {
    const Correlation<T>& c = image_.c;
    const Axis *a = &c.axis[0], *b = &c.axis[1], *w = &c.axis[2];
    Aim<T> aim;
    if (!aim.prepare(image_)) return fail(failed_);
    ApartRow<T> row{};
    row.filter = c.filter;
    row.bias = c.bias;
    row.x_step = w->step * image_.channels;
    row.y_step = w->to_step * c.groups;
    row.channels = c.groups;
    row.taps = image_.runs;
    row.tap = aim.taps;
    row.weight = runs_;
    row.ahead = far_source_ ? b->step * image_.row_step : 0;
    row.streams = streams_;
    row.activation = c.activation;
    const int64_t plane = p.n * a->to_size + a->to_first + p.d * a->to_step;
    for (int64_t r = 0; r < p.rows; r++) {
      const int64_t at = plane * b->to_size + b->to_first + (p.h + r) * b->to_step;
      T* const to = c.to + (at * w->to_size + w->to_first + p.w * w->to_step) * c.groups;
      image_.each_stretch(p, [&](int64_t first, int64_t count) {
        image_.aim(p, r, first, aim.zeros, aim.taps);
        row.y = to + first * row.y_step;
        row.count = count;
        multiply_row_apart<V>(row);
      });
      if (c.activation > Activation::relu) {
        for (int64_t i = 0; i < p.across; i++) activate(to + i * row.y_step, c.groups, c.activation, c.leaky_slope);
      }
    }
    if (streams_) stream_end();
  }

  static void pack_strip(void* context, int64_t i) {
    const Forward& self = *static_cast<const Forward*>(context);
    const Correlation<T>& c = self.image_.c;
    const int64_t j = i % self.strips_.count * self.strips_.width, columns = smaller(self.strips_.width, c.columns - j);
    T* to = self.packed_ + i * self.strip_step_;
    const T* const from = c.filter + i / self.strips_.count * c.filter_group + j * c.filter_column;
    const Axis *a = &c.axis[0], *b = &c.axis[1], *w = &c.axis[2];
    for (int64_t d = 0; d < a->taps; d++) {
      for (int64_t h = 0; h < b->taps; h++) {
        for (int64_t t = 0; t < w->taps; t++, to += c.inner * self.strips_.width) {
          pack_columns<V>(from + number_of(c, d, h, t) * c.filter_tap, c.filter_inner, c.filter_column, c.inner, columns,
                          self.strips_.width, to);
        }
      }
    }
  }

  static void run_piece(void* context, int64_t i) {
    Forward& self = *static_cast<Forward*>(context);
    const Image<T>& image = self.image_;
    const Correlation<T>& c = image.c;
    const Piece p = image.piece(i);
    if (keeps_apart(c)) return self.run_piece_apart(p);
    T* const box = static_cast<T*>(scratch(Scratch::kernel_2, image.box_size() * kSize));
    if (box == nullptr && image.copies) return fail(self.failed_);
    const T* const seen = image.see(p, box);
    const Axis *a = &c.axis[0], *b = &c.axis[1], *w = &c.axis[2];
    const int64_t channels = image.to_channels, tall = self.strips_.tall, tiles = ceil_div(p.across, tall);
    const int64_t plane = p.n * a->to_size + a->to_first + p.d * a->to_step;
    Tile<T> tile{};
    tile.k = image.run;
    tile.a_row = w->step * image.channels;
    tile.a_col = 1;
    tile.b_row = self.strips_.width;
    tile.c_row = w->to_step * channels;
    tile.relu = c.activation == Activation::relu;
    tile.far = self.far_;
    for (int64_t s = 0; s < c.groups * self.strips_.count; s++) {
      const int64_t g = s / self.strips_.count, j = s % self.strips_.count * self.strips_.width;
      tile.columns = smaller(self.strips_.width, c.columns - j);
      tile.bias = c.bias != nullptr ? c.bias + g * c.columns + j : nullptr;
      for (int64_t r = 0; r < p.rows; r++) {
        const int64_t row = plane * b->to_size + b->to_first + (p.h + r) * b->to_step;
        T* const to = c.to + (row * w->to_size + w->to_first + p.w * w->to_step) * channels + g * c.columns + j;
        const T* const from = seen + r * b->step * image.row_step + g * c.inner;
        const auto met = image.runs_within(b->first + (p.h + r) * b->step);
        tile.segment = self.runs_ + met.first;
        tile.segments = met.past - met.first;
        tile.b = self.packed_ + s * self.strip_step_ + met.first * image.run * self.strips_.width;
        for (int64_t t = 0; t < tiles; t++) {
          const int64_t at = p.across * t / tiles, high = p.across * (t + 1) / tiles - at;
          tile.a = from + at * tile.a_row;
          tile.c = to + at * tile.c_row;
          tile.lead = p.w + at == 0 ? image.lead : 0;
          tile.trail = p.w + at + high == w->count ? image.trail : 0;
          tile_kernel<V, true>(high, tile.columns)(tile);
          if (c.activation > Activation::relu) {
            for (int64_t q = 0; q < high; q++) activate(tile.c + q * tile.c_row, tile.columns, c.activation, c.leaky_slope);
          }
        }
      }
    }
  }

  const Image<T> image_;
  const Strips<V> strips_;
  T* packed_ = nullptr;
  int64_t* runs_ = nullptr;
  int64_t strip_step_ = 0;
  bool far_ = false;
  bool far_source_ = false, streams_ = false;  // of channels that are kept apart
  int failed_ = 0;
};

// Pixels are summed in a fixed number of shares, which are added up in their order.
template <typename V>
class FilterGradient {
  using T = typename V::Scalar;
  static constexpr int64_t kSize = sizeof(T);

 public:
  FilterGradient(const Correlation<T>& c, const T* dy, T* to)
      : image_(c, kGradientPixels), strips_(image_.run > 0 ? image_.run : 1, c.columns), dy_(dy), to_(to) {}

  bool run() {
    size_ = image_.depth * image_.c.groups * image_.c.columns;
    if (size_ == 0) return true;
    if (image_.pieces == 0) {
      memset(to_, 0, static_cast<size_t>(size_ * kSize));
      return true;
    }
    shares_ = smaller(smaller(kMostPartials, image_.pieces), 1 + kPartialBytes / (size_ * kSize));
    parts_ = keeps_apart(image_.c) ? 1 : smaller(strips_.count * image_.c.groups, ceil_div(kMostPartials, shares_));
    const int64_t sums = shares_ > 1 ? shares_ * size_ * kSize : 0;
    const int64_t numbers = ceil_div(image_.runs + image_.rows, 8) * 8;  // whole cache lines
    runs_ = static_cast<int64_t*>(scratch(Scratch::kernel, numbers * 8 + sums));
    if (runs_ == nullptr) return false;
    rows_ = runs_ + image_.runs;
    sums_ = shares_ > 1 ? reinterpret_cast<T*>(runs_ + numbers) : to_;
    image_.list_runs(runs_);
    for (int64_t r = 0; r < image_.rows; r++) rows_[r] = r * image_.c.axis[1].step * image_.row_step;
    for_each(shares_ * parts_, image_.work(), run_share, this);
    if (shares_ > 1) for_each(ceil_div(size_, kSumPiece), static_cast<double>(size_ * shares_), add_shares, this);
    return failed_ == 0;
  }

 private:
  static constexpr int64_t kSumPiece = 4096;

  static void run_share(void* context, int64_t chunk) {
    FilterGradient& self = *static_cast<FilterGradient*>(context);
    const Image<T>& image = self.image_;
    if (keeps_apart(image.c)) return self.run_share_apart(chunk);
    const int64_t strip = (image.rows * image.across + V::kLanes) * self.strips_.width;
    T* const packed = static_cast<T*>(scratch(Scratch::kernel_2, (strip + image.box_size()) * kSize));
    if (packed == nullptr) return fail(self.failed_);
    const int64_t share = chunk / self.parts_, part = chunk % self.parts_, strips = self.strips_.count * image.c.groups;
    const int64_t first = image.pieces * share / self.shares_, past = image.pieces * (share + 1) / self.shares_;
    const int64_t first_strip = strips * part / self.parts_, past_strip = strips * (part + 1) / self.parts_;
    const int64_t runs = (past_strip - first_strip) * image.runs;
    for (int64_t i = first; i < past; i++) {
      const Piece p = image.piece(i);
      const T* const seen = image.see(p, packed + strip);
      Ahead source{}, dy{};
      if (i + 1 < past) {
        const Piece next = image.piece(i + 1);
        source = image.ahead(next);
        dy = ahead_of(self.dy_of(next), image.to_channels, 1, next.rows * next.across, image.to_channels);
      }
      for (int64_t s = first_strip, asked = 0; s < past_strip; s++) {
        const T* const strip_of_dy = self.strip_of(p, s, packed);
        for (int64_t r = 0; r < image.runs; r++, asked++) {
          source.ask(asked, runs);
          dy.ask(asked, runs);
          self.add_run(p, s, r, seen, strip_of_dy, self.sums_ + share * self.size_, i > first);
        }
      }
    }
  }

  const T* dy_of(const Piece& p) const {
    const Axis* const axis = image_.c.axis;
    return dy_ + (((p.n * axis[0].count + p.d) * axis[1].count + p.h) * axis[2].count + p.w) * image_.to_channels;
  }

  int64_t columns_of(int64_t strip) const { return smaller(strips_.width, image_.c.columns - strip % strips_.count * strips_.width); }
  // Where a strip begins among the channels.
  int64_t place_of(int64_t strip) const { return strip / strips_.count * image_.c.columns + strip % strips_.count * strips_.width; }

  // Rows of a strip of dy, whole vectors wide and one behind the other, since every tile of the strip reads them.
  static int64_t wide(int64_t columns) { return ceil_div(columns, V::kLanes) * V::kLanes; }
  const T* strip_of(const Piece& p, int64_t strip, T* packed) const {
    const int64_t columns = columns_of(strip), row = wide(columns);
    if (columns == image_.to_channels && columns == row) return dy_of(p);
    pack_columns<V>(dy_of(p) + place_of(strip), image_.to_channels, 1, p.rows * p.across, columns, row, packed);
    return packed;
  }

  void add_run(const Piece& p, int64_t strip, int64_t r, const T* seen, const T* dy, T* sums, bool accumulate) const {
    const auto met = image_.rows_within(p, r), across = image_.columns_within(p, r);
    Tile<T> tile{};
    tile.k = across.past - across.first;
    tile.a_row = 1;
    tile.a_col = image_.c.axis[2].step * image_.channels;
    tile.c_row = image_.to_channels;
    tile.columns = columns_of(strip);
    tile.b_row = wide(tile.columns);
    tile.b = dy + (met.first * p.across + across.first) * tile.b_row;
    tile.b_gap = (p.across - tile.k) * tile.b_row;
    tile.accumulate = tile.far = accumulate;
    tile.segment = rows_ + met.first;
    tile.segments = met.past - met.first;
    const T* const from = seen + runs_[r] + across.first * tile.a_col + strip / strips_.count * image_.c.inner;
    const int64_t tiles = ceil_div(image_.run, strips_.tall);
    for (int64_t t = 0; t < tiles; t++) {
      const int64_t at = image_.run * t / tiles, high = image_.run * (t + 1) / tiles - at;
      tile.a = from + at;
      tile.c = sums + (r * image_.run + at) * tile.c_row + place_of(strip);
      tile_kernel<V, true>(high, tile.columns)(tile);
    }
  }

  void run_share_apart(int64_t share) {
    const Correlation<T>& c = image_.c;
    const Axis *a = &c.axis[0], *b = &c.axis[1], *w = &c.axis[2];
    Aim<T> aim;
    if (!aim.prepare(image_)) return fail(failed_);
    ApartSums<T> sums{};
    sums.to = sums_ + share * size_;
    sums.x_step = w->step * image_.channels;
    sums.channels = c.groups;
    sums.tap = aim.taps;
    if (c.batch * a->size * b->size * w->size * c.groups * kSize > kFarBytes) {
      sums.ahead = b->step * image_.row_step;
      sums.dy_ahead = w->count * c.groups;
    }
    memset(sums.to, 0, static_cast<size_t>(size_ * kSize));
    for (int64_t i = image_.pieces * share / shares_; i < image_.pieces * (share + 1) / shares_; i++) {
      const Piece p = image_.piece(i);
      for (int64_t r = 0; r < p.rows; r++) {
        const T* const dy = dy_of(p) + r * w->count * c.groups;
        image_.each_stretch(p, [&](int64_t first, int64_t count) {
          image_.aim(p, r, first, aim.zeros, aim.taps);
          sums.dy = dy + first * c.groups;
          sums.count = count;
          sum_taps_apart<V>(sums, image_.runs);
        });
      }
    }
  }

  static void add_shares(void* context, int64_t chunk) {
    const FilterGradient& self = *static_cast<const FilterGradient*>(context);
    const int64_t end = smaller(self.size_, (chunk + 1) * kSumPiece);
    for (int64_t i = chunk * kSumPiece; i < end; i += V::kLanes) {
      const int64_t lanes = smaller(V::kLanes, end - i);
      V sum = V::load_partial(self.sums_ + i, lanes);
      for (int64_t s = 1; s < self.shares_; s++) sum = sum + V::load_partial(self.sums_ + s * self.size_ + i, lanes);
      store_partial(self.to_ + i, sum, lanes);
    }
  }

  const Image<T> image_;
  const Strips<V> strips_;
  const T* dy_;
  T* to_;
  T* sums_ = nullptr;
  int64_t *runs_ = nullptr, *rows_ = nullptr;
  int64_t size_ = 0, shares_ = 1, parts_ = 1;
  int failed_ = 0;
};

}  // namespace

bool correlate(const Correlation<float>& c) { return Forward<F32>(c).run(); }
bool correlate(const Correlation<double>& c) { return Forward<F64>(c).run(); }

bool correlate_filter(const Correlation<float>& c, const float* dy, float* to) { return FilterGradient<F32>(c, dy, to).run(); }
bool correlate_filter(const Correlation<double>& c, const double* dy, double* to) { return FilterGradient<F64>(c, dy, to).run(); }

}  // namespace gradtape::GRADTAPE_ISA
