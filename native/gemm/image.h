// The blocks of an image that a convolution works through, and the part of the source that each of them sees.
#pragma once
#include <string.h>

#include "block.h"
#include "correlate.h"

namespace gradtape::GRADTAPE_ISA {
namespace {

constexpr int64_t kBoxBytes = int64_t{128} << 10;  // what a block sees stays in the second-level cache
constexpr int64_t kMostAcross = 384;               // longer rows of results are cut

// Results of one image: rows of one plane, each from column `w` on.
struct Piece {
  int64_t n, d, h, rows, w, across;
};

// How results are cut into pieces, and how the source lies that a piece sees: in place, or copied with zeros around it.
template <typename T>
struct Image {
  Correlation<T> c;
  int64_t channels, to_channels;  // of a pixel of the source and of a result
  int64_t depth;                  // rows of the filter in all taps
  int64_t rows, across, row_blocks, column_blocks, pieces;
  bool copies;
  int64_t box[kAxes];            // pixels that the largest piece sees
  int64_t row_step, plane_step;  // from row to row and from plane to plane of what it sees
  int64_t runs, run;             // memory in one piece that a result sees: how many, and elements in each
  bool joined;                   // whether a run is all taps of a row
  int64_t lead, trail;           // elements of a run that the first and the last result of a row leave out, since they lie outside

  // Pieces of about `pixels` results, if given, else of as many as see what fits the cache.
  explicit Image(const Correlation<T>& correlation, int64_t pixels = 0) : c(correlation) {
    flatten();
    const Axis& a = c.axis[0];
    const Axis& b = c.axis[1];
    const Axis& w = c.axis[2];
    channels = c.groups * c.inner;
    to_channels = c.groups * c.columns;
    depth = a.taps * b.taps * w.taps * c.inner;
    joined = c.groups == 1 && (w.tap_step == 1 || w.taps <= 1);
    if (pixels > 0 && c.inner >= kMostRows) joined = false;
    runs = a.taps * b.taps * (joined ? (w.taps > 0 ? 1 : 0) : w.taps);
    run = joined ? w.taps * c.inner : c.inner;
    const int64_t most = pixels > 0 ? pixels : kMostAcross * 2 / 3;
    const int64_t cuts = w.count > (pixels > 0 ? 2 * pixels : kMostAcross) ? ceil_div(w.count, most) : 1;
    across = cuts == 1 ? w.count : ceil_div(even_part(w.count, cuts), kMostRows) * kMostRows;
    column_blocks = across > 0 ? ceil_div(w.count, across) : 0;
    box[0] = span(a) + 1;
    box[2] = (across - 1) * w.step + span(w) + 1;
    rows = pixels > 0 ? most / (across > 0 ? across : 1) : rows_in_cache();
    if (pixels > 0 && column_blocks > 1) rows = 1;
    rows = rows < 1 ? 1 : rows < b.count ? rows : b.count;
    if (rows > 0) rows = even_part(b.count, ceil_div(b.count, rows));
    row_blocks = rows > 0 ? ceil_div(b.count, rows) : 0;
    box[1] = (rows - 1) * b.step + span(b) + 1;
    pieces = c.batch * a.count * row_blocks * column_blocks;
    lead = first_out(w) * c.inner;
    trail = last_out(w) * c.inner;
    copies = (reaches_out(a) || reaches_out(b) || reaches_out(w)) && !can_leave_out(pixels > 0);
    if (copies) lead = trail = 0;
    row_step = (copies ? box[2] : w.size) * channels;
    plane_step = (copies ? box[1] : b.size) * row_step;
  }

  // Elements; more than there is memory for where that would overflow.
  int64_t box_size() const {
    if (!copies) return 0;
    const double size = static_cast<double>(box[0]) * static_cast<double>(box[1]) * static_cast<double>(box[2]);
    return size * static_cast<double>(channels) > 1e12 ? int64_t{1} << 40 : box[0] * plane_step;
  }

  Piece piece(int64_t i) const {
    Piece p;
    const int64_t column = i % column_blocks;
    i /= column_blocks;
    const int64_t row = i % row_blocks;
    i /= row_blocks;
    p.d = i % c.axis[0].count;
    p.n = i / c.axis[0].count;
    p.h = row * rows;
    p.w = column * across;
    p.rows = c.axis[1].count - p.h < rows ? c.axis[1].count - p.h : rows;
    p.across = c.axis[2].count - p.w < across ? c.axis[2].count - p.w : across;
    return p;
  }

