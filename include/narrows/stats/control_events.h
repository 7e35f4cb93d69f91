// SPDX-License-Identifier: BSD-3-Clause
/// What the control thread did with the frames handed to it: one table, from which the names in JSON,
/// Prometheus, telemetry and docs follow.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "narrows/stats/counters.h"
#include "narrows/stats/reasons.h"
#include "narrows/wire/direction.h"

namespace narrows::stats {

/// Rows of kControlEventTexts, same order.
enum class ControlEvent : std::uint8_t {
  arp_answered,
  nd_answered,
  arp_asked,
  echo_answered,
  protocol_rejected,
  offer_received,
  discovery_answered,
  padt_received,
  ppp_received,
  router_advertised,
  unreachable_sent,
  too_big_sent,
  icmp_withheld,
  dhcp_answered,
  dhcp_refused,
  dhcp_released,
  dhcp_declined,
  session_seen,
  mru_agreed,
  session_ended,
  session_aged,
  session_displaced,
  ignored_arp,
  ignored_nd,
  ignored_ppp,
  ignored_discovery,
  ignored_dhcp,
  ignored_other,
  rate_limited,
  unsent,
  malformed,
  kCount,
};
inline constexpr std::size_t kControlEvents = static_cast<std::size_t>(ControlEvent::kCount);

inline constexpr std::array<NamedText, kControlEvents> kControlEventTexts{{
    {"arp_answered", "ARP requests of LAN hosts answered"},
    {"nd_answered", "IPv6 neighbour solicitations of LAN hosts answered"},
    {"arp_asked", "ARP requests sent for a LAN host whose MAC address was missing"},
    {"echo_answered", "LCP Echo-Requests answered"},
    {"protocol_rejected", "frames of an unknown PPP protocol answered by an LCP Protocol-Reject"},
    {"offer_received", "PADO and PADS of a session that is being dialled"},
    {"discovery_answered", "concentrator: PADI and PADR of clients answered"},
    {"padt_received", "PADT of a session's own other end"},
    {"ppp_received", "PPP control frames of sessions that negotiate"},
    {"router_advertised", "concentrator: IPv6 router advertisements sent into sessions"},
    {"unreachable_sent", "ICMP unreachable messages to LAN hosts whose session is down"},
    {"too_big_sent", "ICMP 'fragmentation needed' and ICMPv6 'packet too big' messages"},
    {"icmp_withheld",
     "packets too long or for a session that is down about which no ICMP error may be sent: ICMP errors, "
     "later fragments, multicast (RFC 1122, RFC 4443)"},
    {"dhcp_answered", "DHCP offers and acknowledgements sent to LAN hosts"},
    {"dhcp_refused", "DHCP requests of LAN hosts refused: the session is down or has another address"},
    {"dhcp_released", "DHCP leases given back by their hosts"},
    {"dhcp_declined", "DHCP leases declined by their hosts, which found the address in use"},
    {"session_seen", "learning: PPPoE sessions that began, by PADS or a Configure-Request"},
    {"mru_agreed", "learning: MRUs that the other end acknowledged"},
    {"session_ended", "learning: sessions forgotten after a PADT"},
    {"session_aged", "learning: sessions forgotten after a long silence"},
    {"session_displaced", "learning: sessions forgotten because others needed the room"},
    {"ignored_arp",
     "ARP that asks nothing of Narrows: replies, probes, announcements, the host's own address"},
    {"ignored_nd", "neighbour solicitations of address detection or for the LAN host's own address"},
    {"ignored_ppp",
     "PPP negotiation on a static session, which negotiates nothing; learning: LCP that belongs to nothing "
     "seen"},
    {"ignored_discovery", "PPPoE discovery frames"},
    {"ignored_dhcp",
     "DHCP messages not for Narrows to answer: another host's, another server's, nothing to hand out"},
    {"ignored_other", "punted frames that nothing here deals with"},
    {"rate_limited", "answers not given because the session asked too often"},
    {"unsent", "frames of the control thread that found no buffer or no room in the ring"},
    {"malformed", "punted frames that are truncated or break the rules of their protocol"},
}};

/// Written by the control thread alone, read by any thread.
class ControlCounters {
 public:
  void count(ControlEvent event) noexcept { counters_[index_of(event)].add(1); }
  [[nodiscard]] std::uint64_t value(ControlEvent event) const noexcept {
    return counters_[index_of(event)].value();
  }
  [[nodiscard]] std::array<std::uint64_t, kControlEvents> snapshot() const noexcept {
    std::array<std::uint64_t, kControlEvents> values{};
    for (std::size_t event = 0; event < kControlEvents; ++event) values[event] = counters_[event].value();
    return values;
  }

 private:
  std::array<Counter, kControlEvents> counters_;
};

}  // namespace narrows::stats
