// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/pcapng_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace narrows::app {
namespace {

constexpr std::uint32_t kSectionHeaderBlock = 0x0a0d0d0a;
constexpr std::uint32_t kInterfaceBlock = 1;
constexpr std::uint32_t kSimplePacketBlock = 3;
constexpr std::uint32_t kEnhancedPacketBlock = 6;
constexpr std::uint32_t kByteOrderMagic = 0x1a2b3c4d;
constexpr std::uint16_t kEndOption = 0;
constexpr std::uint16_t kCommentOption = 1;
constexpr std::uint16_t kNameOption = 2;
constexpr std::uint16_t kTimeResolutionOption = 9;
constexpr std::uint16_t kTimeOffsetOption = 14;
/// A block's type and length in front, and its length once more behind.
constexpr std::size_t kBlockHeaderOctets = 8;
constexpr std::size_t kBlockOverheadOctets = 12;
/// The longest frame is a hundredth of it; what claims more is no capture, and shall not take our memory.
constexpr std::uint32_t kMaxBlockOctets = 16 << 20;
constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;

constexpr std::size_t padded(std::size_t octets) {
  return (octets + 3) / 4 * 4;
}

/// if_tsresol: a power of 10, or with the high bit of 2. What does not fit 64 bits is nobody's clock.
std::uint64_t ticks_per_second(std::uint8_t resolution) {
  constexpr unsigned kMostDigits = 19;
  const unsigned exponent = resolution & 0x7fU;
  if ((resolution & 0x80U) != 0) return exponent < 64 ? std::uint64_t{1} << exponent : 0;
  std::uint64_t ticks = 1;
  for (unsigned digit = 0; digit < exponent; ++digit) ticks *= 10;
  return exponent <= kMostDigits ? ticks : 0;
}

}  // namespace

/// What is left of a block, taken from the front.
class PcapngReader::Body {
 public:
  Body(std::span<const std::uint8_t> octets, const PcapngReader& reader) : rest_(octets), reader_(reader) {}

  std::span<const std::uint8_t> take(std::size_t octets) {
    if (octets > rest_.size()) reader_.refuse("holds a block that is shorter than what it says it holds");
    const auto taken = rest_.first(octets);
    rest_ = rest_.subspan(octets);
    return taken;
  }
  std::uint32_t take32() { return reader_.word(take(4).data()); }
  std::uint16_t take16() {
    std::uint16_t value;
    std::memcpy(&value, take(sizeof(value)).data(), sizeof(value));
    return reader_.swapped_ ? __builtin_bswap16(value) : value;
  }
  [[nodiscard]] std::size_t left() const noexcept { return rest_.size(); }

  /// Calls `handle(code, value)` for each option that follows.
  template <typename Handle>
  void options(Handle handle) {
    while (left() >= 4) {
      const std::uint16_t code = take16();
      const std::uint16_t octets = take16();
      if (code == kEndOption) return;
      const auto value = take(octets);
      take(std::min(padded(octets) - octets, left()));
      handle(code, value);
    }
  }

 private:
  std::span<const std::uint8_t> rest_;
  const PcapngReader& reader_;
};

bool PcapngReader::is_pcapng(const std::string& path) {
  const std::unique_ptr<std::FILE, Closer> file(std::fopen(path.c_str(), "rb"));
  std::uint32_t type = 0;
  return file != nullptr && std::fread(&type, sizeof(type), 1, file.get()) == 1 &&
         type == kSectionHeaderBlock;
}

PcapngReader::PcapngReader(const std::string& path) : path_(path), file_(std::fopen(path.c_str(), "rb")) {
  if (file_ == nullptr)
    throw std::runtime_error(fmt::format("cannot read {}: {}", path, std::strerror(errno)));
}

void PcapngReader::refuse(const char* what) const {
  throw std::runtime_error(fmt::format("{} {}", path_, what));
}

std::uint32_t PcapngReader::word(const std::uint8_t* octets) const noexcept {
  std::uint32_t value;
  std::memcpy(&value, octets, sizeof(value));
  return swapped_ ? __builtin_bswap32(value) : value;
}

