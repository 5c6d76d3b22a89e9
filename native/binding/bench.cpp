#include "bench.h"

#include <algorithm>
#include <string>
#include <vector>

#include "../core/blas.h"
#include "../core/blas_gram.h"
#include "../core/block_reader.h"
#include "../core/block_source.h"
#include "../core/buffer.h"
#include "../core/ceilings.h"
#include "../core/decode.h"
#include "../core/isa.h"
#include "../core/lapack_driver.h"
#include "../core/packed_gram.h"
#include "../core/product.h"
#include "../core/symmetric.h"
#include "../core/tap_moments.h"
#include "../core/team.h"
#include "../core/tiles.h"
#include "bench_train.h"
#include "convert.h"
#include "timed.h"

namespace spectrap::binding {
namespace {

struct Solved {
  std::vector<double> eigenvalues;
  Times times;
};

/// The clock runs from a symmetric matrix in memory, in the precision asked for, to its sorted eigenvalues.
/// LAPACK destroys its input, which is therefore copied before; ours takes its own copy while the clock runs.
template <class Real>
Solved solve(const std::string& contender, const Napi::Float64Array& values, uint64_t n) {
  Buffer<Real> matrix(n * n);
  std::transform(values.Data(), values.Data() + n * n, matrix.data(),
                 [](double x) { return static_cast<Real>(x); });
  Solved solved;
  if (contender == "spectrap") {
    TeamOfOne team;
    const simd::Stages& chosen = stages();
    solved.times = timed([&] { solved.eigenvalues = symmetric_eigenvalues(chosen, matrix.data(), n, team); });
  } else {
    const LapackDriver driver = lapack_driver(contender);
    Blas::get();  // opening the library is not solving
    solved.times = timed([&] { solved.eigenvalues = lapack_eigenvalues(driver, matrix.data(), n); });
  }
  return solved;
}

/// (contender, precision, values, n): see NativeBench.eigenvalues of lib/solver/native-bench.ts.
Napi::Value eigenvalues(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto contender = info[0].As<Napi::String>().Utf8Value();
  const bool wide = info[1].As<Napi::String>().Utf8Value() == "double";
  const auto values = info[2].As<Napi::Float64Array>();
  const uint64_t n = info[3].As<Napi::Number>().Uint32Value();
  if (values.ElementLength() != n * n) throw Napi::TypeError::New(env, "values must be n × n");
  try {
    const Solved solved = wide ? solve<double>(contender, values, n) : solve<float>(contender, values, n);
    Napi::Object out = from_times(env, solved.times);
    out.Set("eigenvalues", from_doubles(env, solved.eigenvalues));
    return out;
  } catch (const Error& error) {
    throw from_error(env, error);
  }
}

/// WᵀW of the smaller side by the product of the pipeline, from stored codes; the pass over the entries that
/// chooses its arithmetic is over by then.
template <class Real>
Times own_gram(BlockReader& reader, const Matrix& matrix, double* g) {
  StageSeconds unused;
  const TapMoments entries = tap_moments(reader, matrix, 0, unused);
  const simd::Stages& chosen = stages();
  const ProductChoice choice = choose_product<Real>(entries.digits, matrix.larger(), chosen.gram);
  const double scale = unit_scale<Real>(entries.moments, matrix.encoding);
  const uint64_t m = matrix.smaller();
  Buffer<Real> data(Tiles<Real>::size(m));
  const Tiles<Real> tiles(m, data.data());
  std::fill(data.data(), data.data() + data.size(),
            Real{0});  // the pages of a batch have been touched before
  Buffer<std::byte> scratch(packed_gram_scratch_bytes(matrix, chosen.gram));
  StoredBlocks source(reader, 0);
  TeamOfOne team;
  const Times times =
      timed([&] { packed_gram(source, matrix, choice, scale, chosen.gram, tiles, scratch.data(), team); });
  for (uint64_t col = 0; col < m; ++col) {
    for (uint64_t row = col; row < m; ++row) {
      g[col * m + row] = static_cast<double>(tiles.at(row, col)) / scale / scale;
    }
  }
  return times;
}

/// The same by LAPACK's library alone: the matrix is decoded before the clock runs.
template <class Real>
Times syrk_gram(BlockSource& source, const Matrix& matrix, double* g) {
  const uint64_t m = matrix.smaller();
  Buffer<std::byte> codes(matrix.count() * code_width(matrix.encoding));
  Buffer<Real> decoded(matrix.count());
  source.read(0, matrix.rows, 0, matrix.cols, codes.data());
  decode(matrix.encoding, codes.data(), matrix.count(), decoded.data());
  Buffer<Real> product(m * m);
  std::fill(product.data(), product.data() + m * m, Real{0});
  const Blas& blas = Blas::get();
  blas.use_one_thread();
  const Times times = timed([&] {
    blas.syrk(!matrix.tall(), static_cast<int>(m), static_cast<int>(matrix.larger()), decoded.data(),
              static_cast<int>(matrix.cols), product.data());
  });
  std::copy(product.data(), product.data() + m * m, g);
  return times;
}

/// (contender, precision, matrix): see NativeBench.gram of lib/solver/native-bench.ts.
Napi::Value gram_matrix(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const bool own = info[0].As<Napi::String>().Utf8Value() == "spectrap";
  const bool wide = info[1].As<Napi::String>().Utf8Value() == "double";
  const Matrix matrix = to_matrix(info[2].As<Napi::Object>());
  const uint64_t m = matrix.smaller();
  auto gram = Napi::Float64Array::New(env, m * m);
  double* g = gram.Data();
  try {
    BlockReader reader(matrix);
    StoredBlocks source(reader, 0);
    const Times times = own ? wide ? own_gram<double>(reader, matrix, g) : own_gram<float>(reader, matrix, g)
                        : wide ? syrk_gram<double>(source, matrix, g)
                               : syrk_gram<float>(source, matrix, g);
    for (uint64_t col = 0; col < m; ++col) {
      for (uint64_t row = col + 1; row < m; ++row) g[row * m + col] = g[col * m + row];
    }
    Napi::Object out = from_times(env, times);
    out.Set("gram", gram);
    return out;
  } catch (const Error& error) {
    throw from_error(env, error);
  }
}

Napi::Value ceilings(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Ceilings found = measure_ceilings(stages());
  auto rates = Napi::Object::New(env);
  for (const auto& [name, per_second] : found.rates) rates.Set(name, per_second);
  auto out = Napi::Object::New(env);
  out.Set("isa", stages().name);
  out.Set("clock", found.clock);
  out.Set("rates", rates);
  return out;
}

Napi::Value isa(const Napi::CallbackInfo& info) {
  try {
    return Napi::String::New(info.Env(), stages().name);
  } catch (const Error& error) {
    throw from_error(info.Env(), error);
  }
}

void leave_kernel_to_library(const Napi::CallbackInfo&) { Blas::leave_kernel_to_library(); }

}  // namespace

void define_bench(Napi::Env env, Napi::Object exports) {
  auto bench = Napi::Object::New(env);
  bench.Set("eigenvalues", Napi::Function::New(env, eigenvalues));
  bench.Set("gram", Napi::Function::New(env, gram_matrix));
  bench.Set("ceilings", Napi::Function::New(env, ceilings));
  bench.Set("isa", Napi::Function::New(env, isa));
  bench.Set("leaveKernelToLibrary", Napi::Function::New(env, leave_kernel_to_library));
  define_train_bench(env, bench);
  exports.Set("bench", bench);
}

}  // namespace spectrap::binding
