#pragma once

#include <cstdint>
#include <optional>

#include "matrix.h"

namespace spectrap {

/// Codes are elements in the narrowest representation that holds every decoded value exactly: the stored
/// element for floats, BF16 for MXFP4 (two significant bits times a power of two). Bytes per code.
uint64_t code_width(Encoding encoding);

/// Decodes `count` codes, exactly. F64 has no float32 decoding: that throws std::logic_error.
void decode(Encoding encoding, const void* codes, uint64_t count, float* out);
void decode(Encoding encoding, const void* codes, uint64_t count, double* out);

/// Elements of an MXFP4 block, which share one exponent byte, and the bytes they are packed in.
constexpr uint64_t mxfp4_block_elements = 32;
constexpr uint64_t mxfp4_block_bytes = 16;
/// Under exponent bytes up to this one every code has a value: 6·2^(252 − 127) is a float32.
constexpr int largest_safe_mxfp4_scale = 252;

/// A block of MXFP4 that has no value: its exponent byte is NaN (255), or a value is beyond float32.
struct BadMxfp4Block {
  enum class Why { nan_scale, overflow };
  uint64_t block;
  Why why;
};

/// Decodes packed E2M1 codes (low nibble first) times 2^(scale − 127) to BF16, −0 and subnormals kept (OCP
/// Microscaling Formats 1.0, 5.3 and 6.3). Returns the first bad block; what is written of it has no meaning.
std::optional<BadMxfp4Block> mxfp4_to_bf16(const uint8_t* blocks, const uint8_t* scales, uint64_t block_count,
                                           uint16_t* out);

}  // namespace spectrap
