// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/wire/shape.h"

#include <bit>

#include "narrows/wire/ip.h"
#include "narrows/wire/pppoe.h"
#include "narrows/wire/tcp.h"

namespace narrows::wire {
namespace {

/// Writes a shape octet by octet, from the frame's first on.
class Writer {
 public:
  explicit Writer(Shape& shape) : shape_(shape) {}

  void expect(std::uint8_t value, std::uint8_t mask = 0xff) {
    shape_.mask[at_] = mask;
    shape_.expected[at_] = value & mask;
    shape_.required |= bit(at_);
    ++at_;
  }
  void expect(Be16 value, std::uint16_t mask = 0xffff) {
    expect(static_cast<std::uint8_t>(value.host() >> 8), static_cast<std::uint8_t>(mask >> 8));
    expect(static_cast<std::uint8_t>(value.host()), static_cast<std::uint8_t>(mask));
  }
  void expect(const std::optional<MacAddress>& mac) {
    if (!mac) return skip(sizeof(MacAddress));
    for (const std::uint8_t octet : mac->octets) expect(octet);
  }
  void skip(std::size_t octets) { at_ += octets; }

  /// Octets that are compared, but need not agree. @return their bits.
  std::uint64_t note(std::size_t at, std::uint8_t value, std::uint8_t mask = 0xff) {
    shape_.mask[at] = mask;
    shape_.expected[at] = value & mask;
    return bit(at);
  }
  [[nodiscard]] std::size_t at() const { return at_; }

 private:
  static std::uint64_t bit(std::size_t at) { return std::uint64_t{1} << at; }

  Shape& shape_;
  std::size_t at_ = 0;
};

void write_tags(Writer& writer, const ShapeSpec& spec) {
  for (unsigned tag = 0; tag < spec.tags; ++tag) {
    const bool service = spec.tags == kMaxVlanTags && tag == 0;
    writer.expect(Be16(service ? kEthertypeServiceVlan : kEthertypeVlan));
    if (!spec.vlans) {
      writer.skip(sizeof(Be16));
    } else {
      const auto ids = spec.vlans->ids();
      writer.expect(Be16(tag < ids.size() ? ids[tag] : std::uint16_t{0}), kVlanIdMask);
    }
  }
}

void write_pppoe(Writer& writer, const ShapeSpec& spec) {
  writer.expect(Be16(kEthertypePppoeSession));
  writer.expect(kPppoeVersionType);
  writer.expect(kPppoeCodeSession);
  if (spec.session_id)
    writer.expect(Be16(*spec.session_id));
  else
    writer.skip(sizeof(Be16));
  writer.skip(sizeof(Be16));  // LENGTH
  writer.expect(Be16(ppp_of(spec.family)));
}

void write_ipv4(Writer& writer, Shape& shape, const ShapeSpec& spec) {
  constexpr std::size_t kProtocol = 9;
  constexpr std::size_t kDestination = 16;
  const std::size_t ip = writer.at();
  writer.expect(std::uint8_t{0x45});
  writer.skip(5);
  writer.expect(Be16(), kIpv4MoreFragments | kIpv4FragmentOffsetMask);
  shape.tcp = writer.note(ip + kProtocol, kProtocolTcp);
  const std::size_t flags = ip + sizeof(Ipv4Header) + offsetof(TcpHeader, flags);
  shape.opens_connection = shape.tcp | writer.note(flags, kTcpSyn, kTcpSyn | kTcpRst);
  if (spec.groups_need_second_look)
    shape.second_look = writer.note(ip + kDestination, std::uint8_t{0xe0}, std::uint8_t{0xf0});
  if (!spec.second_look) return;
  const auto address = std::bit_cast<std::array<std::uint8_t, sizeof(Be32)>>(Be32(spec.second_look->value));
  for (std::size_t i = 0; i < address.size(); ++i)
    shape.second_look |= writer.note(ip + kDestination + i, address[i]);
}

void write_ipv6(Writer& writer, Shape& shape, const ShapeSpec& spec) {
  constexpr std::size_t kNextHeader = 6;
  constexpr std::size_t kDestination = 24;
  const std::size_t ip = writer.at();
  writer.expect(std::uint8_t{0x60}, std::uint8_t{0xf0});
  shape.tcp = writer.note(ip + kNextHeader, kProtocolTcp);
  if (spec.groups_need_second_look) shape.second_look = writer.note(ip + kDestination, std::uint8_t{0xff});
}

}  // namespace

Shape make_shape(const ShapeSpec& spec) {
  Shape shape;
  Writer writer(shape);
  writer.expect(spec.destination);
  writer.expect(spec.source);
  write_tags(writer, spec);
  if (spec.pppoe)
    write_pppoe(writer, spec);
  else
    writer.expect(Be16(ethertype_of(spec.family)));
  shape.ip_offset = static_cast<std::uint16_t>(writer.at());
  shape.family = spec.family;
  shape.pppoe = spec.pppoe;
  if (spec.family == Family::ipv4)
    write_ipv4(writer, shape, spec);
  else
    write_ipv6(writer, shape, spec);
  return shape;
}

const Shapes& any_shapes() {
  static const Shapes all = [] {
    Shapes shapes;
    for (unsigned tags = 0; tags < kShapeTags; ++tags)
      for (const bool pppoe : {false, true})
        for (const Family family : {Family::ipv4, Family::ipv6})
          shapes[tags][pppoe ? 1 : 0][index_of(family)] =
              make_shape({.tags = tags, .pppoe = pppoe, .family = family});
    return shapes;
  }();
  return all;
}

const Shape& shape_to_try(const Shapes& shapes, const std::uint8_t* frame) noexcept {
  static const Shape none;
  std::size_t offset = 2 * sizeof(MacAddress);
  std::size_t tags = 0;
  std::uint16_t ethertype = header_at<Be16>(frame + offset).host();
  while (is_tpid(ethertype) && tags < kMaxVlanTags) {
    ++tags;
    offset += sizeof(VlanTag);
    ethertype = header_at<Be16>(frame + offset).host();
  }
  if (is_ip(ethertype)) return shapes[tags][0][index_of(family_of(ethertype))];
  if (ethertype != kEthertypePppoeSession) return none;
  const std::uint16_t protocol = header_at<Be16>(frame + offset + sizeof(Be16) + sizeof(PppoeHeader)).host();
  return is_ppp_data(protocol) ? shapes[tags][1][index_of(family_of_ppp(protocol))] : none;
}

}  // namespace narrows::wire
