// SPDX-License-Identifier: BSD-3-Clause
#include <array>

#include "narrows/app/yaml_sections.h"

namespace narrows::app {
namespace {

constexpr IntegerRule kRateRule{0, 10000, "messages a second and session"};

/// A unicast address that may be a packet's source.
bool is_source(const wire::Ipv6Octets& address) {
  constexpr wire::Ipv6Octets kLoopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  return !wire::is_multicast(address) && !wire::is_unspecified(address) && address != kLoopback;
}

void read_source(const Field& field, std::optional<wire::Ipv6Octets>& source) {
  constexpr std::string_view kAllowed = "auto or the IPv6 address of one host, such as 2001:db8::1";
  const auto text = read_text(field, kAllowed);
  if (!text || *text == "auto") return;
  source = wire::parse_ipv6_address(*text);
  if (source && is_source(*source)) return;
  source.reset();
  report_wrong_type(field, kAllowed);
}

}  // namespace

void read_icmp(const std::optional<Field>& field, config::Mode mode, config::Icmp& icmp) {
  constexpr std::array<std::string_view, 2> kKeys{"rate", "ipv6_source"};
  if (!field) return;
  const MapReader map(*field, kKeys);
  read_integer_into(map.find("rate"), kRateRule, icmp.per_second);
  if (const auto source = map.find("ipv6_source")) read_source(*source, icmp.ipv6_source);
  if (mode == config::Mode::transparent)
    field->warning("has no effect in transparent mode, which sends nothing of its own");
}

}  // namespace narrows::app
