#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "../core/matrix.h"
#include "../core/shuffle.h"
#include "fuzz_input.h"
#include "memory_file.h"

namespace spectrap::fuzz {

/// Elements of which a case checks each one; more would make it slow and show nothing new. Above the 4096
/// that the moments sum at a time.
constexpr uint64_t most_checked = 5000;

/// A rectangle of a matrix, of about `most_checked` elements at most.
struct Block {
  uint64_t tap;
  uint64_t row0;
  uint64_t rows;
  uint64_t col0;
  uint64_t cols;
};

/// The sides a matrix has whatever its case says: those of the matrix it is a part of.
struct Shape {
  uint64_t rows;
  uint64_t cols;
  uint64_t taps;
};

/// The files a case describes; they are made once and written anew for each case.
struct Files {
  MemoryFile elements;
  MemoryFile scales;
};

/// A descriptor, right or hostile, the bytes its files really have, and what to do with them.
struct FuzzCase {
  Matrix matrix;
  std::vector<uint8_t> content;         ///< of the file of elements or blocks
  std::vector<uint8_t> scales_content;  ///< of the file of exponents, which may be the same
  bool path_exists = true;
  bool unchanged = true;                            ///< the descriptor tells size, time and inode as they are
  std::array<std::array<uint64_t, 5>, 3> blocks{};  ///< raw numbers; see block()
  ShuffleKey key{};
  uint64_t bucket_target = 1;
  uint64_t piece = 1;  ///< elements that are appended to a shuffle at once
  uint64_t cut = 0;    ///< bytes the file loses at the end of the case

  /// Number `i` of the blocks, of a matrix that is not empty; columns are multiples of `unit`, as those of
  /// the matrix are.
  Block block(size_t i, uint64_t unit) const;
};

/// Draws a case and writes its files.
FuzzCase draw_case(FuzzInput input, const Files& files, const std::optional<Shape>& shape = {});

/// Draws the blocks, and what is done to a whole tap.
void draw_work(FuzzInput& input, FuzzCase& out);

/// Elements that MXFP4 keeps together, else 1.
uint64_t unit_of(const Matrix& matrix);

}  // namespace spectrap::fuzz
