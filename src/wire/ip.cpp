// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/wire/ip.h"

namespace narrows::wire {
namespace {

constexpr std::uint8_t kHopByHop = 0;
constexpr std::uint8_t kRouting = 43;
constexpr std::uint8_t kFragment = 44;
constexpr std::uint8_t kEsp = 50;
constexpr std::uint8_t kAh = 51;
constexpr std::uint8_t kNoNextHeader = 59;
constexpr std::uint8_t kDestinationOptions = 60;
constexpr std::uint8_t kMobility = 135;
constexpr std::uint8_t kHip = 139;
constexpr std::uint8_t kShim6 = 140;
constexpr int kMaxExtensionHeaders = 8;
constexpr std::uint16_t kMinExtensionOctets = 8;
constexpr std::uint16_t kFragmentOffsetMask = 0xfff8;
constexpr std::uint16_t kMoreFragments = 0x0001;

/// Extension headers (RFC 7045, IANA registry) that Narrows does not step over.
bool ends_the_walk(std::uint8_t next) noexcept {
  return next == kEsp || next == kAh || next == kNoNextHeader || next == kMobility || next == kHip ||
         next == kShim6;
}

bool is_stepped_over(std::uint8_t next) noexcept {
  return next == kHopByHop || next == kRouting || next == kDestinationOptions || next == kFragment;
}

}  // namespace

Transport walk_ipv6_headers(const std::uint8_t* ip, std::uint16_t octets) noexcept {
  std::uint8_t next = header_at<Ipv6Header>(ip).next_header;
  std::uint16_t offset = sizeof(Ipv6Header);
  bool fragment = false;
  for (int headers = 0; is_stepped_over(next); ++headers) {
    if (headers == kMaxExtensionHeaders) return {Transport::Status::walk_ended, next, offset, fragment};
    if (octets - offset < kMinExtensionOctets) return {};
    const std::uint8_t* header = ip + offset;
    unsigned length = kMinExtensionOctets;
    if (next == kFragment) {
      const auto offset_and_more = static_cast<unsigned>(header[2] << 8 | header[3]);
      if ((offset_and_more & kFragmentOffsetMask) != 0) return {};
      // Without more to come it is an atomic fragment (RFC 6946): a whole packet.
      fragment = fragment || (offset_and_more & kMoreFragments) != 0;
    } else {
      length += header[1] * 8u;  // RFC 8200 §4.3: 8-octet units, not counting the first
    }
    next = header[0];
    if (length > static_cast<unsigned>(octets - offset)) return {};
    offset = static_cast<std::uint16_t>(offset + length);
  }
  if (ends_the_walk(next)) return {Transport::Status::walk_ended, next, offset, fragment};
  return {Transport::Status::found, next, offset, fragment};
}

}  // namespace narrows::wire
