#include "../core/product.h"

#include <doctest/doctest.h>

#include <vector>

#include "../core/isa.h"

using namespace spectrap;

namespace {

template <class Real>
Digits digits_of(const std::vector<Real>& values) {
  Digits digits;
  for (const Real& value : values) digits.add(&value, 1);
  Digits at_once;
  at_once.add(values.data(), values.size());
  CHECK(digits.unit() == at_once.unit());
  CHECK(digits.largest() == at_once.largest());
  CHECK(digits.fit_bf16() == at_once.fit_bf16());
  return at_once;
}

simd::GramKernels kernels_with(bool fast_dots) {
  simd::GramKernels kernels = stages().gram;
  kernels.fast_int8 = fast_dots;
  kernels.fast_bf16 = fast_dots;
  return kernels;
}

template <class Real>
ProductChoice choice_of(const std::vector<float>& values, bool fast_dots = true) {
  return choose_product<Real>(digits_of(values), 1000, kernels_with(fast_dots));
}

}  // namespace

TEST_CASE("the unit is the lowest set bit of all entries") {
  CHECK(digits_of<float>({}).unit() == 0);
  CHECK(digits_of<float>({0, -0.0f}).unit() == 0);
  CHECK(digits_of<float>({8}).unit() == 8);
  CHECK(digits_of<float>({0, -12, 0.75f, 8}).unit() == 0.25);
  CHECK(digits_of<float>({-12, 0.75f, 8}).largest() == 12);
  CHECK(digits_of<float>({0x1.000002p0f}).unit() == 0x1p-23);
  CHECK(digits_of<float>({0x1p-149f, 1}).unit() == 0x1p-149);
  CHECK(digits_of<float>({0x1.8p-130f}).unit() == 0x1p-131);
  CHECK(digits_of<float>({0x1.8p127f}).unit() == 0x1p126);
  CHECK(digits_of<double>({0x1.8p-900, 0x1p-800}).unit() == 0x1p-901);
  CHECK(digits_of<double>({-0x1.8p900}).largest() == 0x1.8p900);
}

TEST_CASE("BF16 holds entries of eight significant bits") {
  CHECK(digits_of<float>({0, 0x1.fep3f, -0x1.02p-20f}).fit_bf16());
  CHECK_FALSE(digits_of<float>({0x1.ffp3f}).fit_bf16());
  CHECK_FALSE(digits_of<float>({1, 0x1.000002p0f}).fit_bf16());
  CHECK(digits_of<double>({0x1.fep700}).fit_bf16());
  CHECK_FALSE(digits_of<double>({0x1.0000000000001p0}).fit_bf16());
  CHECK_FALSE(digits_of<double>({0x1.01p0}).fit_bf16());
}

TEST_CASE("small multiples of one power of two are multiplied as integers") {
  const ProductChoice narrow = choice_of<double>({0.125f, -15.875f});
  CHECK(narrow.product == Product::int8);
  CHECK(narrow.unit == 0.125);
  CHECK(narrow.largest == 127);
  CHECK(narrow.promise == 1e-12);
  CHECK(choice_of<double>({0.125f, -15.875f}, false).product == Product::int16);
  CHECK(choice_of<float>({0.125f, 16}).product == Product::int16);
  CHECK(choice_of<float>({0.125f, 16}).promise == 1e-5);
  CHECK(choice_of<double>({1, 16383}).product == Product::int16);
  CHECK(choice_of<double>({}).product == Product::int8);
  // The largest integers beyond which sums of this length are not exact in float64.
  const Digits digits = digits_of<float>({1, 8192});
  CHECK(choose_product<double>(digits, (uint64_t{1} << 27) - 1, stages().gram).product == Product::int16);
  CHECK(choose_product<double>(digits, uint64_t{1} << 27, stages().gram).product != Product::int16);
}

TEST_CASE("what is no small integer is multiplied as BF16 where it fits, else in the type of the result") {
  const std::vector<float> eight_bits{1, 16384};
  CHECK(choice_of<double>(eight_bits).product == Product::bf16);
  CHECK(choice_of<double>(eight_bits).promise == 1e-7);
  CHECK(choice_of<double>(eight_bits, false).product == Product::float32);
  CHECK(choice_of<double>(eight_bits, false).promise == 1e-7);
  CHECK(choice_of<double>({0x1p-130f, 0x1p-129f}).product == Product::bf16);
  const std::vector<float> more_bits{1, 0x1.000002p0f};
  CHECK(choice_of<double>(more_bits).product == Product::float64);
  CHECK(choice_of<double>(more_bits).promise == 1e-12);
  CHECK(choice_of<float>(more_bits).product == Product::float32);
  CHECK(choice_of<float>(more_bits).promise == 1e-5);
}
