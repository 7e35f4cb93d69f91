// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/wire/pppoe_discovery.h"

#include <algorithm>
#include <limits>

namespace narrows::wire {
namespace {

template <typename Header>
std::span<const std::uint8_t> octets_of(const Header& header) noexcept {
  static_assert(alignof(Header) == 1);
  return {reinterpret_cast<const std::uint8_t*>(&header), sizeof(Header)};
}

}  // namespace

void PppoeTags::Iterator::read() noexcept {
  end_ = true;
  if (rest_.empty()) return;
  well_formed_ = false;
  if (rest_.size() < sizeof(PppoeTagHeader)) return;
  const auto& header = header_at<PppoeTagHeader>(rest_.data());
  const std::size_t octets = header.length.host();
  if (octets > rest_.size() - sizeof(PppoeTagHeader)) return;
  well_formed_ = true;
  tag_ = {header.type.host(), rest_.subspan(sizeof(PppoeTagHeader), octets)};
  end_ = tag_.type == kTagEndOfList;
}

bool PppoeTags::well_formed() const noexcept {
  auto at = begin();
  while (at != end()) ++at;
  return at.well_formed();
}

std::optional<std::span<const std::uint8_t>> PppoeTags::find(std::uint16_t type) const noexcept {
  for (const PppoeTag& tag : *this)
    if (tag.type == type) return tag.value;
  return std::nullopt;
}

std::size_t PppoeTags::count(std::uint16_t type) const noexcept {
  std::size_t found = 0;
  for (const PppoeTag& tag : *this) found += tag.type == type ? 1 : 0;
  return found;
}

std::optional<PppoeDiscovery> parse_pppoe_discovery(std::span<const std::uint8_t> pppoe) noexcept {
  if (pppoe.size() < sizeof(PppoeHeader)) return std::nullopt;
  const auto& header = header_at<PppoeHeader>(pppoe.data());
  const std::size_t length = header.length.host();
  if (header.version_type != kPppoeVersionType || length > pppoe.size() - sizeof(PppoeHeader))
    return std::nullopt;
  const PppoeTags tags(pppoe.subspan(sizeof(PppoeHeader), length));
  if (!tags.well_formed()) return std::nullopt;
  return PppoeDiscovery{header.code, header.session_id.host(), tags};
}

std::uint16_t ppp_max_payload(const PppoeTags& tags) noexcept {
  const auto value = tags.find(kTagPppMaxPayload);
  return value && value->size() == sizeof(Be16) ? header_at<Be16>(value->data()).host() : std::uint16_t{0};
}

bool PppoeTagWriter::add(std::uint16_t type, std::span<const std::uint8_t> value) {
  const std::size_t room = most_octets_ - std::min(octets_.size(), most_octets_);
  if (value.size() > std::numeric_limits<std::uint16_t>::max()) return false;
  if (room < sizeof(PppoeTagHeader) || value.size() > room - sizeof(PppoeTagHeader)) return false;
  const PppoeTagHeader header{Be16(type), Be16(static_cast<std::uint16_t>(value.size()))};
  for (const auto part : {octets_of(header), value}) octets_.insert(octets_.end(), part.begin(), part.end());
  return true;
}

bool PppoeTagWriter::add(std::uint16_t type, std::string_view text) {
  return add(type, std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

bool PppoeTagWriter::add(std::uint16_t type, std::uint16_t value) {
  return add(type, octets_of(Be16(value)));
}

}  // namespace narrows::wire
