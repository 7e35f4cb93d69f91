// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace narrows::wire {

/// Between host and network order, either way. Written for the compiler: one instruction.
[[nodiscard]] constexpr std::uint16_t swap_to_network(std::uint16_t value) noexcept {
  return std::endian::native == std::endian::little ? __builtin_bswap16(value) : value;
}
[[nodiscard]] constexpr std::uint32_t swap_to_network(std::uint32_t value) noexcept {
  return std::endian::native == std::endian::little ? __builtin_bswap32(value) : value;
}

/// An integer in network byte order, as it lies in a frame: octets, any alignment. It converts to host order
/// only when asked to (host()), so the two orders cannot be mixed up.
template <typename Integer>
class BigEndian {
 public:
  constexpr BigEndian() = default;
  constexpr explicit BigEndian(Integer host) : octets_(std::bit_cast<Octets>(swap_to_network(host))) {}
  [[nodiscard]] constexpr Integer host() const noexcept {
    return swap_to_network(std::bit_cast<Integer>(octets_));
  }
  friend constexpr bool operator==(const BigEndian&, const BigEndian&) = default;

 private:
  using Octets = std::array<std::uint8_t, sizeof(Integer)>;
  Octets octets_{};
};

using Be16 = BigEndian<std::uint16_t>;
using Be32 = BigEndian<std::uint32_t>;

/// Reads a header that lies at `octets`. The caller has made sure that sizeof(Header) octets are there.
/// Headers are made of octets only (alignment 1), so any address will do.
template <typename Header>
[[nodiscard]] const Header& header_at(const std::uint8_t* octets) noexcept {
  static_assert(alignof(Header) == 1);
  return *reinterpret_cast<const Header*>(octets);
}

template <typename Header>
[[nodiscard]] Header& header_at(std::uint8_t* octets) noexcept {
  static_assert(alignof(Header) == 1);
  return *reinterpret_cast<Header*>(octets);
}

}  // namespace narrows::wire
