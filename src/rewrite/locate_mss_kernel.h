// SPDX-License-Identifier: BSD-3-Clause
/// The kernels behind select_locate_mss(), each compiled for its level's instructions. So that none of them
/// gets into code for every CPU, they define nothing but themselves: not even an inline function of the
/// standard library, of which the linker might keep their copy for all (scripts/check-kernels). Hence the
/// plain pointers.
#pragma once

#include <cstdint>

namespace narrows::rewrite {

/// SynBurst and SynLocations, as pointers to their arrays.
struct LocateInput {
  const std::uint8_t* const* header;
  const std::uint8_t* octets;
  unsigned size;  ///< 1..64
};
struct LocateOutput {
  std::uint64_t found;
  std::uint64_t unsure;
  std::uint8_t* kind;
};

using LocateKernel = void (*)(const LocateInput& input, LocateOutput& output) noexcept;

namespace sse42 {
void locate_mss(const LocateInput& input, LocateOutput& output) noexcept;
}
namespace avx2 {
void locate_mss(const LocateInput& input, LocateOutput& output) noexcept;
}
namespace avx512 {
void locate_mss(const LocateInput& input, LocateOutput& output) noexcept;
}
namespace neon {
void locate_mss(const LocateInput& input, LocateOutput& output) noexcept;
}

}  // namespace narrows::rewrite
