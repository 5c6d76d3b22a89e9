#pragma once

#include "../band.h"
#include "panel.inl"
#include "tile.inl"
#include "vector.h"

namespace spectrap::simd::SPECTRAP_ISA {

/// The state between two panels: A stands in the tiles but for the update A −= V·Wᵀ + W·Vᵀ of the last panel.
template <class Real, int b>
struct BandReduction {
  Tiles<Real> a;
  Real* band;
  Team& team;
  const BandReflectors<Real>* keep;

  Real* v;  ///< of the last panel, padded × b, row-major, zero above the rows it works on
  Real* w;
  Real* strips;   ///< both, packed for update_tile()
  Real* next_v;   ///< of this panel
  Real* product;  ///< A·V of this panel, in slices
  Real* t;
  bool pending = false;  ///< whether there was a last panel
  uint64_t start = 0;    ///< first row and column of what is left

  BandReduction(const Tiles<Real>& tiles, Real* to, Real* scratch, Team& members,
                const BandReflectors<Real>* kept)
      : a(tiles), band(to), team(members), keep(kept) {
    const uint64_t panel = a.padded() * b;
    v = scratch;
    w = v + panel;
    strips = w + panel;
    next_v = strips + 2 * panel;
    product = next_v + panel;
    t = product + band_slices(a.order()) * panel;
  }

  void run() {
    const uint64_t n = a.order();
    const uint64_t size = band_size(n, b);
    for (uint64_t i = 0; i < size; ++i) band[i] = 0;
    uint64_t panel = 0;
    for (; n - start > b; ++panel) {
      update_panel();
      copy_triangle(b);
      reduce_panel();
      multiply();
      if (keep != nullptr) keep_reflectors(panel);
      prepare_update();
      start += b;
    }
    update_panel();
    copy_triangle(n - start);
  }

  /// Brings the b columns at `start` up to date.
  void update_panel() {
    if (!pending) return;
    const uint64_t side = a.side();
    const uint64_t j = start / side;
    const uint64_t first = start % side;
    for (uint64_t i = j; i < a.count(); ++i) {
      update_tile<Real, b>(a.tile(i, j), side, first, first + b, strips + i * side * 2 * b, v + j * side * b,
                           w + j * side * b);
    }
  }

  /// The lower triangle at `start` is final.
  void copy_triangle(uint64_t order) {
    for (uint64_t c = 0; c < order; ++c) {
      Real* column = band + (start + c) * (2 * b + 1);
      for (uint64_t r = c; r < order; ++r) column[r - c] = a.at(start + r, start + c);
    }
  }

  /// QR of the rows below: R goes to the band, V to next_v, T to t.
  void reduce_panel() {
    const uint64_t side = a.side();
    const uint64_t below = start + b;
    const uint64_t j = start / side;
    for (uint64_t row = below / side * side; row < below; ++row) clear_row(next_v, row);
    for (uint64_t i = below / side; i < a.count(); ++i) {
      const Real* tile = a.tile(i, j) + start % side * side;
      for (uint64_t row = i * side < below ? below - i * side : 0; row < side; ++row) {
        Real* out = next_v + (i * side + row) * b;
        for (int c = 0; c < b; ++c) out[c] = tile[c * side + row];
      }
    }
    Real* p = next_v + below * b;
    const uint64_t m = a.order() - below;
    alignas(64) Real tau[b];
    alignas(64) Real inverse[b];
    panel_qr<Real, b>(m, p, tau, inverse);
    for (uint64_t r = 0; r < m && r < b; ++r) {
      for (uint64_t c = r; c < b; ++c) band[(start + c) * (2 * b + 1) + b + r - c] = p[r * b + c];
    }
    for (uint64_t r = 0; r < m && r < b; ++r) {
      for (uint64_t c = 0; c < r; ++c) p[r * b + c] *= inverse[c];
      p[r * b + r] = 1;
      for (uint64_t c = r + 1; c < b; ++c) p[r * b + c] = 0;
    }
    constexpr int width = b / lanes<Real>;
    for (uint64_t r = b; r < m; ++r) {
      for (int q = 0; q < width; ++q) {
        Real* x = p + r * b + q * lanes<Real>;
        store(x, load(x) * load(inverse + q * lanes<Real>));
      }
    }
    Real* g = t + b * b;
    panel_products<Real, b>(m, p, p, g);
    block_reflector<Real, b>(g, tau, t);
  }

