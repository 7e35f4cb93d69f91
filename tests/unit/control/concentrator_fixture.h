// SPDX-License-Identifier: BSD-3-Clause
/// Sessions that are dialled, and a concentrator in memory at the other end of the line. It is made of the
/// engines' other ends: what the engines say on the wire is judged elsewhere, by a real server.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "control_fixture.h"
#include "narrows/control/dialer.h"
#include "narrows/ppp/discovery_server.h"
#include "narrows/ppp/link.h"
#include "narrows/wire/pppoe.h"

namespace narrows::control {

class SeededRandom : public ppp::Random {
 public:
  void fill(std::span<std::uint8_t> octets) override {
    for (auto& octet : octets) octet = static_cast<std::uint8_t>(engine_());
  }

 private:
  std::mt19937 engine_{7};
};

class Concentrator : public ppp::DiscoverySink {
 public:
  inline static const wire::MacAddress kMac{{0x02, 0, 0, 0, 0, 0xac}};

  explicit Concentrator(ppp::Random& random) : random_(random) { restart(); }

  /// Frames from the client; answers gather in `frames`.
  void receive(const Octets& frame, Time now) {
    if (silent) return;
    const auto view = wire::parse_ethernet(frame.data(), frame.size());
    const auto& header = wire::header_at<wire::EthernetHeader>(frame.data());
    const auto payload = std::span(frame).subspan(view.payload_offset);
    vlans_ = {frame.begin() + 12, frame.begin() + view.payload_offset - 2};
    client_mac_ = header.source;
    if (view.ethertype == wire::kEthertypePppoeDiscovery) {
      const auto packet = wire::parse_pppoe_discovery(payload);
      if (packet && packet->code == wire::kPppoePadt) {
        ++padts;
        sessions.erase(packet->session_id);
      } else {
        ++discovery_packets;
        now_ = now;
        discovery_->receive(header.source, payload, now);
      }
      return;
    }
    const auto pppoe = wire::parse_pppoe_session(payload.data(), payload.size());
    ASSERT_EQ(pppoe.status, wire::PppoeSession::Status::valid);
    const auto session = sessions.find(pppoe.id);
    if (session == sessions.end()) return send_padt(pppoe.id);
    session->second->link.receive(pppoe.protocol,
                                  payload.subspan(wire::kPppoeOverheadOctets, pppoe.payload_octets), now);
  }
  void poll(Time now) {
    for (auto& [id, session] : sessions) session->link.poll(now);
  }
  /// Everything forgotten, as after a power cut.
  void restart() {
    sessions.clear();
    discovery_ = std::make_unique<ppp::DiscoveryServer>(
        ppp::DiscoveryServerSettings{"ac", {}, max_payload},
        [this](const ppp::DiscoveryRequest& request) { return open(request); },
        static_cast<ppp::DiscoverySink&>(*this), random_);
  }
  void send_padt(std::uint16_t id) { send(client_mac_, wire::kPppoePadt, id, {}); }
  [[nodiscard]] std::size_t up() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        sessions, [](const auto& session) { return session.second->link.ipv4().has_value(); }));
  }

  struct Session : ppp::PacketSink {
    Session(Concentrator& at, std::uint16_t its_id, ppp::LinkSettings settings)
        : concentrator(at), id(its_id), link(std::move(settings), *this, at.random_) {}
    void send(std::uint16_t protocol, std::span<const std::uint8_t> information) override {
      const Octets payload = hex("1100") + be16(id) + be16(information.size() + 2) + be16(protocol) +
                             Octets(information.begin(), information.end());
      concentrator.emit(concentrator.client_mac_, "8864", payload);
    }
    Concentrator& concentrator;
    std::uint16_t id;
    ppp::Link link;
  };

  std::vector<Octets> frames;
  std::map<std::uint16_t, std::unique_ptr<Session>> sessions;
  std::string password = "secret";
  std::uint16_t max_payload = 0;
  bool silent = false;
  bool full = false;  ///< no more sessions
  unsigned padts = 0;
  unsigned discovery_packets = 0;

 private:
  std::uint16_t open(const ppp::DiscoveryRequest& request) {
    if (full) return 0;
    const std::uint16_t id = ++last_id_;
    ppp::LinkSettings settings;
    settings.mru_octets = request.max_payload != 0 ? request.max_payload : std::uint16_t{1492};
    settings.is_concentrator = true;
    settings.asks = config::AuthMethod::chap_md5;
    settings.own_name = "ac";
    settings.password_of = [this](const std::string&) { return std::optional(password); };
    settings.offer = ppp::Ipv4Offer{{0x0a000001}, {0x0a000000u + 1 + id}, {{0x0a000035}}};
    auto session = std::make_unique<Session>(*this, id, std::move(settings));
    session->link.start(now_);
    sessions[id] = std::move(session);
    return id;
  }
  void send(const wire::MacAddress& destination, std::uint8_t code, std::uint16_t session_id,
            std::span<const std::uint8_t> tags) override {
    emit(destination, "8863",
         Octets{0x11, code} + be16(session_id) + be16(tags.size()) + Octets(tags.begin(), tags.end()));
  }
  void emit(const wire::MacAddress& destination, const char* ethertype, const Octets& payload) {
    if (silent) return;
    frames.push_back(Octets(destination.octets.begin(), destination.octets.end()) +
                     Octets(kMac.octets.begin(), kMac.octets.end()) + vlans_ + hex(ethertype) + payload);
  }

  ppp::Random& random_;
  std::unique_ptr<ppp::DiscoveryServer> discovery_;
  Octets vlans_;
  wire::MacAddress client_mac_;
  std::uint16_t last_id_ = 0;
  Time now_{0};
};

