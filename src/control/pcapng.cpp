// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/pcapng.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace narrows::control {
namespace {

constexpr std::uint32_t kSectionBlock = 0x0a0d0d0a;
constexpr std::uint32_t kInterfaceBlock = 1;
constexpr std::uint32_t kByteOrderMagic = 0x1a2b3c4d;
constexpr std::uint16_t kLinkTypeEthernet = 1;
constexpr char kNanoseconds = 9;  // 10^-9 s

// Options; the meaning of most depends on the block.
constexpr std::uint16_t kEndOfOptions = 0;
constexpr std::uint16_t kComment = 1;
constexpr std::uint16_t kSectionApplication = 4;
constexpr std::uint16_t kInterfaceName = 2;
constexpr std::uint16_t kInterfaceDescription = 3;
constexpr std::uint16_t kInterfaceTimeResolution = 9;
constexpr std::uint16_t kInterfaceFilter = 11;
constexpr std::uint16_t kStatisticsReceived = 4;
constexpr std::uint16_t kStatisticsDropped = 5;

constexpr std::size_t kAlign = 4;

}  // namespace

void PcapngBlocks::add_padded(std::string_view octets) {
  octets_ += octets;
  octets_.append((kAlign - octets.size() % kAlign) % kAlign, '\0');
}

void PcapngBlocks::option(std::uint16_t code, std::string_view value) {
  value = value.substr(0, std::numeric_limits<std::uint16_t>::max());
  add(code);
  add(static_cast<std::uint16_t>(value.size()));
  add_padded(value);
}

void PcapngBlocks::text_option(std::uint16_t code, std::string_view value) {
  if (!value.empty()) option(code, value);
}

void PcapngBlocks::number_option(std::uint16_t code, std::uint64_t value) {
  option(code, {reinterpret_cast<const char*>(&value), sizeof(value)});
}

/// High word first, whatever the byte order.
void PcapngBlocks::time(std::uint64_t ns) {
  add(static_cast<std::uint32_t>(ns >> 32));
  add(static_cast<std::uint32_t>(ns));
}

void PcapngBlocks::begin(std::uint32_t type) {
  begun_ = octets_.size();
  add(type);
  add(std::uint32_t{0});  // the length, known at the end
}

void PcapngBlocks::end() {
  const auto length = static_cast<std::uint32_t>(octets_.size() - begun_ + sizeof(std::uint32_t));
  add(length);
  std::memcpy(octets_.data() + begun_ + sizeof(std::uint32_t), &length, sizeof(length));
}

void PcapngBlocks::section(std::string_view application) {
  begin(kSectionBlock);
  add(kByteOrderMagic);
  add(std::uint16_t{1});  // version 1.0
  add(std::uint16_t{0});
  add(~std::uint64_t{0});  // the section's length is not known
  text_option(kSectionApplication, application);
  option(kEndOfOptions, {});
  end();
}

void PcapngBlocks::interface(std::string_view name, std::string_view description, std::string_view filter,
                             std::uint32_t snap_octets) {
  begin(kInterfaceBlock);
  add(kLinkTypeEthernet);
  add(std::uint16_t{0});
  add(snap_octets);
  text_option(kInterfaceName, name);
  text_option(kInterfaceDescription, description);
  option(kInterfaceTimeResolution, {&kNanoseconds, 1});
  if (!filter.empty()) option(kInterfaceFilter, std::string(1, '\0').append(filter));  // 0: as text
  option(kEndOfOptions, {});
  end();
}

void PcapngBlocks::packet(std::uint32_t interface, std::uint64_t ns, std::span<const std::uint8_t> octets,
                          std::uint32_t frame_octets, std::string_view comment) {
  begin(kPacketBlock);
  add(interface);
  time(ns);
  add(static_cast<std::uint32_t>(octets.size()));
  add(frame_octets);
  add_padded({reinterpret_cast<const char*>(octets.data()), octets.size()});
  if (!comment.empty()) {
    option(kComment, comment);
    option(kEndOfOptions, {});
  }
  end();
}

void PcapngBlocks::statistics(std::uint32_t interface, std::uint64_t ns, const PcapngCounts& counts) {
  begin(kStatisticsBlock);
  add(interface);
  time(ns);
  number_option(kStatisticsReceived, counts.received);
  number_option(kStatisticsDropped, counts.dropped);
  option(kEndOfOptions, {});
  end();
}

}  // namespace narrows::control