  // What the first result of the piece sees at the first tap; copied to `to` first where it must be.
  const T* see(const Piece& p, T* to) const {
    const Axis *a = &c.axis[0], *b = &c.axis[1], *w = &c.axis[2];
    const int64_t d0 = a->first + p.d * a->step, h0 = b->first + p.h * b->step, w0 = w->first + p.w * w->step;
    const T* const image = c.source + p.n * a->size * b->size * w->size * channels;
    if (!copies) return image + ((d0 * b->size + h0) * w->size + w0) * channels;
    const int64_t height = (p.rows - 1) * b->step + span(*b) + 1, width = (p.across - 1) * w->step + span(*w) + 1;
    int64_t left = w0 < 0 ? -w0 : 0, right = w0 + width > w->size ? w0 + width - w->size : 0;
    left = left < width ? left : width;
    right = right < width - left ? right : width - left;
    const size_t pixel = static_cast<size_t>(channels) * sizeof(T);
    for (int64_t d = 0; d < box[0]; d++) {
      for (int64_t h = 0; h < height; h++) {
        T* row = to + d * plane_step + h * row_step;
        const int64_t at_d = d0 + d, at_h = h0 + h;
        if (at_d < 0 || at_d >= a->size || at_h < 0 || at_h >= b->size) {
          memset(row, 0, static_cast<size_t>(width) * pixel);
          continue;
        }
        memset(row, 0, static_cast<size_t>(left) * pixel);
        memset(row + (width - right) * channels, 0, static_cast<size_t>(right) * pixel);
        const int64_t seen = width - left - right;
        if (seen > 0) {
          const T* from = image + ((at_d * b->size + at_h) * w->size + w0 + left) * channels;
          memcpy(row + left * channels, from, static_cast<size_t>(seen) * pixel);
        }
      }
    }
    return to;
  }

  // The rows of the image that a piece sees, to be asked for while the one before is computed; nothing where planes are several.
  Ahead ahead(const Piece& p) const {
    const Axis &a = c.axis[0], &b = c.axis[1], &w = c.axis[2];
    const int64_t d = a.first + p.d * a.step, first = b.first + p.h * b.step, past = first + (p.rows - 1) * b.step + span(b) + 1;
    const int64_t top = first < 0 ? 0 : first, height = (past < b.size ? past : b.size) - top, row = w.size * channels;
    if (a.taps != 1 || d < 0 || d >= a.size || height <= 0) return {};
    return ahead_of(c.source + ((p.n * a.size + d) * b.size + top) * row, channels, 1, height * w.size, channels);
  }

  // Some neighbours of several.
  struct Stretch {
    int64_t first, past;
  };

  // The runs that meet the image for a row of results, whose first would lie at `h`: those above and below it see only zeros. All where they are not neighbours.
  Stretch runs_within(int64_t h) const {
    const Axis& b = c.axis[1];
    if (c.axis[0].taps != 1 || b.taps < 1 || b.tap_step < 1) return {0, runs};
    const Stretch taps = within(h, b.tap_step, b.size, b.taps);
    const int64_t each = runs / b.taps;
    return {taps.first * each, taps.past * each};
  }

  // The rows of a piece that a run meets within the image.
  Stretch rows_within(const Piece& p, int64_t run) const {
    const Axis& b = c.axis[1];
    if (c.axis[0].taps != 1 || b.taps < 1) return {0, p.rows};
    return within(b.first + p.h * b.step + run / (runs / b.taps) * b.tap_step, b.step, b.size, p.rows);
  }

  // The results of a row of a piece that meet a tap within the image, if each tap is a run of its own; else all.
  Stretch columns_within(const Piece& p, int64_t run) const {
    const Axis& w = c.axis[2];
    if (joined || w.taps < 1) return {0, p.across};
    return within(w.first + p.w * w.step + run % w.taps * w.tap_step, w.step, w.size, p.across);
  }

  // Calls f(first, count) for the results of a row: those that see nothing outside at once, others one by one.
  template <typename F>
  void each_stretch(const Piece& p, F f) const {
    const Axis& w = c.axis[2];
    const Stretch inside = within(w.first + p.w * w.step, w.step, w.size - span(w), p.across);
    for (int64_t i = 0; i < inside.first; i++) f(i, 1);
    if (inside.past > inside.first) f(inside.first, inside.past - inside.first);
    for (int64_t i = inside.past; i < p.across; i++) f(i, 1);
  }

  // The pixel that each tap meets for result `column` of a row of the piece; `zeros` stand for those outside.
  void aim(const Piece& p, int64_t row, int64_t column, const T* zeros, const T** to) const {
    const Axis *a = &c.axis[0], *b = &c.axis[1], *w = &c.axis[2];
    const int64_t d0 = a->first + p.d * a->step, h0 = b->first + (p.h + row) * b->step, w0 = w->first + (p.w + column) * w->step;
    for (int64_t d = d0; d < d0 + a->taps * a->tap_step; d += a->tap_step) {
      for (int64_t h = h0; h < h0 + b->taps * b->tap_step; h += b->tap_step) {
        const bool there = d >= 0 && d < a->size && h >= 0 && h < b->size;
        for (int64_t at = w0; at < w0 + w->taps * w->tap_step; at += w->tap_step) {
          const bool meets = there && at >= 0 && at < w->size;
          *to++ = meets ? c.source + (((p.n * a->size + d) * b->size + h) * w->size + at) * channels : zeros;
        }
      }
    }
  }

