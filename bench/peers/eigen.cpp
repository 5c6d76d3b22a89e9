// Eigen's SelfAdjointEigenSolver, values only, as a contender of `spectrap bench solvers`.
#include <Eigen/Dense>

#include "peer.h"

template <class Real>
std::vector<Real> solve(std::vector<Real>& a, int n) {
  using Matrix = Eigen::Matrix<Real, Eigen::Dynamic, Eigen::Dynamic>;
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(Eigen::Map<Matrix>(a.data(), n, n),
                                                     Eigen::EigenvaluesOnly);
  return {solver.eigenvalues().data(), solver.eigenvalues().data() + n};
}

int main(int argc, char** argv) {
  const std::string version = "Eigen " + std::to_string(EIGEN_WORLD_VERSION) + "." +
                              std::to_string(EIGEN_MAJOR_VERSION) + "." + std::to_string(EIGEN_MINOR_VERSION);
  return peer::main(argc, argv, version, [](auto& a, int n) { return solve(a, n); });
}
