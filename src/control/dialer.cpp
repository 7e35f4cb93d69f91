// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/dialer.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "narrows/control/frame_builder.h"
#include "narrows/control/session_words.h"

namespace narrows::control {
namespace {

using namespace std::chrono_literals;

/// Frames a turn that closing sessions may cost: the rings to the workers are short.
constexpr std::size_t kClosedATurn = 16;
constexpr Time kSaveInterval = 1s;

}  // namespace

Dialer::Dialer(const config::Config& config, std::span<const session::SessionSpec> specs,
               const ClientSurroundings& surroundings, StateFile state_file, Log log)
    : watches_(specs.size()),
      deadlines_(specs.size()),
      around_(surroundings),
      state_file_(std::move(state_file)),
      log_(std::move(log)) {
  clients_.resize(specs.size());
  for (std::size_t session = 0; session < specs.size(); ++session) {
    const config::Session& from = config.sessions[session];
    names_.push_back(from.name);
    if (from.client) make_client(session, from, specs[session]);
  }
  for (auto& open : state_file_.load()) stale_.push_back(std::move(open));
  if (!stale_.empty())
    log_({EventKind::sessions_left_open,
          fmt::format("closing {} session{} that the last run left open", stale_.size(),
                      stale_.size() == 1 ? "" : "s"),
          {{"sessions", std::to_string(stale_.size())}}});
}

void Dialer::make_client(std::size_t session, const config::Session& config,
                         const session::SessionSpec& base) {
  clients_[session] =
      std::make_unique<ClientSession>(config, base, static_cast<std::uint16_t>(session), around_);
  if (config.client->host_uniq) with_own_host_uniq_.push_back(session);
  watches_[session].spec = clients_[session]->spec();
  deadlines_.set(session, clients_[session]->next_deadline());
}

void Dialer::configure(std::size_t session, const config::Session& next, const session::SessionSpec& base,
                       SessionStep step, Time now) {
  if (session >= clients_.size()) {
    clients_.resize(session + 1);
    watches_.resize(session + 1);
    names_.resize(session + 1);
    deadlines_.grow(session + 1);
  }
  if (is_client(session) && next.client && step == SessionStep::change) {
    clients_[session]->configure(next, base, now);
    return settle(session, now);
  }
  remove(session);
  names_[session] = next.name;
  if (next.client) make_client(session, next, base);
}

void Dialer::remove(std::size_t session) {
  if (!is_client(session)) return;
  Watch& watch = watches_[session];
  if (watch.open) {
    stale_.push_back({watch.spec.id, watch.spec.ac_mac, watch.spec.wan_mac, watch.spec.wan_vlans});
    --open_;
    unsaved_ = true;
  }
  if (watch.dialling) --dialling_;
  watch = {};
  std::erase(with_own_host_uniq_, session);
  deadlines_.set(session, kNever);
  clients_[session].reset();
}

bool Dialer::handle_offer(const wire::PppoeDiscovery& packet, wire::VlanStack vlans,
                          const wire::MacAddress& source, std::span<const std::uint8_t> payload, Time now) {
  const auto give = [&](std::size_t session) {
    if (session >= clients_.size() || !clients_[session] ||
        session::wan_vlan_stack(watches_[session].spec) != vlans ||
        !clients_[session]->handle_discovery(source, payload, now))
      return false;
    settle(session, now);
    return true;
  };
  const auto host_uniq = packet.tags.find(wire::kTagHostUniq);
  if (!host_uniq) return false;
  if (const auto session = session_of_host_uniq(*host_uniq); session && give(*session)) return true;
  return std::ranges::any_of(with_own_host_uniq_, give);
}

void Dialer::handle_padt(std::size_t session, Time now) {
  clients_[session]->handle_padt(now);
  settle(session, now);
}

void Dialer::handle_ppp(std::size_t session, std::uint16_t protocol,
                        std::span<const std::uint8_t> information, Time now) {
  clients_[session]->handle_ppp(protocol, information, now);
  settle(session, now);
}

void Dialer::note_traffic(std::span<const std::uint64_t> from_wan, Time now) {
  for (std::size_t session = 0; session < from_wan.size(); ++session) {
    if (!is_client(session) || watches_[session].from_wan == from_wan[session]) continue;
    watches_[session].from_wan = from_wan[session];
    clients_[session]->note_life(now);
    settle(session, now);
  }
}

void Dialer::set_line(bool up, Time now) {
  if (up == line_up_) return;
  line_up_ = up;
  for (std::size_t session = 0; session < clients_.size() && !stopping_; ++session) {
    if (!clients_[session]) continue;
    if (!up)
      clients_[session]->lose_line(now);
    else if (clients_[session]->stage() == ClientSession::Stage::waiting)
      clients_[session]->dial_now(now);
    settle(session, now);
  }
}

void Dialer::redial(std::size_t session, Time now) {
  if (stopping_) return;
  log_({EventKind::session_redialled,
        fmt::format("session {}: redialled on request", names_[session]),
        {{"session", names_[session]}}});
  clients_[session]->redial(now);
  settle(session, now);
}

void Dialer::drop(std::size_t session, Time now) {
  log_({EventKind::session_dropped,
        fmt::format("session {}: dropped on request: down until it is redialled", names_[session]),
        {{"session", names_[session]}}});
  clients_[session]->drop(now);
  settle(session, now);
}

void Dialer::poll(Time now) {
  if (!stale_.empty()) return close_stale();
  for (std::size_t left = kClosedATurn; left > 0 && !to_hang_up_.empty(); --left) {
    const std::size_t session = to_hang_up_.front();
    to_hang_up_.pop_front();
    clients_[session]->hang_up(now);
    settle(session, now);
  }
  while (const auto session = deadlines_.take_due(now)) {
    if (clients_[*session]->stage() == ClientSession::Stage::waiting) {
      to_dial_.push_back(*session);
    } else {
      clients_[*session]->poll(now);
      settle(*session, now);
    }
  }
  dial_next(now);
  save_if_due(now);
}

void Dialer::dial_next(Time now) {
  while (line_up_ && !stopping_ && dialling_ < kMostAtOnce && !to_dial_.empty()) {
    const std::size_t session = to_dial_.front();
    to_dial_.pop_front();
    if (!is_client(session)) continue;  // removed meanwhile
    if (clients_[session]->stage() != ClientSession::Stage::waiting || clients_[session]->dial_at() > now)
      continue;
    watches_[session].dialled = now;
    clients_[session]->dial(now);
    settle(session, now);
  }
}

void Dialer::close_stale() {
  for (std::size_t left = kClosedATurn; left > 0 && !stale_.empty(); --left) {
    const OpenSession& open = stale_.front();
    session::SessionSpec spec;
    spec.wan_mac = open.wan_mac;
    spec.wan_vlans = open.wan_vlans;
    const auto header = session::make_lan_to_wan(spec).header;
    if (!around_.sink.send(Side::wan, discovery_frame(header, open.ac_mac, wire::kPppoePadt, open.id, {})))
      return;  // the ring is full: in the next turn
    stale_.pop_front();
  }
}

void Dialer::stop(Time now) {
  stopping_ = true;
  to_dial_.clear();
  for (std::size_t session = 0; session < clients_.size(); ++session)
    if (clients_[session]) to_hang_up_.push_back(session);
  poll(now);
}

void Dialer::settle(std::size_t session, Time now) {
  ClientSession& client = *clients_[session];
  Watch& watch = watches_[session];
  touched_.push_back(session);
  report(session, now);
  note_change(session, now);

  const bool dialling = client.stage() == ClientSession::Stage::discovery ||
                        (client.stage() == ClientSession::Stage::link && !watch.up);
  dialling_ = dialling_ + (dialling ? 1 : 0) - (watch.dialling ? 1 : 0);
  watch.dialling = dialling;

  deadlines_.set(session, client.next_deadline());
}

void Dialer::note_change(std::size_t session, Time now) {
  Watch& watch = watches_[session];
  session::SessionSpec spec = clients_[session]->spec();
  const auto ipv4 = clients_[session]->ipv4();
  const auto address = ipv4 ? std::optional(ipv4->own) : std::nullopt;
  if (spec == watch.spec && address == watch.address) return;
  const bool families_changed = spec.up != watch.spec.up;
  const bool open = spec.id != 0;
  if (open != watch.open || spec.id != watch.spec.id || spec.ac_mac != watch.spec.ac_mac) unsaved_ = true;
  open_ = open_ + (open ? 1 : 0) - (watch.open ? 1 : 0);
  watch.open = open;
  watch.spec = std::move(spec);
  watch.address = address;
  const bool up = watch.spec.up[0] || watch.spec.up[1];
  if (up && families_changed) tell_up(session, now);
  watch.up = up;
}

void Dialer::tell_up(std::size_t session, Time now) const {
  const Watch& watch = watches_[session];
  const std::string concentrator = wire::to_string(watch.spec.ac_mac);
  log_({EventKind::session_up,
        fmt::format("session {}: up after {:.2f} s: {}, MTU {}, id {:#06x} at {}{}", names_[session],
                    seconds(now - watch.dialled), families_text(watch.spec), watch.spec.mtu_octets,
                    watch.spec.id, concentrator,
                    watch.address ? ", address " + wire::to_string(*watch.address) : ""),
        {{"session", names_[session]},
         {"mtu", std::to_string(watch.spec.mtu_octets)},
         {"id", fmt::format("{:#06x}", watch.spec.id)},
         {"concentrator", concentrator}}});
}

void Dialer::report(std::size_t session, Time now) {
  ClientSession& client = *clients_[session];
  const auto failure = client.take_failure();
  if (!failure) return;
  failures_[index_of(*failure)].add(1);
  log_({watches_[session].up ? EventKind::session_down : EventKind::session_failed,
        fmt::format("session {}: {}; next try in {:.1f} s", names_[session], client.status().last_error,
                    seconds(client.dial_at() - now)),
        {{"session", names_[session]}}});
}

/// Soon after a change, but with thousands of sessions coming up not for each of them.
void Dialer::save_if_due(Time now) {
  if (!unsaved_ || (now < next_save_ && !stopped())) return;
  unsaved_ = false;
  next_save_ = now + kSaveInterval;
  std::vector<OpenSession> open;
  for (const Watch& watch : watches_)
    if (watch.open)
      open.push_back({watch.spec.id, watch.spec.ac_mac, watch.spec.wan_mac, watch.spec.wan_vlans});
  const bool failed = !state_file_.save(open);
  if (failed && !save_failed_)
    log_({EventKind::state_unsaved,
          fmt::format("{} cannot be written: after a crash, sessions stay open at the concentrator",
                      state_file_.path().string()),
          {}});
  save_failed_ = failed;
}

}  // namespace narrows::control
