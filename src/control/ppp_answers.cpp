// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/ppp_answers.h"

#include <algorithm>
#include <array>

#include "narrows/control/frame_builder.h"
#include "narrows/wire/ppp.h"
#include "narrows/wire/pppoe.h"

namespace narrows::control {
namespace {

using stats::ControlEvent;
using wire::Be16;

}  // namespace

PppAnswers::PppAnswers(std::span<const Link> links, FrameSink& sink, stats::ControlCounters& counters)
    : sink_(sink), counters_(counters) {
  peers_.reserve(links.size());
  for (const Link& link : links) peers_.push_back({link, 1, {}});
}

void PppAnswers::configure(std::size_t session, const Link& link) {
  if (session >= peers_.size()) peers_.resize(session + 1, Peer{{}, 1, {}});
  peers_[session].link = link;
}

void PppAnswers::handle(std::size_t session, std::uint16_t protocol,
                        std::span<const std::uint8_t> information, Time now) {
  Peer& peer = peers_[session];
  switch (protocol) {
    case wire::kPppLcp:
      return handle_lcp(peer, information, now);
    case wire::kPppPap:
    case wire::kPppChap:
    case wire::kPppIpcp:
    case wire::kPppIpv6cp:
      return counters_.count(ControlEvent::ignored_ppp);
    case wire::kPppIpv4:
    case wire::kPppIpv6:
      // The data path's own; to reject them would end the line.
      return counters_.count(ControlEvent::ignored_other);
    default:
      break;
  }
  // Compression was not agreed on; the data path drops such frames before they come here.
  if (wire::is_compressed_ppp(protocol)) return counters_.count(ControlEvent::malformed);
  reject(peer, protocol, information, now);
}

void PppAnswers::handle_lcp(Peer& peer, std::span<const std::uint8_t> information, Time now) {
  const auto packet = wire::parse_ppp_control(information);
  if (!packet) return counters_.count(ControlEvent::malformed);
  if (packet->code != wire::kLcpEchoRequest) return counters_.count(ControlEvent::ignored_ppp);
  if (packet->data.size() < wire::kLcpMagicOctets) return counters_.count(ControlEvent::malformed);
  if (!peer.limit.take(now)) return counters_.count(ControlEvent::rate_limited);
  // The magic number is 0 where none was negotiated (RFC 1661 §5.8).
  constexpr std::array<std::uint8_t, wire::kLcpMagicOctets> kNoMagic{};
  send_lcp(peer, wire::kLcpEchoReply, packet->identifier, kNoMagic,
           packet->data.subspan(wire::kLcpMagicOctets), ControlEvent::echo_answered);
}

void PppAnswers::reject(Peer& peer, std::uint16_t protocol, std::span<const std::uint8_t> information,
                        Time now) {
  if (!peer.limit.take(now)) return counters_.count(ControlEvent::rate_limited);
  // "The Identifier field MUST be changed for each Protocol-Reject sent" (RFC 1661 §5.7).
  send_lcp(peer, wire::kLcpProtocolReject, peer.next_reject_identifier++, octets_of(Be16(protocol)),
           information, ControlEvent::protocol_rejected);
}

void PppAnswers::send_lcp(const Peer& peer, std::uint8_t code, std::uint8_t identifier,
                          std::span<const std::uint8_t> opening, std::span<const std::uint8_t> data,
                          ControlEvent event) {
  const std::size_t fixed = sizeof(wire::PppControlHeader) + opening.size();
  // What does not fit the line is cut off (RFC 1661 §5.7 asks for it; an echo that long would not fit
  // either).
  data = data.first(
      std::min(data.size(), peer.link.mtu_octets - std::min<std::size_t>(fixed, peer.link.mtu_octets)));
  const wire::PppControlHeader header{code, identifier,
                                      Be16(static_cast<std::uint16_t>(fixed + data.size()))};

  std::vector<std::uint8_t> information;
  information.reserve(fixed + data.size());
  for (const auto part : {octets_of(header), opening, data})
    information.insert(information.end(), part.begin(), part.end());
  const bool sent = sink_.send(Side::wan, ppp_frame(peer.link.header, wire::kPppLcp, information));
  counters_.count(sent ? event : ControlEvent::unsent);
}

}  // namespace narrows::control
