// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/config/config.h"
#include "narrows/session/watched_key.h"
#include "narrows/wire/ethernet.h"
#include "narrows/wire/pppoe.h"
#include "stage_parts.h"

namespace narrows::pipeline {
namespace {

/// The MTU learned of the PPPoE session that frame i belongs to; 0: of none, or none was learned.
std::uint16_t learned_mtu(const Burst& burst, const Context& context, unsigned i) noexcept {
  const rte_mbuf& mbuf = *burst.mbufs[i];
  const auto* frame = rte_pktmbuf_mtod(&mbuf, const std::uint8_t*);
  const wire::EthernetView ethernet = wire::parse_ethernet(frame, mbuf.data_len);
  if (ethernet.ethertype != wire::kEthertypePppoeSession) return 0;
  // Classify has found an IP packet behind it, so the header is whole.
  const std::uint16_t id =
      wire::header_at<wire::PppoeHeader>(frame + ethernet.payload_offset).session_id.host();
  return context.learned->find_mtu(
      session::watched_key(ingress_of(context.direction), frame, ethernet.vlans, id), context.worker);
}

}  // namespace

std::optional<LinkLimits> learned_limits(const Burst& burst, const Context& context, unsigned i) noexcept {
  const std::uint16_t mtu = learned_mtu(burst, context, i);
  if (mtu == 0) return std::nullopt;
  return LinkLimits{config::max_mss(*context.config, mtu)[index_of(context.direction)],
                    config::tunnel_mtu(*context.config, mtu)};
}

}  // namespace narrows::pipeline
