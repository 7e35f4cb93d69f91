// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/explain_facts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <stdexcept>
#include <utility>

#include "narrows/session/address_plan.h"
#include "narrows/wire/ethernet.h"
#include "narrows/wire/ip.h"
#include "narrows/wire/pppoe.h"
#include "narrows/wire/pppoe_discovery.h"

namespace narrows::app {
namespace {

/// Stand-ins for what the capture does not hold and the fate of no frame depends on.
constexpr config::StaticSession kAnySession{0x0001, {{0x02, 0, 0, 0, 0, 0xac}}};
constexpr wire::MacAddress kAnyHost{{0x02, 0, 0, 0, 0, 0xfe}};

using Mac = wire::MacAddress;

struct Ends {
  Mac destination;
  Mac source;
};

std::optional<Ends> ends_of(const FrameToExplain& frame) {
  if (frame.octets.size() < sizeof(wire::EthernetHeader)) return std::nullopt;
  const auto& header = wire::header_at<wire::EthernetHeader>(frame.octets.data());
  return Ends{header.destination, header.source};
}

/// A frame of a PPPoE session to the box, or from it: whose.
struct SessionFrame {
  config::StaticSession session;  ///< of the other end
  wire::VlanStack vlans;
  std::span<const std::uint8_t> ipv4;  ///< what it carries, if it is IPv4
};

std::optional<SessionFrame> read_session_frame(const FrameToExplain& frame, const std::optional<Mac>& own) {
  if (frame.side != Side::wan) return std::nullopt;
  const auto view = wire::parse_ethernet(frame.octets.data(), frame.octets.size());
  if (view.payload_offset == 0 || view.ethertype != wire::kEthertypePppoeSession) return std::nullopt;
  const auto payload = std::span(frame.octets).subspan(view.payload_offset);
  const auto pppoe = wire::parse_pppoe_session(payload.data(), payload.size());
  if (pppoe.status != wire::PppoeSession::Status::valid || !wire::is_session_id(pppoe.id))
    return std::nullopt;
  const auto ends = *ends_of(frame);
  if (!frame.sent && ends.destination != own) return std::nullopt;
  const auto packet = payload.subspan(wire::kPppoeOverheadOctets, pppoe.payload_octets);
  const bool is_ipv4 = pppoe.protocol == wire::kPppIpv4 && packet.size() >= sizeof(wire::Ipv4Header);
  return SessionFrame{{pppoe.id, frame.sent ? ends.destination : ends.source},
                      view.vlans,
                      is_ipv4 ? packet : std::span<const std::uint8_t>{}};
}

struct PlacedBy {
  Side side;
  bool sent;
};

/// "lan in" and its like, or the interface that the configuration names.
std::optional<PlacedBy> place_of(std::string_view interface, const config::Config& config) {
  const auto keys = config::port_keys(config.mode);
  for (const Side side : {Side::lan, Side::wan}) {
    for (const std::string_view key : {keys[index_of(side)], kSideNames[index_of(side)]}) {
      if (interface == key || interface == fmt::format("{} in", key)) return PlacedBy{side, false};
      if (interface == fmt::format("{} out", key)) return PlacedBy{side, true};
    }
    const auto& named = (side == Side::lan ? config.lan : config.wan).interface;
    if (!named.empty() && interface == named) return PlacedBy{side, false};
  }
  return std::nullopt;
}

/// Counts what is named and tells which was named most; of equals the first.
template <typename Key>
class Votes {
 public:
  void add(const Key& key) {
    const auto found = std::ranges::find(votes_, key, &std::pair<Key, std::size_t>::first);
    found == votes_.end() ? static_cast<void>(votes_.emplace_back(key, 1))
                          : static_cast<void>(++found->second);
  }
  [[nodiscard]] std::optional<Key> winner() const {
    const auto found = std::ranges::max_element(votes_, {}, &std::pair<Key, std::size_t>::second);
    return found == votes_.end() ? std::nullopt : std::optional(found->first);
  }

 private:
  std::vector<std::pair<Key, std::size_t>> votes_;
};

class Learner {
 public:
  Learner(std::vector<FrameToExplain>& frames, config::Config config, const FactsSaid& said)
      : frames_(frames), said_(said), keys_(config::port_keys(config.mode)) {
    facts_.config = std::move(config);
  }

  BoxFacts learn() {
    if (facts_.config.mode == config::Mode::transparent) return std::move(facts_);
    for (const Side side : {Side::lan, Side::wan}) {
      learn_mac(side);
      mark_sent(side);
    }
    if (facts_.config.concentrator)
      learn_lines();
    else
      learn_sessions();
    check_names();
    if (!hears_lan()) assume_hosts();
    return std::move(facts_);
  }

