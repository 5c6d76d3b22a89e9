#pragma once

#include <cstdint>

#include "band.h"
#include "simd/stages.h"

namespace spectrap {}  // namespace spectrap