/// The next block into type_ and block_. False at the end of the file.
bool PcapngReader::read_block() {
  std::array<std::uint8_t, kBlockHeaderOctets + sizeof(kByteOrderMagic)> header{};
  const std::size_t got = std::fread(header.data(), 1, kBlockHeaderOctets, file_.get());
  if (got == 0 && std::ferror(file_.get()) == 0) return false;
  constexpr const char* kBrokenOff = "breaks off inside a block";
  if (got != kBlockHeaderOctets) refuse(kBrokenOff);
  type_ = word(header.data());
  block_.clear();
  if (type_ == kSectionHeaderBlock) {  // the same in either byte order, which its first word tells
    std::uint8_t* magic = header.data() + kBlockHeaderOctets;
    if (std::fread(magic, 1, sizeof(kByteOrderMagic), file_.get()) != sizeof(kByteOrderMagic))
      refuse(kBrokenOff);
    swapped_ = false;
    if (word(magic) != kByteOrderMagic) swapped_ = true;
    if (word(magic) != kByteOrderMagic) refuse("is no pcapng capture: its byte order is neither of the two");
    block_.assign(magic, magic + sizeof(kByteOrderMagic));
  }
  const std::uint32_t length = word(header.data() + sizeof(type_));
  if (length < kBlockOverheadOctets + block_.size() || length > kMaxBlockOctets || length % 4 != 0)
    refuse("holds a block whose length cannot be");
  const std::size_t there = block_.size();
  block_.resize(length - kBlockHeaderOctets);
  if (std::fread(block_.data() + there, 1, block_.size() - there, file_.get()) != block_.size() - there)
    refuse(kBrokenOff);
  block_.resize(block_.size() - sizeof(length));
  return true;
}

bool PcapngReader::next(CapturedFrame& frame) {
  while (read_block()) {
    const Body body(block_, *this);
    switch (type_) {
      case kSectionHeaderBlock:
        interfaces_.clear();
        break;
      case kInterfaceBlock:
        read_interface(body);
        break;
      case kEnhancedPacketBlock:
        read_packet(body, frame);
        return true;
      case kSimplePacketBlock:
        read_simple_packet(body, frame);
        return true;
      default:
        break;
    }
  }
  return false;
}

void PcapngReader::read_interface(Body body) {
  Interface interface;
  interface.link_type = body.take16();
  body.take16();
  interface.snap_length = body.take32();
  body.options([&](std::uint16_t code, std::span<const std::uint8_t> value) {
    if (code == kNameOption) interface.name.assign(value.begin(), value.end());
    if (code == kTimeResolutionOption && !value.empty())
      interface.ticks_per_second = ticks_per_second(value.front());
    if (code == kTimeOffsetOption && value.size() == sizeof(interface.offset_s)) {
      std::memcpy(&interface.offset_s, value.data(), sizeof(interface.offset_s));
      if (swapped_)
        interface.offset_s =
            static_cast<std::int64_t>(__builtin_bswap64(static_cast<std::uint64_t>(interface.offset_s)));
    }
  });
  if (interface.ticks_per_second == 0) refuse("has an interface whose clock is finer than can be");
  interfaces_.push_back(std::move(interface));
}

const PcapngReader::Interface& PcapngReader::interface_of(std::uint32_t number) const {
  if (number >= interfaces_.size()) refuse("holds a packet of an interface that it does not describe");
  require_ethernet(path_, interfaces_[number].link_type);
  return interfaces_[number];
}

void PcapngReader::read_packet(Body body, CapturedFrame& frame) {
  const Interface& interface = interface_of(body.take32());
  const std::uint64_t high = body.take32();
  const std::uint64_t ticks = high << 32 | body.take32();
  const std::uint32_t captured = body.take32();
  const std::uint32_t original = body.take32();
  const std::uint64_t fraction = ticks % interface.ticks_per_second;
  __extension__ using Wide = unsigned __int128;
  const auto nanoseconds = static_cast<std::int64_t>(static_cast<Wide>(fraction) * kNanosecondsPerSecond /
                                                     interface.ticks_per_second);
  // No clock is beyond what nanoseconds of 63 bits hold (the year 2262): wrapping is as good as anything.
  const std::uint64_t seconds =
      ticks / interface.ticks_per_second + static_cast<std::uint64_t>(interface.offset_s);
  const std::uint64_t since_epoch = seconds * kNanosecondsPerSecond + static_cast<std::uint64_t>(nanoseconds);
  frame = {.octets = body.take(captured),
           .time = CaptureTime(static_cast<std::int64_t>(since_epoch)),
           .wire_octets = std::max(captured, original),
           .interface = interface.name,
           .comment = {}};
  body.take(std::min(padded(captured) - captured, body.left()));
  body.options([&](std::uint16_t code, std::span<const std::uint8_t> value) {
    if (code == kCommentOption && frame.comment.empty()) frame.comment.assign(value.begin(), value.end());
  });
}

void PcapngReader::read_simple_packet(Body body, CapturedFrame& frame) const {
  const Interface& interface = interface_of(0);
  const std::uint32_t original = body.take32();
  const std::size_t most = interface.snap_length == 0 ? original : interface.snap_length;
  const std::size_t captured = std::min({std::size_t{original}, most, body.left()});
  frame = {.octets = body.take(captured),
           .time = CaptureTime(0),
           .wire_octets = original,
           .interface = interface.name,
           .comment = {}};
}

}  // namespace narrows::app
