#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <vector>

#include "../core/blas.h"
#include "../core/train_adamw.h"
#include "../core/train_loss.h"
#include "../core/trainer.h"
#include "error_code.h"
#include "random_matrix.h"

using namespace spectrap;
using namespace spectrap::test;

namespace {

constexpr AdamW optimizer{1e-3, 0.9, 0.98, 1e-8, 0.1};
const auto never = [] { return false; };

struct Case {
  TrainerOptions options;
  std::vector<double> inputs;
  std::vector<uint32_t> labels;
};

Case mlp_case(LossKind loss) {
  Case given{{MlpShape{5, 7, 6, 4}, true, optimizer, {loss, false, false}, 6}, {}, {}};
  given.inputs = random_matrix<double>(9, 5, 1);
  for (uint32_t i = 0; i < 9; ++i) given.labels.push_back(i % 4);
  return given;
}

Case modular_case(LossKind loss) {
  const uint32_t p = 5;
  Case given{{ModularAdditionShape{p, 12, 3, 10}, true, optimizer, {loss, false, false}, 12}, {}, {}};
  for (uint32_t x = 0; x < p; ++x) {
    for (uint32_t y = 0; y < p; ++y) {
      given.inputs.insert(given.inputs.end(), {double(x), double(y), double(p)});
      given.labels.push_back((x + y) % p);
    }
  }
  return given;
}

std::unique_ptr<Trainer> started(const Case& given, unsigned seed) {
  auto trainer = make_trainer(given.options, given.inputs, given.labels);
  const uint64_t count = trainer->parameter_count();
  std::vector<double> parameters = random_matrix<double>(count, 1, seed);
  for (double& parameter : parameters) parameter *= 0.4;
  trainer->restore({0, parameters, std::vector<double>(count), std::vector<double>(count)});
  return trainer;
}

std::vector<uint32_t> batches(const Case& given, uint64_t steps) {
  std::vector<uint32_t> out;
  for (uint32_t i = 0; i < steps * given.options.batch; ++i) out.push_back(i * 7 % given.labels.size());
  return out;
}

double loss_at(Trainer& trainer, const std::vector<double>& parameters, const std::vector<uint32_t>& batch) {
  TrainerState state = trainer.state();
  state.parameters = parameters;
  trainer.restore(state);
  return trainer.gradients(batch).loss;
}

/// Largest error of the gradient beside central differences, relative to its largest entry. The error of a
/// difference of step h is h²·L‴/6 + ε·L/h: least near h = ε^⅓, where two Richardson steps leave h⁴.
double gradient_error(const Case& given) {
  const auto trainer = started(given, 3);
  const std::vector<uint32_t> batch = batches(given, 1);
  const std::vector<double> gradient = trainer->gradients(batch).values;
  const std::vector<double> parameters = trainer->state().parameters;
  double error = 0;
  double largest = 0;
  for (uint64_t i = 0; i < parameters.size(); ++i) {
    const auto difference = [&](double h) {
      std::vector<double> moved = parameters;
      moved[i] = parameters[i] + h;
      const double above = loss_at(*trainer, moved, batch);
      moved[i] = parameters[i] - h;
      return (above - loss_at(*trainer, moved, batch)) / (2 * h);
    };
    const double h = 1e-4;
    const double expected = (4 * difference(h / 2) - difference(h)) / 3;
    error = std::max(error, std::abs(gradient[i] - expected));
    largest = std::max(largest, std::abs(gradient[i]));
  }
  return error / largest;
}

}  // namespace

TEST_CASE("gemm multiplies, transposed or not") {
  const Blas& blas = Blas::get();
  blas.use_one_thread();
  const int m = 3, n = 4, k = 5;
  const auto a = random_matrix<double>(m, k, 1);  // column-major: m × k
  const auto b = random_matrix<double>(k, n, 2);
  std::vector<double> at(a.size()), bt(b.size()), c(m * n), ct(m * n);
  for (int i = 0; i < m; ++i) {
    for (int l = 0; l < k; ++l) at[i * k + l] = a[l * m + i];
  }
  for (int j = 0; j < n; ++j) {
    for (int l = 0; l < k; ++l) bt[l * n + j] = b[j * k + l];
  }
  blas.gemm(false, false, m, n, k, a.data(), m, b.data(), k, c.data(), m);
  blas.gemm(true, true, m, n, k, at.data(), k, bt.data(), n, ct.data(), m);
  for (int i = 0; i < m; ++i) {
    for (int j = 0; j < n; ++j) {
      double sum = 0;
      for (int l = 0; l < k; ++l) sum += a[l * m + i] * b[j * k + l];
      CHECK(c[j * m + i] == doctest::Approx(sum).epsilon(1e-13));
      CHECK(ct[j * m + i] == doctest::Approx(sum).epsilon(1e-13));
    }
  }
}

TEST_CASE("gradients of the multilayer perceptron are those of finite differences") {
  for (const LossKind loss : {LossKind::mean_squared_error, LossKind::cross_entropy, LossKind::stablemax}) {
    CHECK(gradient_error(mlp_case(loss)) < 1e-8);
  }
}

TEST_CASE("gradients of the transformer are those of finite differences") {
  for (const LossKind loss : {LossKind::mean_squared_error, LossKind::cross_entropy, LossKind::stablemax}) {
    CHECK(gradient_error(modular_case(loss)) < 1e-8);
  }
}