  static void clear_row(Real* panel, uint64_t row) {
    for (int c = 0; c < b; ++c) panel[row * b + c] = 0;
  }

  /// One pass over what is left: each tile is brought up to date and multiplied with V while it is in cache.
  void multiply() {
    const uint64_t first = (start + b) / a.side();
    const uint64_t slices = band_slices(a.order());
    struct Context {
      BandReduction& reduction;
      uint64_t first, slices;
    } context{*this, first, slices};
    team.run(
        slices,
        [](void* opaque, uint64_t slice) {
          const auto& [reduction, first, slices] = *static_cast<Context*>(opaque);
          reduction.multiply_slice(first, slice, slices);
        },
        &context);
    const uint64_t panel = a.padded() * b;
    for (uint64_t slice = 1; slice < slices; ++slice) {
      const Real* part = product + slice * panel;
      for (uint64_t i = first * a.side() * b; i < panel; i += lanes<Real>) {
        store(product + i, load(product + i) + load(part + i));
      }
    }
    // Rows that are done hold anything.
    for (uint64_t row = first * a.side(); row < start + b; ++row) clear_row(product, row);
  }

  /// Every slices-th tile column.
  void multiply_slice(uint64_t first, uint64_t slice, uint64_t slices) {
    const uint64_t side = a.side();
    const uint64_t rows = side * b;
    Real* x = product + slice * a.padded() * b;
    for (uint64_t i = first * rows; i < a.padded() * b; ++i) x[i] = 0;
    for (uint64_t j = first + slice; j < a.count(); j += slices) {
      const uint64_t done = j == first ? (start + b) % side : 0;  // columns, and so rows of V that are zero
      for (uint64_t i = j; i < a.count(); ++i) {
        Real* tile = a.tile(i, j);
        if (pending) {
          update_tile<Real, b>(tile, side, done, side, strips + i * 2 * rows, v + j * rows, w + j * rows);
        }
        multiply_tile<Real, b>(tile, side, done, next_v + j * rows, x + i * rows);
        if (i != j) multiply_tile_transposed<Real, b>(tile, side, done, next_v + i * rows, x + j * rows);
      }
    }
  }

  /// Q_pᵀ·A·Q_p = A − V·Wᵀ − W·Vᵀ with X = A·V, S = Tᵀ·(VᵀX)·T, W = X·T − V·S/2.
  void prepare_update() {
    const uint64_t first = (start + b) / a.side() * a.side();
    const uint64_t rows = a.padded() - first;
    Real* x = product + first * b;
    Real* vtx = t + b * b;
    Real* vtxt = vtx + b * b;
    Real* s = vtxt + b * b;
    panel_products<Real, b>(rows, next_v + first * b, x, vtx);
    small_product<Real, b, false>(vtx, t, vtxt);
    small_product<Real, b, true>(t, vtxt, s);
    for (int i = 0; i < b * b; ++i) s[i] *= static_cast<Real>(0.5);
    combine_panels<Real, b>(rows, x, t, next_v + first * b, s);
    Real* const last_v = v;
    v = next_v;
    next_v = last_v;
    for (uint64_t i = 0; i < rows * b; i += lanes<Real>) store(w + first * b + i, load(x + i));
    pack_strips<Real, b>(rows, v + first * b, w + first * b, strips + first * 2 * b);
    pending = true;
  }

  void keep_reflectors(uint64_t panel) {
    const uint64_t elements = a.padded() * b;
    Real* to = keep->v + panel * elements;
    const uint64_t first = (start + b) / a.side() * a.side() * b;
    for (uint64_t i = 0; i < first; ++i) to[i] = 0;
    for (uint64_t i = first; i < elements; ++i) to[i] = next_v[i];
    for (int i = 0; i < b * b; ++i) keep->t[panel * b * b + i] = t[i];
  }
};

template <class Real>
void full_to_band(const Tiles<Real>& a, Real* band, Real* scratch, Team& team,
                  const BandReflectors<Real>* keep) {
  if constexpr (sizeof(Real) == sizeof(double)) {
    BandReduction<Real, 24>(a, band, scratch, team, keep).run();
  } else if (a.side() == 48) {
    BandReduction<Real, 16>(a, band, scratch, team, keep).run();
  } else {
    BandReduction<Real, 32>(a, band, scratch, team, keep).run();
  }
}

}  // namespace spectrap::simd::SPECTRAP_ISA
