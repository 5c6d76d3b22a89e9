#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace spectrap {

/// How the elements of a matrix are stored. The names are those of lib/solver/matrix.ts.
enum class Encoding { f64, f32, f16, bf16, f8_e4m3, f8_e5m2, mxfp4 };

/// Bytes [begin, end) of a file, and the file as it was when its header was read.
struct FileRange {
  std::string path;
  uint64_t begin = 0;
  uint64_t end = 0;
  uint64_t file_size = 0;
  int64_t mtime_ns = 0;
  uint64_t inode = 0;
};

/// Where element (r, c) of tap t stands: offset + r·row + c·col + t·tap, in elements.
struct Strides {
  uint64_t offset = 0;
  uint64_t row = 0;
  uint64_t col = 1;
  uint64_t tap = 0;
};

struct Difference;
struct LowRank;

/// The descriptor of a weight matrix; mirrors WeightMatrix of lib/solver/matrix.ts.
struct Matrix {
  std::string name;
  uint64_t rows = 0;  ///< of one tap
  uint64_t cols = 0;
  uint64_t taps = 1;
  Encoding encoding = Encoding::f32;

  FileRange bytes;  ///< elements; for MXFP4 the blocks of one expert
  Strides strides;  ///< of float encodings

  FileRange scales;        ///< of MXFP4: one exponent byte per block of 32
  uint64_t first_row = 0;  ///< of MXFP4: matrix row r is stored row first_row + r·row_step
  uint64_t row_step = 1;

  /// Set for a matrix in memory (memory_matrix.h): row-major codes, not MXFP4; then no file is read.
  std::shared_ptr<const void> memory;

  /// One of them is set for a matrix that is computed from others whenever a block of it is read. Its
  /// encoding is F64, and it has no bytes.
  std::shared_ptr<const Difference> difference;
  std::shared_ptr<const LowRank> low_rank;

  bool left = false;  ///< of a square matrix: its Gram matrix is WWᵀ, not WᵀW

  bool computed() const { return difference != nullptr || low_rank != nullptr; }
  bool empty() const { return rows == 0 || cols == 0 || taps == 0; }
  uint64_t count() const { return rows * cols; }  ///< elements of one tap
  uint64_t larger() const { return rows > cols ? rows : cols; }
  uint64_t smaller() const { return rows > cols ? cols : rows; }
  /// Whether the Gram matrix of the smaller side is WᵀW.
  bool tall() const { return left ? rows > cols : rows >= cols; }
};

/// minuend − subtrahend, all three of one shape.
struct Difference {
  Matrix minuend;
  Matrix subtrahend;
};

/// base + scale·left·right: left is rows × rank, right is rank × cols. Of one tap.
struct LowRank {
  Matrix left;
  Matrix right;
  double scale = 1;  ///< finite
  std::optional<Matrix> base;
};

}  // namespace spectrap
