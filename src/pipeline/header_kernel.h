// SPDX-License-Identifier: BSD-3-Clause
/// The kernels of add and strip: new headers for frames that differ in their length alone, or in that and
/// their session. Compiled once a level of vector instructions.
#pragma once

#include <rte_mbuf.h>

#include <cstdint>

#include "narrows/session/session_table.h"
#include "narrows/wire/direction.h"

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

/// Frames as in HeaderInput, each with the header of its own session.
struct OwnHeaderInput {
  rte_mbuf* const* mbufs;
  std::uint64_t frames;  ///< bit i: of mbufs[i]; the arrays below have its entry at i too
  const std::uint16_t* ip_octets;
  const std::uint16_t* session;
  const std::uint64_t* lan_peer;  ///< of strip: the destination, as LanPeers::load() gives it
  std::uint16_t ip_offset;
  Family family;
  const session::SessionTable* sessions;
};

/// As HeaderKernel.
using OwnHeaderKernel = void (*)(const OwnHeaderInput& input) noexcept;

/// Of one level.
struct HeaderKernels {
  HeaderKernel put = nullptr;
  OwnHeaderKernel add_own = nullptr;
  OwnHeaderKernel strip_own = nullptr;
};

namespace sse42 {
void put_headers(const HeaderInput& input) noexcept;
void add_own_headers(const OwnHeaderInput& input) noexcept;
void strip_own_headers(const OwnHeaderInput& input) noexcept;
inline constexpr HeaderKernels kHeaderKernels{put_headers, add_own_headers, strip_own_headers};
}  // namespace sse42
namespace avx2 {
void put_headers(const HeaderInput& input) noexcept;
void add_own_headers(const OwnHeaderInput& input) noexcept;
void strip_own_headers(const OwnHeaderInput& input) noexcept;
inline constexpr HeaderKernels kHeaderKernels{put_headers, add_own_headers, strip_own_headers};
}  // namespace avx2
namespace avx512 {
void put_headers(const HeaderInput& input) noexcept;
void add_own_headers(const OwnHeaderInput& input) noexcept;
void strip_own_headers(const OwnHeaderInput& input) noexcept;
inline constexpr HeaderKernels kHeaderKernels{put_headers, add_own_headers, strip_own_headers};
}  // namespace avx512
namespace neon {
void put_headers(const HeaderInput& input) noexcept;
void add_own_headers(const OwnHeaderInput& input) noexcept;
void strip_own_headers(const OwnHeaderInput& input) noexcept;
inline constexpr HeaderKernels kHeaderKernels{put_headers, add_own_headers, strip_own_headers};
}  // namespace neon

}  // namespace narrows::pipeline