  // Where each run begins, from what `see` gives.
  void list_runs(int64_t* to) const {
    const int64_t pixel_steps = runs == 0 ? 0 : runs / (c.axis[0].taps * c.axis[1].taps);
    for (int64_t d = 0; d < c.axis[0].taps; d++) {
      for (int64_t h = 0; h < c.axis[1].taps; h++) {
        for (int64_t w = 0; w < pixel_steps; w++) {
          *to++ = d * c.axis[0].tap_step * plane_step + h * c.axis[1].tap_step * row_step + w * c.axis[2].tap_step * channels;
        }
      }
    }
  }

  double work() const {
    return static_cast<double>(depth) * static_cast<double>(c.columns * c.groups) * static_cast<double>(c.batch) *
           static_cast<double>(c.axis[0].count * c.axis[1].count * c.axis[2].count);
  }

 private:
  static int64_t span(const Axis& axis) { return axis.taps > 0 ? (axis.taps - 1) * axis.tap_step : 0; }
  static bool reaches_out(const Axis& axis) {
    return axis.taps > 0 && (axis.first < 0 || axis.first + (axis.count - 1) * axis.step + span(axis) >= axis.size);
  }

  static int64_t limited(int64_t value, int64_t most) { return value < 0 ? 0 : value < most ? value : most; }

  // Which of `count` positions lie below `size` and not below zero: the first is `at`, the others follow `step` apart.
  static Stretch within(int64_t at, int64_t step, int64_t size, int64_t count) {
    const int64_t low = at < 0 ? limited(ceil_div(-at, step), count) : 0, high = at < size ? limited(ceil_div(size - at, step), count) : 0;
    return {low, high < low ? low : high};
  }

  // How many neighbouring taps of the first and the last result lie outside, before the image and behind it.
  static int64_t first_out(const Axis& axis) { return limited(-axis.first, axis.taps); }
  static int64_t last_out(const Axis& axis) {
    return limited(axis.first + (axis.count - 1) * axis.step + axis.taps - axis.size, axis.taps);
  }

  // Whether products can do without what lies outside: rows of it always, columns if each tap is a run, or if no more than one result at each end sees any.
  bool can_leave_out(bool gradient) const {
    const Axis &a = c.axis[0], &b = c.axis[1], &w = c.axis[2];
    if (a.taps != 1 || reaches_out(a) || b.taps < 1 || w.taps < 1 || b.tap_step < 1 || b.step < 1 || w.step < 1) return false;
    if (!reaches_out(w)) return true;
    if (gradient) return !joined;
    if (!joined || lead + trail > run) return false;
    return w.count < 2 || (w.first + w.step >= 0 && w.first + (w.count - 2) * w.step + w.taps <= w.size);
  }

  // Results that see one pixel each, and all of them, are one long row.
  void flatten() {
    for (const Axis& a : c.axis) {
      const bool plain = a.taps == 1 && a.filter_size == 1 && a.step == 1 && a.first == 0 && a.count == a.size && a.to_step == 1 &&
                         a.to_first == 0 && a.to_size == a.count;
      if (!plain) return;
    }
    Axis& w = c.axis[2];
    w.size = w.count = w.to_size = c.batch * c.axis[0].count * c.axis[1].count * w.count;
    for (int i = 0; i < 2; i++) c.axis[i].size = c.axis[i].count = c.axis[i].to_size = 1;
    c.batch = 1;
  }

  // At least 16 pieces in all, where there are so many rows.
  int64_t rows_in_cache() const {
    const Axis& b = c.axis[1];
    const double row_bytes = static_cast<double>(box[0]) * static_cast<double>(box[2]) * static_cast<double>(channels * sizeof(T));
    const int64_t seen = row_bytes < kBoxBytes ? static_cast<int64_t>(kBoxBytes / (row_bytes > 1 ? row_bytes : 1)) : 1;
    const int64_t fit = (seen - span(b) - 1) / (b.step > 0 ? b.step : 1) + 1;
    const int64_t others = c.batch * c.axis[0].count * column_blocks;
    const int64_t share = ceil_div(b.count * (others > 0 ? others : 1), 16);
    return fit < share ? fit : share;
  }
};

// Columns cut into strips of the width that costs least. A tile of few sums waits for them, and one of few columns for A.
template <typename V>
struct Strips {
  int64_t tall, count, width;
  Strips(int64_t rows, int64_t columns) {
    tall = even_part(rows, ceil_div(rows, kMostRows));
    int64_t least = 0;
    for (int64_t vectors = 1; vectors <= vectors_for(tall); vectors++) {
      const int64_t wide = vectors * V::kLanes, rest = ceil_div(columns % wide, V::kLanes);
      const int64_t cost = columns / wide * tile_cost(vectors) + (rest > 0 ? tile_cost(rest) : 0);
      if (vectors > 1 && cost >= least) continue;
      least = cost;
      width = wide;
    }
    count = ceil_div(columns, width);
  }

 private:
  int64_t tile_cost(int64_t vectors) const {
    const int64_t loads = tall + vectors, sums = tall * vectors;
    return sums > loads ? (sums > 8 ? sums : 8) : loads > 8 ? loads : 8;
  }
};

}  // namespace
}  // namespace gradtape::GRADTAPE_ISA