TEST_CASE("a step of AdamW is the formula") {
  double p = 0.5, m = 0.2, v = 0.04;
  const double g = -0.3;
  adamw_step(optimizer, 3, 1, &g, &p, &m, &v);
  const double first = 0.9 * 0.2 + 0.1 * -0.3;
  const double second = 0.98 * 0.04 + 0.02 * 0.09;
  const double corrected = std::sqrt(second / (1 - 0.98 * 0.98 * 0.98)) + 1e-8;
  CHECK(m == doctest::Approx(first).epsilon(1e-15));
  CHECK(v == doctest::Approx(second).epsilon(1e-15));
  CHECK(p ==
        doctest::Approx(0.5 * (1 - 1e-4) - 1e-3 * first / (1 - 0.9 * 0.9 * 0.9) / corrected).epsilon(1e-14));
}

TEST_CASE("training in two parts gives the bits of training in one") {
  for (Case given : {mlp_case(LossKind::mean_squared_error), modular_case(LossKind::cross_entropy)}) {
    for (const bool wide : {false, true}) {
      given.options.wide = wide;
      const std::vector<uint32_t> all = batches(given, 40);
      const uint64_t cut = 13 * given.options.batch;
      const auto whole = started(given, 5);
      whole->train(all, never);
      const auto first = started(given, 5);
      first->train({all.begin(), all.begin() + cut}, never);
      const auto second = make_trainer(given.options, given.inputs, given.labels);
      second->restore(first->state());
      second->train({all.begin() + cut, all.end()}, never);
      CHECK(second->state().step == 40);
      CHECK(second->state().parameters == whole->state().parameters);
      CHECK(second->state().m == whole->state().m);
      CHECK(second->state().v == whole->state().v);
    }
  }
}

TEST_CASE("training that is stopped has done whole steps") {
  const Case given = mlp_case(LossKind::mean_squared_error);
  const auto trainer = started(given, 5);
  int asked = 0;
  const auto third = [&] { return ++asked > 3; };
  CHECK(error_code([&] { trainer->train(batches(given, 10), third); }) == "ERR_CANCELLED");
  const auto expected = started(given, 5);
  expected->train(batches(given, 3), never);
  CHECK(trainer->state().step == 3);
  CHECK(trainer->state().parameters == expected->state().parameters);
}

TEST_CASE("float32 rounds a sure example's gradient to zero, a float64 loss does not") {
  const std::vector<float> logits = {40, 0, 0};
  const uint32_t label = 0;
  std::vector<float> gradient(3);
  Loss<float>({LossKind::cross_entropy, false, false}, 3)(logits.data(), &label, 1, 1, gradient.data());
  CHECK(gradient[0] == 0);
  Loss<float>({LossKind::cross_entropy, true, false}, 3)(logits.data(), &label, 1, 1, gradient.data());
  // 1 − p₀ = 2e⁻⁴⁰/(1 + 2e⁻⁴⁰) lies below ε of float64, too; at 20 it does not.
  const std::vector<float> nearer = {20, 0, 0};
  Loss<float>({LossKind::cross_entropy, false, false}, 3)(nearer.data(), &label, 1, 1, gradient.data());
  CHECK(gradient[0] == 0);
  Loss<float>({LossKind::cross_entropy, true, false}, 3)(nearer.data(), &label, 1, 1, gradient.data());
  CHECK(gradient[0] == doctest::Approx(-2 * std::exp(-20.0)).epsilon(1e-6));
}

TEST_CASE("zero-sum gradients sum to zero over the classes, and are the others less their mean") {
  const auto logits = random_matrix<double>(4, 5, 8);
  const std::vector<uint32_t> labels = {0, 2, 4, 1};
  for (const LossKind kind : {LossKind::mean_squared_error, LossKind::stablemax}) {
    std::vector<double> plain(20), projected(20);
    Loss<double>({kind, false, false}, 5)(logits.data(), labels.data(), 4, 0.25, plain.data());
    Loss<double>({kind, false, true}, 5)(logits.data(), labels.data(), 4, 0.25, projected.data());
    LossForensics before, after;
    add_forensics(logits.data(), plain.data(), 4, 5, before);
    add_forensics(logits.data(), projected.data(), 4, 5, after);
    CHECK(before.class_sums > 1e-3);
    CHECK(after.class_sums < 1e-15);
    for (int i = 0; i < 4; ++i) {
      double mean = 0;
      for (int c = 0; c < 5; ++c) mean += plain[i * 5 + c] / 5;
      for (int c = 0; c < 5; ++c) {
        CHECK(projected[i * 5 + c] == doctest::Approx(plain[i * 5 + c] - mean).epsilon(1e-13));
      }
    }
  }
}

TEST_CASE("forensics count zeros and find the largest logit") {
  const std::vector<float> logits = {1, -7, 2, 3};
  const std::vector<float> gradient = {0, 0.5F, -0.25F, 0.25F};
  LossForensics found;
  add_forensics(logits.data(), gradient.data(), 2, 2, found);
  CHECK(found.zeros == 1);
  CHECK(found.largest_logit == 7);
  CHECK(found.class_sums == 0.5);
}

TEST_CASE("examples that a network cannot read are refused") {
  Case pixels = mlp_case(LossKind::mean_squared_error);
  pixels.labels[3] = 4;
  Case tokens = modular_case(LossKind::cross_entropy);
  tokens.inputs[1] = 5;
  for (const Case& given : {pixels, tokens}) {
    CHECK(error_code([&] { make_trainer(given.options, given.inputs, given.labels); }) ==
          "TRAINING_EXAMPLES");
  }
}
