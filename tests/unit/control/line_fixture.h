// SPDX-License-Identifier: BSD-3-Clause
/// Sessions that are dialled, the concentrator that serves them, and the line between the two, in memory.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "concentrator_fixture.h"
#include "narrows/control/concentrator_plane.h"
#include "narrows/wire/ip.h"

namespace narrows::control {

class LineTest : public ::testing::Test {
 protected:
  inline static const wire::MacAddress kCoreMac{{0x02, 0, 0, 0, 0, 0xc0}};
  inline static const wire::MacAddress kLineMac{{0x02, 0, 0, 0, 0, 0xac}};
  static constexpr std::uint32_t kFirst = 0x0a000100;
  static constexpr std::size_t kSpareRoom = 2;  ///< sessions that may come by a new configuration

  LineTest() {
    auto& ac = ac_config.concentrator.emplace();
    ac.name = "lab";
    ac.vlans = {835};
    ac.users = {{"user@isp", "secret"}};
    ac.own_ipv4 = {0x0a000001};
    ac.first_ipv4 = {kFirst};
    ac.dns = {{0x0a000035}};
    ac.ipv6_prefix = {0x20, 1, 0x0d, 0xb8, 0, 7};
    ac_config.mode = config::Mode::concentrator;
  }

  void start_ac(std::uint16_t sessions) {
    auto& ac = *ac_config.concentrator;
    ac.sessions = sessions;
    ac_config.sessions.resize(sessions);
    for (std::size_t index = 0; index < sessions; ++index) {
      ac_config.sessions[index].name =
          wire::to_string(wire::Ipv4Address{kFirst + static_cast<std::uint32_t>(index)});
      ac_config.sessions[index].wan.vlans = ac.vlans;
      ac_config.sessions[index].mtu_octets = ac.mtu_octets;
    }
    addresses = {kFirst, sessions, 0x20010db80007, !ac.gateway};
    const PortMacs macs{kCoreMac, kLineMac};
    ac_snapshots = std::make_unique<worker::SessionSnapshots>(
        std::make_unique<const session::SessionTable>(session_specs(ac_config, macs)), 1);
    ac_peers = std::make_unique<session::LanPeers>(sessions, session::LanPeers::Form::shared);
    plane = std::make_unique<ConcentratorPlane>(
        ConcentratorSurroundings{ac_config, macs, addresses, *ac_peers, *ac_snapshots, ac_sink, random,
                                 [this](const LogEntry& entry) { ac_log.push_back(entry.text); }});
  }
  void start_clients(std::size_t sessions = 1) {
    config.sessions.resize(sessions);
    for (std::size_t index = 0; index < sessions; ++index) {
      auto& session = config.sessions[index];
      session.name = "isp-" + std::to_string(index);
      session.client.emplace(client_config);
      session.lan.hand_out = config::HandOut::dhcp;
      session.lan.vlan = static_cast<std::uint16_t>(index + 1);
      session.wan.vlans = {835};
    }
    const PortMacs macs{wire::parse_mac(kLanMac).value(), wire::parse_mac(kWanMac).value()};
    client_snapshots = std::make_unique<worker::SessionSnapshots>(
        std::make_unique<const session::SessionTable>(session_specs(config, macs)), 1);
    client_peers = std::make_unique<session::LanPeers>(sessions + kSpareRoom);
    client = std::make_unique<ControlPlane>(ControlSurroundings{
        config, macs, *client_peers, *client_snapshots, client_sink, random, StateFile({}),
        [this](const LogEntry& entry) { client_log.push_back(entry.text); }, sessions + kSpareRoom});
  }

  /// One millisecond of both ends.
  void turn() {
    now += std::chrono::milliseconds(1);
    for (auto& [side, frame] : std::exchange(client_sink.frames, {}))
      if (side == Side::wan && line_works) to_ac(frame);
    plane->poll(now);
    for (auto& [side, frame] : std::exchange(ac_sink.frames, {})) {
      if (side == Side::lan) {
        to_core.push_back(frame);
      } else if (line_works) {
        on_line.push_back(frame);
        if (client) to_client(frame);
      }
    }
    if (client) client->poll(now);
  }
  template <typename Condition>
  bool wait(std::chrono::milliseconds patience, Condition condition) {
    for (auto left = patience; left.count() > 0 && !condition(); --left) turn();
    return condition();
  }

  /// As the data path of the concentrator would punt it; what it drops is lost.
  void to_ac(const Octets& frame) { punt(*plane, *ac_snapshots, frame, true); }
  void to_client(const Octets& frame) { punt(*client, *client_snapshots, frame, false); }

  void punt(Plane& to, const worker::SessionSnapshots& snapshots, const Octets& frame, bool stale_ones) {
    const auto view = wire::parse_ethernet(frame.data(), frame.size());
    std::size_t session = kNoSession;
    if (view.ethertype == wire::kEthertypePppoeSession) {
      const auto& header = wire::header_at<wire::EthernetHeader>(frame.data());
      const std::size_t at = view.payload_offset;
      const auto id = static_cast<std::uint16_t>(frame[at + 2] << 8 | frame[at + 3]);
      session = snapshots.current()->find_wan(session::session_key(id, wire::to_integer(header.source)),
                                              view.vlans);
      const bool is_lcp = frame[at + 6] == 0xc0 && frame[at + 7] == 0x21;
      if (session == kNoSession && !(stale_ones && is_lcp)) return;
      const bool is_data = frame[at + 6] == 0;
      if (is_data && !stale_ones) return;  // it goes to the LAN
    }
    to.handle_punt(Side::wan, session, frame, now);
  }

  [[nodiscard]] stats::SessionStatus served(std::size_t session = 0) const {
    return plane->board().get(session);
  }
  [[nodiscard]] std::size_t up() const {
    std::size_t sessions = 0;
    for (std::size_t index = 0; index < ac_config.sessions.size(); ++index)
      sessions += served(index).family_up[0] && served(index).family_up[1] ? 1u : 0u;
    return sessions;
  }
  [[nodiscard]] std::uint64_t count(stats::ControlEvent event) const {
    return plane->counters().value(event);
  }
  [[nodiscard]] std::uint64_t failures(stats::SessionFailure failure) const {
    return plane->failures()[index_of(failure)].value();
  }

  Time now = std::chrono::seconds(1000);
  SeededRandom random;
  config::Config ac_config;
  session::AddressPlan addresses;
  std::unique_ptr<worker::SessionSnapshots> ac_snapshots;
  std::unique_ptr<session::LanPeers> ac_peers;
  FrameList ac_sink;
  std::vector<std::string> ac_log;
  std::unique_ptr<ConcentratorPlane> plane;

  config::ClientSession client_config = [] {
    config::ClientSession from;
    from.username = "user@isp";
    from.password = "secret";
    return from;
  }();
  config::Config config;
  std::unique_ptr<worker::SessionSnapshots> client_snapshots;
  std::unique_ptr<session::LanPeers> client_peers;
  FrameList client_sink;
  std::vector<std::string> client_log;
  std::unique_ptr<ControlPlane> client;

  std::vector<Octets> to_core;
  std::vector<Octets> on_line;  ///< from the concentrator
  bool line_works = true;
};

}  // namespace narrows::control
