// SPDX-License-Identifier: BSD-3-Clause
/// The kernel of add and strip: new headers for a burst whose frames differ in their length alone. One
/// source, compiled once a level of vector instructions.
#pragma once

#include <rte_mbuf.h>

#include <cstdint>

#include "narrows/session/session.h"

namespace narrows::pipeline {

/// Frames as MatchInput wants them, that all have their IP packet at ip_offset, and room for the header.
struct HeaderInput {
  rte_mbuf* const* mbufs;
  unsigned size;  ///< 1 … 64
  const std::uint16_t* ip_octets;
  std::uint16_t ip_offset;
  const session::HeaderTemplate*
      header;  ///< complete, but for PPPoE LENGTH where `pppoe` says that it has one
  bool pppoe;
};

/// Frames get their header, their place and length, and short ones are filled up with zeros.
using HeaderKernel = void (*)(const HeaderInput& input) noexcept;

namespace sse42 {
void put_headers(const HeaderInput& input) noexcept;
}
namespace avx2 {
void put_headers(const HeaderInput& input) noexcept;
}
namespace avx512 {
void put_headers(const HeaderInput& input) noexcept;
}
namespace neon {
void put_headers(const HeaderInput& input) noexcept;
}

}  // namespace narrows::pipeline