/// A control plane with client sessions, a concentrator, and time that passes when it is told to.
class DialTest : public ::testing::Test {
 protected:
  void start(std::size_t sessions = 1) {
    config.sessions.resize(sessions);
    for (std::size_t index = 0; index < sessions; ++index) {
      auto& session = config.sessions[index];
      session.name = "isp-" + std::to_string(index);
      session.client.emplace(config_of_client);
      session.lan.hand_out = config::HandOut::dhcp;
      session.lan.vlan = static_cast<std::uint16_t>(index + 1);
      session.wan.vlans = {835};
    }
    specs = session_specs(config, macs);
    snapshots =
        std::make_unique<worker::SessionSnapshots>(std::make_unique<const session::SessionTable>(specs), 1);
    peers = std::make_unique<session::LanPeers>(sessions);
    make_plane();
  }
  void make_plane() {
    plane = std::make_unique<ControlPlane>(
        ControlSurroundings{config, macs, *peers, *snapshots, sink, random, StateFile(state_path),
                            [this](const LogEntry& entry) { log.push_back(entry.text); }});
  }

  /// One millisecond of the control thread and of the concentrator.
  void turn() {
    now += std::chrono::milliseconds(1);
    for (auto& frame : std::exchange(concentrator.frames, {})) give(frame);
    plane->poll(now);
    concentrator.poll(now);
    for (auto& [side, frame] : std::exchange(sink.frames, {}))
      if (side == Side::wan && line_works) concentrator.receive(frame, now);
  }
  /// As the data path would punt it.
  void give(const Octets& frame) {
    const auto view = wire::parse_ethernet(frame.data(), frame.size());
    std::size_t session = kNoSession;
    if (view.ethertype == wire::kEthertypePppoeSession) {
      const auto& header = wire::header_at<wire::EthernetHeader>(frame.data());
      const auto id =
          static_cast<std::uint16_t>(frame[view.payload_offset + 2] << 8 | frame[view.payload_offset + 3]);
      session = snapshots->current()->find_wan(session::session_key(id, wire::to_integer(header.source)),
                                               view.vlans);
      if (session == kNoSession) return;  // dropped
    }
    plane->handle_punt(Side::wan, session, frame, now);
  }
  template <typename Condition>
  bool wait(std::chrono::milliseconds patience, Condition condition) {
    for (auto left = patience; left.count() > 0 && !condition(); --left) turn();
    return condition();
  }
  [[nodiscard]] stats::SessionStatus status(std::size_t session = 0) const {
    return plane->board().get(session);
  }
  [[nodiscard]] bool is_up(std::size_t session = 0) const {
    return status(session).state == stats::SessionState::up;
  }
  [[nodiscard]] std::uint64_t failures(stats::SessionFailure failure) const {
    return plane->dialer().failures()[index_of(failure)].value();
  }
  [[nodiscard]] std::size_t sessions_up() const {
    std::size_t up = 0;
    for (std::size_t index = 0; index < config.sessions.size(); ++index) up += is_up(index) ? 1u : 0u;
    return up;
  }

  config::ClientSession config_of_client = [] {
    config::ClientSession client;
    client.username = "user@isp";
    client.password = "secret";
    return client;
  }();
  Time now = std::chrono::seconds(1000);
  config::Config config;
  PortMacs macs{wire::parse_mac(kLanMac).value(), wire::parse_mac(kWanMac).value()};
  std::vector<session::SessionSpec> specs;
  std::unique_ptr<worker::SessionSnapshots> snapshots;
  std::unique_ptr<session::LanPeers> peers;
  FrameList sink;
  SeededRandom random;
  Concentrator concentrator{random};
  std::filesystem::path state_path;
  std::vector<std::string> log;
  std::unique_ptr<ControlPlane> plane;
  bool line_works = true;
};

}  // namespace narrows::control
