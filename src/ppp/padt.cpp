// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/ppp/padt.h"

#include "discovery_errors.h"
#include "narrows/wire/pppoe_discovery.h"

namespace narrows::ppp {

std::vector<std::uint8_t> padt_tags(std::span<const std::uint8_t> host_uniq, std::string_view reason) {
  wire::PppoeTagWriter tags;
  if (!host_uniq.empty()) tags.add(wire::kTagHostUniq, host_uniq);
  if (!reason.empty()) tags.add(wire::kTagGenericError, reason);
  return tags.octets();
}

std::optional<Padt> parse_padt(std::span<const std::uint8_t> payload) {
  const auto packet = wire::parse_pppoe_discovery(payload);
  if (!packet || packet->code != wire::kPppoePadt || !wire::is_session_id(packet->session_id))
    return std::nullopt;
  return Padt{packet->session_id, error_text(packet->tags).value_or("")};
}

}  // namespace narrows::ppp