 private:
  template <typename... Arguments>
  void assume(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    facts_.assumptions.push_back(fmt::format(format, std::forward<Arguments>(arguments)...));
  }

  void learn_mac(Side side);
  void mark_sent(Side side);
  void learn_sessions();
  void learn_session(config::Session& session, std::vector<config::StaticSession>& taken);
  void learn_lines();
  void check_names() const;
  [[nodiscard]] bool hears_lan() const;
  void assume_hosts();

  std::vector<FrameToExplain>& frames_;
  const FactsSaid& said_;
  std::array<std::string_view, kSides> keys_;
  BoxFacts facts_;
};

void Learner::learn_mac(Side side) {
  auto& mac = (side == Side::lan ? facts_.config.lan : facts_.config.wan).mac;
  if (const auto& given = said_.mac[index_of(side)]) mac = *given;
  if (mac) return;
  Votes<Mac> own;
  Votes<Mac> addressed;
  for (const auto& frame : frames_) {
    const auto ends = frame.side == side ? ends_of(frame) : std::nullopt;
    if (!ends) continue;
    if (frame.sent) own.add(ends->source);
    if (!frame.sent && ends->destination.is_station()) addressed.add(ends->destination);
  }
  mac = own.winner();
  if (mac) return;
  mac = addressed.winner();
  const auto key = keys_[index_of(side)];
  if (mac)
    assume("the {0} port's address is taken to be {1}, which most frames are for; --{0}-mac says another",
           key, wire::to_string(*mac));
}

/// A capture of an interface has what the box sent there as well.
void Learner::mark_sent(Side side) {
  const auto& mac = (side == Side::lan ? facts_.config.lan : facts_.config.wan).mac;
  for (auto& frame : frames_)
    if (const auto ends = ends_of(frame); frame.side == side && ends && mac && ends->source == *mac)
      frame.sent = true;
}

void Learner::learn_sessions() {
  std::vector<config::StaticSession> taken;
  for (const auto& session : facts_.config.sessions)
    if (!session.client) taken.push_back(session.fixed);
  for (auto& session : facts_.config.sessions)
    if (session.client) learn_session(session, taken);
}

void Learner::learn_session(config::Session& session, std::vector<config::StaticSession>& taken) {
  const auto said = said_.sessions.find(session.name);
  if (said != said_.sessions.end() && said->second.down) return;
  std::optional<config::StaticSession> fixed;
  std::string why = "the capture holds no frame of it; its number does not matter";
  if (said != said_.sessions.end()) {
    fixed = said->second.fixed;
    why = "as you said";
  } else {
    const wire::VlanStack vlans = session.wan.vlans.empty() ? wire::VlanStack()
                                  : session.wan.vlans.size() == 1
                                      ? wire::VlanStack(session.wan.vlans[0])
                                      : wire::VlanStack(session.wan.vlans[0], session.wan.vlans[1]);
    Votes<config::StaticSession> votes;
    for (const auto& frame : frames_) {
      const auto seen = read_session_frame(frame, facts_.config.wan.mac);
      if (seen && seen->vlans == vlans && std::ranges::find(taken, seen->session) == taken.end())
        votes.add(seen->session);
    }
    fixed = votes.winner();
    if (fixed) why = fmt::format("as seen in the capture; --session {}=ID@MAC says another", session.name);
  }
  session.fixed = fixed.value_or(kAnySession);
  session.client.reset();
  taken.push_back(session.fixed);
  assume("session {} is dialled: taken to be up, id 0x{:04x} of {}, MTU {} ({})", session.name,
         session.fixed.id, wire::to_string(session.fixed.ac_mac), session.mtu_octets, why);
}

/// Which address a client has follows from what it sends; which client an address is for, from nothing else.
void Learner::learn_lines() {
  const auto& sessions = facts_.config.sessions;
  const session::AddressPlan plan{.first_ipv4 = facts_.config.concentrator->first_ipv4.value,
                                  .sessions = facts_.config.concentrator->sessions};
  std::vector<std::optional<config::StaticSession>> lines(sessions.size());
  for (const auto& frame : frames_) {
    const auto seen = read_session_frame(frame, facts_.config.wan.mac);
    if (!seen || seen->ipv4.empty()) continue;
    const auto& header = wire::header_at<wire::Ipv4Header>(seen->ipv4.data());
    const auto session = plan.find_ipv4(frame.sent ? header.destination : header.source);
    if (session != session::kNone && !lines[session]) lines[session] = seen->session;
  }
  for (std::size_t session = 0; session < sessions.size(); ++session) {
    if (const auto said = said_.sessions.find(sessions[session].name); said != said_.sessions.end())
      lines[session] = said->second.down ? std::nullopt : std::optional(said->second.fixed);
    if (!lines[session]) continue;
    facts_.lines.push_back({session, *lines[session]});
    assume("session {} is taken to be up, id 0x{:04x} of {}", sessions[session].name, lines[session]->id,
           wire::to_string(lines[session]->ac_mac));
  }
}

void Learner::check_names() const {
  for (const auto& [name, said] : said_.sessions) {
    const auto& sessions = facts_.config.sessions;
    const auto found = std::ranges::find(sessions, name, &config::Session::name);
    if (found == sessions.end())
      throw std::runtime_error(fmt::format("--session {}: there is none of this name", name));
    if (facts_.config.concentrator || found->client || found->fixed == said.fixed) continue;
    throw std::runtime_error(
        fmt::format("--session {}: it is static, its number is in the configuration", name));
  }
}

/// Whether the capture holds what LAN hosts are learned from.
bool Learner::hears_lan() const {
  return std::ranges::any_of(frames_,
                             [](const auto& frame) { return frame.side == Side::lan && !frame.sent; });
}

/// What was captured on the WAN port alone does not tell who is on the LAN; it was somebody.
void Learner::assume_hosts() {
  Votes<Mac> hosts;
  for (const auto& frame : frames_)
    if (const auto ends = ends_of(frame); frame.side == Side::lan && ends && ends->destination.is_station())
      hosts.add(ends->destination);
  const Mac host = hosts.winner().value_or(kAnyHost);
  const bool is_known = hosts.winner().has_value();
  bool assumed = false;
  if (facts_.config.concentrator) {
    facts_.core_router = host;
    assumed = true;
  }
  for (auto& session : facts_.config.sessions) {
    if (facts_.config.concentrator || session.lan.peer_mac) continue;
    session.lan.peer_mac = host;
    assumed = true;
  }
  if (assumed && !is_known && !frames_.empty())
    assume("the capture holds no frame from the {}: its host is taken to be known, as {}", keys_[0],
           wire::to_string(host));
}

}  // namespace

std::optional<std::pair<std::string, SessionSaid>> parse_session_said(std::string_view text) {
  const auto equals = text.rfind('=');
  if (equals == std::string_view::npos || equals == 0) return std::nullopt;
  std::pair<std::string, SessionSaid> said{std::string(text.substr(0, equals)), SessionSaid()};
  const auto value = text.substr(equals + 1);
  said.second.down = value == "down";
  if (said.second.down) return said;
  const auto at = value.find('@');
  if (at == std::string_view::npos) return std::nullopt;
  auto id = value.substr(0, at);
  const bool is_hex = id.starts_with("0x");
  if (is_hex) id.remove_prefix(2);
  const auto [end, error] =
      std::from_chars(id.data(), id.data() + id.size(), said.second.fixed.id, is_hex ? 16 : 10);
  const auto mac = wire::parse_mac(value.substr(at + 1));
  if (error != std::errc() || end != id.data() + id.size() || !mac || !mac->is_station() ||
      !wire::is_session_id(said.second.fixed.id))
    return std::nullopt;
  said.second.fixed.ac_mac = *mac;
  return said;
}

std::vector<FrameToExplain> read_frames(const std::string& path) {
  std::vector<FrameToExplain> frames;
  CaptureReader reader(path);
  CapturedFrame captured;
  while (reader.next(captured)) {
    FrameToExplain frame{.number = frames.size() + 1,
                         .octets = {captured.octets.begin(), captured.octets.end()},
                         .captured_octets = captured.octets.size(),
                         .time = captured.time,
                         .interface = std::move(captured.interface),
                         .comment = std::move(captured.comment)};
    constexpr std::size_t kMaxFrameOctets = 65536;  // what a capture claims shall not take our memory
    if (captured.cut_short() && captured.wire_octets <= kMaxFrameOctets)
      frame.octets.resize(captured.wire_octets);
    frames.push_back(std::move(frame));
  }
  return frames;
}

void place_frames(std::vector<FrameToExplain>& frames, const config::Config& config, const FactsSaid& said) {
  const auto keys = config::port_keys(config.mode);
  for (auto& frame : frames) {
    if (const auto place = place_of(frame.interface, config)) {
      frame.side = place->side;
      frame.sent = place->sent;
    } else if (said.side) {
      frame.side = *said.side;
    } else {
      throw std::runtime_error(fmt::format(
          "frame {} does not say by which port it came{}: say --port {} or --port {}", frame.number,
          frame.interface.empty() ? "" : fmt::format(" (interface {})", frame.interface), keys[0], keys[1]));
    }
  }
}

BoxFacts learn_facts(std::vector<FrameToExplain>& frames, config::Config config, const FactsSaid& said) {
  return Learner(frames, std::move(config), said).learn();
}

}  // namespace narrows::app
