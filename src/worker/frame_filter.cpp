// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/worker/frame_filter.h"

#include <fmt/format.h>
#include <pcap/bpf.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string_view>

#include "narrows/wire/ethernet.h"
#include "narrows/wire/pppoe.h"

namespace narrows::worker {
namespace {

constexpr int kSnapOctets = 262144;  // what tcpdump takes for all of a frame
constexpr std::size_t kMacsOctets = offsetof(wire::EthernetHeader, ethertype);

struct PcapCloser {
  void operator()(pcap_t* handle) const noexcept { pcap_close(handle); }
};

/// Whether one of `words` stands in the text as a word.
bool says(std::string_view text, std::initializer_list<std::string_view> words) {
  const auto is_word = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
  for (auto at = text.begin(); at != text.end();) {
    const auto begin = std::find_if(at, text.end(), is_word);
    at = std::find_if_not(begin, text.end(), is_word);
    if (std::ranges::find(words, std::string_view(begin, at)) != words.end()) return true;
  }
  return false;
}

/// What a frame is behind its tags and, of an IP packet, its PPPoE session header.
struct Inner {
  std::uint16_t ethertype = 0;
  std::span<const std::uint8_t> payload;
};

Inner look_inside(std::span<const std::uint8_t> head, const wire::EthernetView& ethernet,
                  bool through_pppoe) {
  const Inner payload{ethernet.ethertype, head.subspan(ethernet.payload_offset)};
  if (!through_pppoe || ethernet.ethertype != wire::kEthertypePppoeSession) return payload;
  const auto pppoe = wire::parse_pppoe_session(payload.payload.data(), payload.payload.size());
  if (pppoe.status != wire::PppoeSession::Status::valid || !wire::is_ppp_data(pppoe.protocol)) return payload;
  return {wire::ethertype_of(wire::family_of_ppp(pppoe.protocol)),
          payload.payload.subspan(wire::kPppoeOverheadOctets, pppoe.payload_octets)};
}

}  // namespace

FrameFilter::FrameFilter(const std::string& text)
    : through_vlan_(!says(text, {"vlan", "0x8100", "0x88a8", "0x88A8"})),
      through_pppoe_(!says(text, {"pppoes", "0x8864"})) {
  const std::unique_ptr<pcap_t, PcapCloser> ethernet(pcap_open_dead(DLT_EN10MB, kSnapOctets));
  if (ethernet == nullptr) throw std::runtime_error("no memory for a filter");
  if (pcap_compile(ethernet.get(), &program_, text.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0)
    throw std::runtime_error(fmt::format("filter '{}': {}; pcap-filter(7) says what can be written", text,
                                         pcap_geterr(ethernet.get())));
}

FrameFilter::~FrameFilter() {
  pcap_freecode(&program_);
}

bool FrameFilter::runs_true(std::span<const std::uint8_t> octets, std::uint32_t frame_octets) const noexcept {
  return bpf_filter(program_.bf_insns, octets.data(), frame_octets, static_cast<u_int>(octets.size())) != 0;
}

bool FrameFilter::matches(std::span<const std::uint8_t> head, std::uint32_t frame_octets) const noexcept {
  const wire::EthernetView ethernet = wire::parse_ethernet(head.data(), head.size());
  const bool cuts_tags = through_vlan_ && ethernet.tags != 0;
  const bool cuts_pppoe = through_pppoe_ && ethernet.ethertype == wire::kEthertypePppoeSession;
  if (ethernet.payload_offset == 0 || !(cuts_tags || cuts_pppoe)) return runs_true(head, frame_octets);
  const Inner inner = look_inside(head, ethernet, cuts_pppoe);
  const wire::Be16 ethertype(inner.ethertype);
  const std::size_t before = cuts_tags ? kMacsOctets : ethernet.payload_offset - sizeof(ethertype);
  const std::size_t behind = std::min(inner.payload.size(), kInnerOctets);
  std::array<std::uint8_t, wire::kMaxEthernetOctets + kInnerOctets> view;
  std::memcpy(view.data(), head.data(), before);
  std::memcpy(view.data() + before, &ethertype, sizeof(ethertype));
  std::memcpy(view.data() + before + sizeof(ethertype), inner.payload.data(), behind);
  return runs_true({view.data(), before + sizeof(ethertype) + behind}, frame_octets);
}

}  // namespace narrows::worker
