// SPDX-License-Identifier: BSD-3-Clause
/// PPPoE discovery packets and their tags (RFC 2516 §4, §5, appendix A; RFC 4638 §4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "narrows/wire/byte_order.h"
#include "narrows/wire/pppoe.h"

namespace narrows::wire {

inline constexpr std::uint8_t kPppoePadi = 0x09;
inline constexpr std::uint8_t kPppoePado = 0x07;
inline constexpr std::uint8_t kPppoePadr = 0x19;
inline constexpr std::uint8_t kPppoePads = 0x65;
inline constexpr std::uint8_t kPppoePadt = 0xa7;
inline constexpr std::uint8_t kPppoePadm = 0xd3;  ///< a message or URL for the user; RFC 4937 §3 lists it
inline constexpr std::uint8_t kPppoePadn = 0xd4;  ///< routes for the host; RFC 4937 §3

inline constexpr std::uint16_t kTagEndOfList = 0x0000;
inline constexpr std::uint16_t kTagServiceName = 0x0101;
inline constexpr std::uint16_t kTagAcName = 0x0102;
inline constexpr std::uint16_t kTagHostUniq = 0x0103;
inline constexpr std::uint16_t kTagAcCookie = 0x0104;
inline constexpr std::uint16_t kTagVendorSpecific = 0x0105;
inline constexpr std::uint16_t kTagRelaySessionId = 0x0110;
inline constexpr std::uint16_t kTagPppMaxPayload = 0x0120;  ///< RFC 4638 §4
inline constexpr std::uint16_t kTagServiceNameError = 0x0201;
inline constexpr std::uint16_t kTagAcSystemError = 0x0202;
inline constexpr std::uint16_t kTagGenericError = 0x0203;

/// What fits an Ethernet payload of 1500 octets behind the PPPoE header.
inline constexpr std::size_t kMostTagOctets = 1500 - sizeof(PppoeHeader);
/// Of a PADI, which a relay must be able to lengthen (RFC 2516 §5.1: 1484 octets with the header).
inline constexpr std::size_t kMostPadiTagOctets = 1484 - sizeof(PppoeHeader);

/// Session ids are 1 … 0xfffe: 0 is discovery's, 0xffff is reserved (RFC 2516 §4).
[[nodiscard]] constexpr bool is_session_id(std::uint16_t id) noexcept {
  return id != 0 && id != 0xffff;
}

/// RFC 2516 §5.
struct PppoeTagHeader {
  Be16 type;
  Be16 length;  ///< octets of the value
};
static_assert(sizeof(PppoeTagHeader) == 4);

struct PppoeTag {
  std::uint16_t type = kTagEndOfList;
  std::span<const std::uint8_t> value;  ///< lies in the packet that was parsed
};

/// A list of tags, up to End-Of-List or the end of the octets. Iteration stays within the octets whatever
/// they are; it stops before the first tag that does not fit.
class PppoeTags {
 public:
  class Iterator {
   public:
    using difference_type = std::ptrdiff_t;
    using value_type = PppoeTag;
    Iterator() = default;
    explicit Iterator(std::span<const std::uint8_t> rest) noexcept : rest_(rest) { read(); }
    [[nodiscard]] const PppoeTag& operator*() const noexcept { return tag_; }
    [[nodiscard]] const PppoeTag* operator->() const noexcept { return &tag_; }
    Iterator& operator++() noexcept {
      rest_ = rest_.subspan(sizeof(PppoeTagHeader) + tag_.value.size());
      read();
      return *this;
    }
    Iterator operator++(int) noexcept {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const Iterator& at, std::default_sentinel_t /*end*/) noexcept { return at.end_; }
    /// Of an iterator at its end: whether that is where a list may end.
    [[nodiscard]] bool well_formed() const noexcept { return well_formed_; }

   private:
    void read() noexcept;
    std::span<const std::uint8_t> rest_;
    PppoeTag tag_;
    bool end_ = true;
    bool well_formed_ = true;
  };

  PppoeTags() = default;
  explicit PppoeTags(std::span<const std::uint8_t> octets) noexcept : octets_(octets) {}

  [[nodiscard]] Iterator begin() const noexcept { return Iterator(octets_); }
  [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }
  /// Whether every tag fits; octets behind End-Of-List are nobody's and may be anything.
  [[nodiscard]] bool well_formed() const noexcept;
  /// The value of the first tag of a type.
  [[nodiscard]] std::optional<std::span<const std::uint8_t>> find(std::uint16_t type) const noexcept;
  [[nodiscard]] std::size_t count(std::uint16_t type) const noexcept;

 private:
  std::span<const std::uint8_t> octets_;
};

struct PppoeDiscovery {
  std::uint8_t code = 0;
  std::uint16_t session_id = 0;
  PppoeTags tags;  ///< well-formed; lie in the packet that was parsed
};

/// @param pppoe  what follows the Ethernet header and VLAN tags, padding included.
/// Nothing when the header is cut off or its version or type is not 1 (RFC 2516 §4), when LENGTH is beyond
/// what is there, or when a tag does not fit LENGTH. The code may be any.
[[nodiscard]] std::optional<PppoeDiscovery> parse_pppoe_discovery(
    std::span<const std::uint8_t> pppoe) noexcept;

/// PPP-Max-Payload, octets (RFC 4638 §4): 0 when the tag is not there or is not of two octets.
[[nodiscard]] std::uint16_t ppp_max_payload(const PppoeTags& tags) noexcept;

/// Writes tags behind one another.
class PppoeTagWriter {
 public:
  explicit PppoeTagWriter(std::size_t most_octets = kMostTagOctets) : most_octets_(most_octets) {}
  /// false: does not fit any more; nothing of it has been written.
  bool add(std::uint16_t type, std::span<const std::uint8_t> value);
  bool add(std::uint16_t type, std::string_view text);
  bool add(std::uint16_t type, std::uint16_t value);
  [[nodiscard]] const std::vector<std::uint8_t>& octets() const noexcept { return octets_; }

 private:
  std::size_t most_octets_;
  std::vector<std::uint8_t> octets_;
};

}  // namespace narrows::wire
