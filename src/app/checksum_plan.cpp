// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/checksum_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <stdexcept>

#include "narrows/app/device.h"
#include "narrows/port/checksum_conduct.h"
#include "narrows/wire/ethernet.h"
#include "narrows/wire/pppoe.h"

namespace narrows::app {
namespace {

/// What a virtual device's driver is likely to say of itself; a network card has to be asked.
std::optional<port::ChecksumFacts> expected_facts(const config::Config& config, Side side) {
  const auto& port = side == Side::lan ? config.lan : config.wan;
  const auto device = parse_device(port.device, side).device;
  if (!device || device->kind == Device::Kind::pci) return std::nullopt;
  const auto digits = device->name.find_last_not_of("0123456789") + 1;
  port::ChecksumFacts facts;
  facts.driver = device->name.substr(0, digits);
  const port::ChecksumConduct& conduct = port::conduct_of(facts.driver);
  facts.offers_tx = conduct.possible_octets != port::kNowhere;
  facts.offers_rx = conduct.vouches_octets != port::kNowhere;
  facts.l2_octets = l2_octets(config, side);
  return facts;
}

}  // namespace

std::uint8_t vlan_tags(const config::Config& config, Side side) {
  if (config.mode == config::Mode::transparent) return wire::kMaxVlanTags;
  std::size_t tags = 0;
  for (const auto& session : config.sessions)
    tags = std::max(tags,
                    side == Side::wan ? session.wan.vlans.size() : std::size_t{session.lan.vlan.has_value()});
  return static_cast<std::uint8_t>(tags);
}

std::vector<std::uint16_t> outer_vlans(const config::Config& config, Side side) {
  std::set<std::uint16_t> ids;
  for (const auto& session : config.sessions) {
    if (side == Side::lan && session.lan.vlan) ids.insert(*session.lan.vlan);
    if (side == Side::wan && !session.wan.vlans.empty()) ids.insert(session.wan.vlans.front());
  }
  return {ids.begin(), ids.end()};
}

std::uint8_t l2_octets(const config::Config& config, Side side) {
  const bool is_pppoe = side == Side::wan || config.mode == config::Mode::transparent;
  return static_cast<std::uint8_t>(sizeof(wire::EthernetHeader) +
                                   vlan_tags(config, side) * sizeof(wire::VlanTag) +
                                   (is_pppoe ? wire::kPppoeOverheadOctets : 0));
}

ChecksumDecisions decide_checksums(const config::Config& config,
                                   std::array<port::ChecksumFacts, kSides> facts) {
  for (const auto side : {Side::lan, Side::wan}) facts[index_of(side)].l2_octets = l2_octets(config, side);
  ChecksumDecisions decisions;
  for (std::size_t here = 0; here < kSides; ++here) {
    decisions[here] = port::decide_checksum(config.checksum, facts[here], facts[1 - here]);
    if (!decisions[here].error.empty())
      throw std::runtime_error(fmt::format("checksum: hardware: ports.{}: {}",
                                           config::port_keys(config.mode)[here], decisions[here].error));
  }
  return decisions;
}

std::string expected_checksum(const config::Config& config, Side side) {
  const auto egress = expected_facts(config, side);
  const auto ingress = expected_facts(config, side == Side::lan ? Side::wan : Side::lan);
  if (config.checksum == config::ChecksumPolicy::incremental) return "software: as configured";
  if (!egress || !ingress) return "decided at start, when the network card's driver has been asked";
  const auto decision = port::decide_checksum(config.checksum, *egress, *ingress);
  if (!decision.error.empty()) return "error at start: " + decision.error;
  return fmt::format("{}: {}", decision.hardware ? "port" : "software", decision.why);
}

}  // namespace narrows::app
