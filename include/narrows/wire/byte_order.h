// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>

namespace narrows::wire {

/// A 16-bit value in network byte order, as it lies in a frame: two octets, any alignment.
/// It converts to host order only when asked to (host()), so the two orders cannot be mixed up.
class Be16 {
 public:
  constexpr Be16() = default;
  constexpr explicit Be16(std::uint16_t host)
      : octets_{static_cast<std::uint8_t>(host >> 8), static_cast<std::uint8_t>(host)} {}
  [[nodiscard]] constexpr std::uint16_t host() const noexcept {
    return static_cast<std::uint16_t>(octets_[0] << 8 | octets_[1]);
  }
  friend constexpr bool operator==(const Be16&, const Be16&) = default;

 private:
  std::array<std::uint8_t, 2> octets_{};
};

/// A 32-bit value in network byte order: four octets, any alignment.
class Be32 {
 public:
  constexpr Be32() = default;
  constexpr explicit Be32(std::uint32_t host)
      : octets_{static_cast<std::uint8_t>(host >> 24), static_cast<std::uint8_t>(host >> 16),
                static_cast<std::uint8_t>(host >> 8), static_cast<std::uint8_t>(host)} {}
  [[nodiscard]] constexpr std::uint32_t host() const noexcept {
    return static_cast<std::uint32_t>(octets_[0]) << 24 | static_cast<std::uint32_t>(octets_[1]) << 16 |
           static_cast<std::uint32_t>(octets_[2]) << 8 | octets_[3];
  }
  friend constexpr bool operator==(const Be32&, const Be32&) = default;

 private:
  std::array<std::uint8_t, 4> octets_{};
};

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
