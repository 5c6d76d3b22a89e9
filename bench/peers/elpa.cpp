// ELPA's two-stage solver, values only, in float64, on one MPI process, as a contender of `spectrap bench
// solvers`.
#include <mpi.h>

#include <elpa/elpa_constants.h>
#include <elpa/elpa_version.h>

#include "peer.h"

// The header with all of ELPA mixes C and C++ in a way that g++ refuses.
extern "C" {
struct elpa_struct;
using elpa_t = elpa_struct*;
int elpa_init(int api_version);
elpa_t elpa_allocate(int* error);
void elpa_set_integer(elpa_t handle, const char* name, int value, int* error);
int elpa_setup(elpa_t handle);
void elpa_eigenvalues_double(elpa_t handle, double* a, double* values, int* error);
void elpa_deallocate(elpa_t handle, int* error);
void elpa_uninit(int* error);
const char* elpa_strerr(int error);
}

std::vector<double> solve(std::vector<double>& a, int n) {
  int error = 0;
  const auto check = [&](const char* what) {
    if (error == ELPA_OK) return;
    std::fprintf(stderr, "%s: %s\n", what, elpa_strerr(error));
    std::exit(1);
  };
  elpa_t handle = elpa_allocate(&error);
  check("elpa_allocate");
  const auto set = [&](const char* name, int value) {
    elpa_set_integer(handle, name, value, &error);
    check(name);
  };
  set("na", n);
  set("nev", n);
  set("local_nrows", n);
  set("local_ncols", n);
  set("nblk", std::min(n, 64));
  set("mpi_comm_parent", MPI_Comm_c2f(MPI_COMM_WORLD));
  set("process_row", 0);
  set("process_col", 0);
  error = elpa_setup(handle);
  check("elpa_setup");
  set("solver", ELPA_SOLVER_2STAGE);
  std::vector<double> values(n);
  elpa_eigenvalues_double(handle, a.data(), values.data(), &error);
  check("elpa_eigenvalues");
  elpa_deallocate(handle, &error);
  return values;
}

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  if (elpa_init(20171201) != ELPA_OK) return 1;
  const int status = peer::main(argc, argv, "ELPA " + std::to_string(ELPA_API_VERSION), solve);
  int error = 0;
  elpa_uninit(&error);
  MPI_Finalize();
  return status;
}
