#pragma once

namespace spectrap {

/// Takes the advisory lock of an open file without waiting; false if another open file has it. The system
/// gives it back when the descriptor is closed, however the process ends, so that no lock outlives its owner.
/// Throws OUT_WRITE where the file system has no locks.
bool try_lock(int descriptor);

}  // namespace spectrap
