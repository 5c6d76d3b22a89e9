#include "../core/encode.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "../core/decode.h"

using namespace spectrap;

namespace {

template <class Code>
double decoded(Encoding encoding, Code code) {
  double value;
  decode(encoding, &code, 1, &value);
  return value;
}

/// The code of a value, or −1 where it has none.
template <class Code>
int64_t code_of(Encoding encoding, double value) {
  Code code;
  return encode(encoding, &value, 1, &code) ? -1 : static_cast<int64_t>(code);
}

/// Every finite code is its own nearest, and between neighbours the value decides, at the midpoint the even
/// code.
template <class Code>
void check_all_codes(Encoding encoding, uint32_t first_special) {
  constexpr uint32_t sign = uint32_t{1} << (8 * sizeof(Code) - 1);
  uint64_t wrong = 0;
  for (uint32_t magnitude = 0; magnitude < first_special; ++magnitude) {
    for (const uint32_t code : {magnitude, magnitude | sign}) {
      const double value = decoded<Code>(encoding, static_cast<Code>(code));
      if (code_of<Code>(encoding, value) != code) ++wrong;
    }
    if (magnitude + 1 == first_special) continue;
    const double below = decoded<Code>(encoding, static_cast<Code>(magnitude));
    const double above = decoded<Code>(encoding, static_cast<Code>(magnitude + 1));
    const double middle = below + (above - below) / 2;
    const uint32_t even = magnitude % 2 == 0 ? magnitude : magnitude + 1;
    if (code_of<Code>(encoding, middle) != even) ++wrong;
    if (code_of<Code>(encoding, -middle) != (even | sign)) ++wrong;
    if (code_of<Code>(encoding, std::nextafter(middle, 0)) != magnitude) ++wrong;
    if (code_of<Code>(encoding, std::nextafter(middle, above)) != magnitude + 1) ++wrong;
  }
  CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("every code is the nearest of its value, ties go to the even one") {
  check_all_codes<uint16_t>(Encoding::bf16, 0x7f80);
  check_all_codes<uint16_t>(Encoding::mxfp4, 0x7f80);
  check_all_codes<uint16_t>(Encoding::f16, 0x7c00);
  check_all_codes<uint8_t>(Encoding::f8_e5m2, 0x7c);
  check_all_codes<uint8_t>(Encoding::f8_e4m3, 0x7f);
}

TEST_CASE("what rounds to an infinity or a NaN has no code, and the first such value is named") {
  CHECK(code_of<uint16_t>(Encoding::f16, 65519.99) == 0x7bff);
  CHECK(code_of<uint16_t>(Encoding::f16, 65520) == -1);
  CHECK(code_of<uint8_t>(Encoding::f8_e4m3, 463.99) == 0x7e);
  CHECK(code_of<uint8_t>(Encoding::f8_e4m3, 464) == 0x7e);  // a tie with the code of NaN, which is odd
  CHECK(code_of<uint8_t>(Encoding::f8_e4m3, 464.01) == -1);
  CHECK(code_of<uint8_t>(Encoding::f8_e4m3, 1e300) == -1);
  CHECK(code_of<uint16_t>(Encoding::bf16, -3.4e38) == -1);
  CHECK(code_of<uint16_t>(Encoding::bf16, 1e300) == -1);
  CHECK(code_of<uint32_t>(Encoding::f32, 3.5e38) == -1);
  CHECK(code_of<uint64_t>(Encoding::f64, std::numeric_limits<double>::infinity()) == -1);
  const double values[] = {1, 2, 1e10, 1e10};
  uint16_t codes[4];
  CHECK(encode(Encoding::f16, values, 4, codes) == 2);
}

TEST_CASE("numbers far below the smallest code become zeros of their sign") {
  CHECK(code_of<uint16_t>(Encoding::bf16, 1e-300) == 0);
  CHECK(code_of<uint16_t>(Encoding::f16, -5e-324) == 0x8000);
  CHECK(code_of<uint8_t>(Encoding::f8_e4m3, 0x1p-10) == 0);
  CHECK(code_of<uint8_t>(Encoding::f8_e4m3, 0x1.001p-10) == 1);
}

TEST_CASE("float32 and float64 are those of the processor") {
  CHECK(code_of<uint32_t>(Encoding::f32, 0.1) == 0x3dcccccd);
  CHECK(code_of<uint64_t>(Encoding::f64, -2) == static_cast<int64_t>(0xc000000000000000));
}
