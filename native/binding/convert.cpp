#include "convert.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <utility>

#include "../core/memory_matrix.h"

namespace spectrap::binding {
namespace {

uint64_t to_count(const Napi::Object& object, const char* key) {
  const double value = object.Get(key).As<Napi::Number>().DoubleValue();
  // 2^53 is where float64 stops counting; validated again here because an offset decides where we read.
  if (!(value >= 0 && value <= 9007199254740992.0)) {
    throw Napi::TypeError::New(object.Env(), std::string(key) + " must be a whole number from 0 to 2^53");
  }
  return static_cast<uint64_t>(value);
}

std::string to_text(const Napi::Object& object, const char* key) {
  return object.Get(key).As<Napi::String>().Utf8Value();
}

FileRange to_range(const Napi::Object& range) {
  const auto file = range.Get("file").As<Napi::Object>();
  FileRange out;
  out.path = to_text(file, "path");
  out.begin = to_count(range, "begin");
  out.end = to_count(range, "end");
  out.file_size = to_count(file, "size");
  bool lossless = false;
  out.mtime_ns = file.Get("mtimeNs").As<Napi::BigInt>().Int64Value(&lossless);
  out.inode = file.Get("inode").As<Napi::BigInt>().Uint64Value(&lossless);
  return out;
}

Encoding to_encoding(const Napi::Object& source) {
  static const std::map<std::string, Encoding> encodings{
      {"F64", Encoding::f64},     {"F32", Encoding::f32},         {"F16", Encoding::f16},
      {"BF16", Encoding::bf16},   {"F8_E4M3", Encoding::f8_e4m3}, {"F8_E5M2", Encoding::f8_e5m2},
      {"MXFP4", Encoding::mxfp4},
  };
  const auto found = encodings.find(to_text(source, "encoding"));
  if (found == encodings.end()) throw Napi::TypeError::New(source.Env(), "unknown encoding");
  return found->second;
}

Precision to_precision(const Napi::Object& problem) {
  static const std::map<std::string, Precision> precisions{
      {"double", Precision::double_}, {"single", Precision::single}, {"reference", Precision::reference}};
  const auto found = precisions.find(to_text(problem, "precision"));
  if (found == precisions.end()) throw Napi::TypeError::New(problem.Env(), "unknown precision");
  return found->second;
}

Backend to_backend(const Napi::Object& problem) {
  static const std::map<std::string, Backend> backends{{"native", Backend::native},
                                                       {"lapack", Backend::lapack}};
  const auto found = backends.find(to_text(problem, "solver"));
  if (found == backends.end()) throw Napi::TypeError::New(problem.Env(), "unknown solver");
  return found->second;
}

const char* from_precision(Precision precision) {
  switch (precision) {
    case Precision::single:
      return "single";
    case Precision::double_:
      return "double";
    case Precision::reference:
      return "reference";
  }
  return "";
}

/// Copies a typed array of rows × cols × taps elements.
std::shared_ptr<const void> to_memory(const Napi::Object& source, const Matrix& matrix) {
  const auto values = source.Get("values").As<Napi::TypedArray>();
  const bool wide = matrix.encoding == Encoding::f64;
  const napi_typedarray_type expected = wide ? napi_float64_array : napi_float32_array;
  // In float64: in 64 bits the product of hostile counts could come round to the length.
  const double elements =
      static_cast<double>(matrix.rows) * static_cast<double>(matrix.cols) * static_cast<double>(matrix.taps);
  if (values.TypedArrayType() != expected || static_cast<double>(values.ElementLength()) != elements) {
    throw Napi::TypeError::New(source.Env(), "values must be a float array of rows × cols × taps elements");
  }
  auto copy = std::shared_ptr<std::byte[]>(new std::byte[values.ByteLength()]);
  const auto* data = static_cast<const std::byte*>(values.ArrayBuffer().Data()) + values.ByteOffset();
  std::memcpy(copy.get(), data, values.ByteLength());
  return copy;
}

std::vector<uint64_t> to_counts(const Napi::Object& object, const char* key) {
  const auto given = object.Get(key).As<Napi::Array>();
  std::vector<uint64_t> counts;
  for (uint32_t i = 0; i < given.Length(); ++i) {
    counts.push_back(static_cast<uint64_t>(given.Get(i).As<Napi::Number>().Int64Value()));
  }
  return counts;
}

Piece::Part to_part(const Napi::Object& object) {
  Piece::Part part;
  part.edit.problem = to_problem(object);
  part.edit.tap = static_cast<uint32_t>(to_count(object, "tap"));
  part.edit.edit.keep = to_count(object, "keep");
  part.edit.edit.components = to_counts(object, "components");
  part.edit.edit.entries = to_counts(object, "entries");
  part.edit.edit.subtract_mean = object.Get("subtractMean").As<Napi::Boolean>();
  const auto place = object.Get("place").As<Napi::Object>();
  part.place = {to_count(place, "offset"), to_count(place, "rowStride"), to_count(place, "colStride"), 0};
  return part;
}

void read_source(const Napi::Object& source, Matrix& matrix);

/// Another matrix that the one of `name` is made of.
Matrix to_part(const Napi::Value& source, const std::string& name, uint64_t rows, uint64_t cols,
               uint64_t taps) {
  Matrix part;
  part.name = name;
  part.rows = rows;
  part.cols = cols;
  part.taps = taps;
  read_source(source.As<Napi::Object>(), part);
  return part;
}

std::shared_ptr<const LowRank> to_low_rank(const Napi::Object& source, const Matrix& matrix) {
  const uint64_t rank = to_count(source, "rank");
  LowRank product{to_part(source.Get("left"), matrix.name, matrix.rows, rank, 1),
                  to_part(source.Get("right"), matrix.name, rank, matrix.cols, 1),
                  source.Get("scale").As<Napi::Number>().DoubleValue(),
                  {}};
  if (!std::isfinite(product.scale) || matrix.taps != 1) {
    throw Napi::TypeError::New(source.Env(), "a low-rank product has one tap and a finite scale");
  }
  if (!source.Get("base").IsNull()) {
    product.base = to_part(source.Get("base"), matrix.name, matrix.rows, matrix.cols, 1);
  }
  return std::make_shared<LowRank>(std::move(product));
}

/// Where the elements of a matrix come from, whose name and shape are known.
void read_source(const Napi::Object& source, Matrix& matrix) {
  matrix.encoding = to_encoding(source);
  if (source.Has("values")) {
    auto elements = to_memory(source, matrix);
    matrix = memory_matrix(matrix.name, matrix.encoding, matrix.rows, matrix.cols, std::move(elements),
                           matrix.taps);
  } else if (source.Has("minuend")) {
    const auto part = [&](const char* key) {
      return to_part(source.Get(key), matrix.name, matrix.rows, matrix.cols, matrix.taps);
    };
    matrix.difference = std::make_shared<Difference>(Difference{part("minuend"), part("subtrahend")});
  } else if (source.Has("left")) {
    matrix.low_rank = to_low_rank(source, matrix);
  } else if (matrix.encoding == Encoding::mxfp4) {
    matrix.bytes = to_range(source.Get("blocks").As<Napi::Object>());
    matrix.scales = to_range(source.Get("scales").As<Napi::Object>());
    matrix.first_row = to_count(source, "firstRow");
    matrix.row_step = to_count(source, "rowStep");
  } else {
    matrix.bytes = to_range(source.Get("bytes").As<Napi::Object>());
    matrix.strides = {to_count(source, "offset"), to_count(source, "rowStride"),
                      to_count(source, "colStride"), to_count(source, "tapStride")};
  }
  // The bytes of computed blocks are float64, whatever the descriptor says.
  if (matrix.computed()) matrix.encoding = Encoding::f64;
}

Napi::Object from_extremes(Napi::Env env, const std::vector<Extreme>& extremes) {
  auto values = Napi::Float64Array::New(env, extremes.size());
  auto positions = Napi::Float64Array::New(env, extremes.size());
  for (size_t i = 0; i < extremes.size(); ++i) {
    values[i] = extremes[i].value;
    positions[i] = static_cast<double>(extremes[i].position);
  }
  auto out = Napi::Object::New(env);
  out.Set("values", values);
  out.Set("positions", positions);
  return out;
}

Napi::Object from_moments(Napi::Env env, const MomentSums& moments) {
  auto out = Napi::Object::New(env);
  const auto set = [&](const char* key, double value) { out.Set(key, Napi::Number::New(env, value)); };
  set("count", static_cast<double>(moments.count));
  set("zeros", static_cast<double>(moments.zeros));
  set("shift", moments.shift);
  auto sums = Napi::Array::New(env, moments.sums.size());
  for (uint32_t i = 0; i < moments.sums.size(); ++i) sums.Set(i, moments.sums[i]);
  out.Set("sums", sums);
  set("sumSquares", moments.sum_squares);
  out.Set("smallest", from_extremes(env, moments.smallest));
  out.Set("largest", from_extremes(env, moments.largest));
  return out;
}

Napi::Object from_seconds(Napi::Env env, const StageSeconds& seconds) {
  auto out = Napi::Object::New(env);
  out.Set("moments", seconds.moments);
  out.Set("shuffle", seconds.shuffle);
  out.Set("gram", seconds.gram);
  out.Set("reduce", seconds.reduce);
  out.Set("chase", seconds.chase);
  out.Set("roots", seconds.roots);
  return out;
}

}  // namespace

Matrix to_matrix(const Napi::Object& object) {
  Matrix matrix;
  matrix.name = to_text(object, "name");
  matrix.rows = to_count(object, "rows");
  matrix.cols = to_count(object, "cols");
  matrix.taps = to_count(object, "taps");
  read_source(object.Get("source").As<Napi::Object>(), matrix);
  return matrix;
}

Problem to_question(const Napi::Object& object) {
  Problem problem;
  problem.matrix = to_matrix(object.Get("matrix").As<Napi::Object>());
  problem.precision = to_precision(object);
  problem.backend = to_backend(object);
  return problem;
}

Problem to_problem(const Napi::Object& object) {
  Problem problem = to_question(object);
  const auto key = object.Get("key").As<Napi::Array>();
  problem.key = {key.Get(0u).As<Napi::Number>().Uint32Value(), key.Get(1u).As<Napi::Number>().Uint32Value()};
  problem.replicas = object.Get("replicas").As<Napi::Number>().Uint32Value();
  return problem;
}

ShuffledQuestion to_shuffled_question(const Napi::Object& object) {
  ShuffledQuestion question;
  question.problem = to_problem(object);
  question.tap = object.Get("tap").As<Napi::Number>().Uint32Value();
  question.first_replica = object.Get("firstReplica").As<Napi::Number>().Uint32Value();
  question.alteration.centre = object.Get("centre").As<Napi::Number>().DoubleValue();
  question.alteration.limit = object.Get("limit").As<Napi::Number>().DoubleValue();
  const auto left_out = object.Get("leftOut").As<Napi::Array>();
  for (uint32_t i = 0; i < left_out.Length(); ++i) {
    question.alteration.left_out.push_back(
        static_cast<uint64_t>(left_out.Get(i).As<Napi::Number>().DoubleValue()));
  }
  question.top = object.Get("top").As<Napi::Number>().Uint32Value();
  return question;
}

Napi::Float64Array from_doubles(Napi::Env env, const std::vector<double>& values) {
  auto out = Napi::Float64Array::New(env, values.size());
  std::copy(values.begin(), values.end(), out.Data());
  return out;
}

Napi::Object from_spectra(Napi::Env env, const MatrixSpectra& spectra) {
  auto taps = Napi::Array::New(env, spectra.taps.size());
  for (uint32_t t = 0; t < spectra.taps.size(); ++t) {
    const TapSpectra& tap = spectra.taps[t];
    auto shuffled = Napi::Array::New(env, tap.shuffled.size());
    for (uint32_t r = 0; r < tap.shuffled.size(); ++r) shuffled.Set(r, from_doubles(env, tap.shuffled[r]));
    auto out = Napi::Object::New(env);
    out.Set("moments", from_moments(env, tap.moments));
    out.Set("eigenvalues", from_doubles(env, tap.eigenvalues));
    out.Set("shuffled", shuffled);
    taps.Set(t, out);
  }
  auto out = Napi::Object::New(env);
  out.Set("taps", taps);
  out.Set("seconds", from_seconds(env, spectra.seconds));
  out.Set("precision", from_precision(spectra.precision));
  out.Set("promise", spectra.promise);
  return out;
}

Napi::Array from_moments(Napi::Env env, const std::vector<MomentSums>& taps) {
  auto out = Napi::Array::New(env, taps.size());
  for (uint32_t t = 0; t < taps.size(); ++t) out.Set(t, from_moments(env, taps[t]));
  return out;
}

Napi::Object from_eigen_pairs(Napi::Env env, const EigenPairs& pairs) {
  auto out = Napi::Object::New(env);
  out.Set("values", from_doubles(env, pairs.values));
  out.Set("vectors", from_doubles(env, pairs.vectors));
  return out;
}

Napi::Object from_localisation(Napi::Env env, const EigenvectorLocalisation& found) {
  const auto each = [&](double Localisation::*measure) {
    auto out = Napi::Float64Array::New(env, found.vectors.size());
    for (size_t i = 0; i < found.vectors.size(); ++i) out[i] = found.vectors[i].*measure;
    return out;
  };
  auto out = Napi::Object::New(env);
  out.Set("values", from_doubles(env, found.values));
  out.Set("entropy", each(&Localisation::entropy));
  out.Set("locRatio", each(&Localisation::loc_ratio));
  out.Set("ipr", each(&Localisation::ipr));
  return out;
}

Napi::Array from_shuffled(Napi::Env env, const std::vector<ShuffledCopy>& copies) {
  auto all = Napi::Array::New(env, copies.size());
  for (uint32_t i = 0; i < copies.size(); ++i) {
    const ShuffledCopy& copy = copies[i];
    auto out = Napi::Object::New(env);
    out.Set("eigenvalues", from_doubles(env, copy.eigenvalues));
    out.Set("rowVectors", from_doubles(env, copy.row_vectors));
    out.Set("colVectors", from_doubles(env, copy.col_vectors));
    out.Set("origins", from_doubles(env, {copy.origins.begin(), copy.origins.end()}));
    all.Set(i, out);
  }
  return all;
}

Piece to_piece(const Napi::Object& object) {
  Piece piece;
  piece.elements = to_count(object, "elements");
  const auto parts = object.Get("parts").As<Napi::Array>();
  for (uint32_t i = 0; i < parts.Length(); ++i) {
    piece.parts.push_back(to_part(parts.Get(i).As<Napi::Object>()));
  }
  return piece;
}

Napi::Object from_edited_piece(Napi::Env env, const EditedPiece& piece) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(piece.bytes.data());
  auto reports = Napi::Array::New(env, piece.reports.size());
  for (uint32_t i = 0; i < piece.reports.size(); ++i) {
    auto report = Napi::Object::New(env);
    report.Set("change", piece.reports[i].change);
    report.Set("rounding", piece.reports[i].rounding);
    reports.Set(i, report);
  }
  auto out = Napi::Object::New(env);
  out.Set("bytes", Napi::Buffer<uint8_t>::Copy(env, bytes, piece.bytes.size()));
  out.Set("reports", reports);
  return out;
}

Napi::Array from_distances(Napi::Env env, const std::vector<TapDistance>& taps) {
  auto out = Napi::Array::New(env, taps.size());
  for (uint32_t t = 0; t < taps.size(); ++t) {
    const DistanceSums& sums = taps[t].sums;
    auto tap = Napi::Object::New(env);
    tap.Set("changed", static_cast<double>(sums.changed));
    tap.Set("difference", sums.difference);
    tap.Set("squares", sums.squares);
    tap.Set("first", sums.first);
    tap.Set("second", sums.second);
    tap.Set("firstSquares", sums.first_squares);
    tap.Set("secondSquares", sums.second_squares);
    tap.Set("largest", sums.largest);
    tap.Set("position", static_cast<double>(sums.position));
    tap.Set("cka", taps[t].cka ? Napi::Value::From(env, *taps[t].cka) : env.Null());
    out.Set(t, tap);
  }
  return out;
}

Napi::Error from_error(Napi::Env env, const Error& error) {
  Napi::Error out = Napi::Error::New(env, error.what());
  out.Set("code", Napi::String::New(env, error.code()));
  if (!error.file().empty()) out.Set("file", Napi::String::New(env, error.file()));
  return out;
}

}  // namespace spectrap::binding
