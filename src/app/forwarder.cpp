// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/forwarder.h"

#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <stdexcept>

#include "narrows/app/checksum_plan.h"
#include "narrows/app/log.h"
#include "narrows/control/concentrator_plane.h"
#include "narrows/control/control_plane.h"
#include "narrows/control/learning_plane.h"
#include "narrows/control/session_specs.h"
#include "narrows/worker/idle.h"

namespace narrows::app {
namespace {

/// For each worker and port: full receive and transmit queues (1024 each), or the rings that stand for them,
/// full rings to and from the control thread, and a burst in hand. Pools are at their best with 2^n - 1
/// (rte_mempool.h).
constexpr unsigned kMbufsPerWorker = 4096;
constexpr unsigned kMbufCache = 256;
/// Undeliverable frames of a session, a second, that the statistics see of a flood even if nobody is told.
constexpr std::uint32_t kLeastSeen = 100;

/// Headers in front of what the MTU counts: Ethernet, two tags, and PPPoE where the port carries it within;
/// and what the af_packet driver wants free in a buffer besides the frame.
constexpr unsigned kDriverRoomOctets = 64;
constexpr unsigned kFrameOverheadOctets =
    wire::kMaxEthernetOctets + wire::kPppoeOverheadOctets + kDriverRoomOctets;
constexpr unsigned kDefaultFrameOctets = 2048;

std::uint16_t data_room(std::uint16_t mtu_octets) {
  const unsigned frame = std::max(mtu_octets + kFrameOverheadOctets, kDefaultFrameOctets);
  return static_cast<std::uint16_t>(RTE_ALIGN(frame + RTE_PKTMBUF_HEADROOM, RTE_CACHE_LINE_SIZE));
}

port::PortSettings settings_of(const config::Config& config, Side side) {
  const config::Port& port = side == Side::lan ? config.lan : config.wan;
  port::PortSettings settings;
  settings.side = side;
  settings.frame.mtu_octets = port.mtu_octets;
  settings.frame.vlan_tags = vlan_tags(config, side);
  settings.frame.l2_octets = l2_octets(config, side);
  if (side == Side::wan && config.mode != config::Mode::transparent)
    settings.frame.pppoe_octets = wire::kPppoeOverheadOctets;
  settings.vlans = outer_vlans(config, side);
  settings.mac = port.mac;
  settings.promiscuous = config.mode == config::Mode::transparent;
  return settings;
}

std::uint32_t undeliverable_per_second(const config::Config& config) {
  return std::max<std::uint32_t>(config.icmp.per_second, kLeastSeen);
}

session::AddressPlan address_plan(const config::Config& config) {
  if (!config.concentrator) return {};
  const config::Concentrator& from = *config.concentrator;
  session::AddressPlan plan;
  plan.first_ipv4 = from.first_ipv4.value;
  plan.sessions = from.sessions;
  plan.learns_router = !from.gateway;
  if (from.ipv6_prefix) {
    plan.ipv6_prefix = 0;
    for (const std::uint8_t octet : *from.ipv6_prefix) plan.ipv6_prefix = plan.ipv6_prefix << 8 | octet;
  }
  return plan;
}

}  // namespace

std::size_t memory_needed_mb(const config::Config& config, std::size_t workers) {
  constexpr std::size_t kDpdkItselfMb = 32;
  constexpr std::size_t kMegabyte = 1 << 20;
  std::size_t octets = 0;
  for (const auto* port : {&config.lan, &config.wan})
    octets += workers * kMbufsPerWorker *
              (data_room(port->mtu_octets) + sizeof(rte_mbuf) + 2 * std::size_t{RTE_CACHE_LINE_SIZE});
  const std::size_t learning_mb = config.learn_mtu ? pipeline::LearnedSessions::kMemoryMb : 0;
  return octets / kMegabyte + learning_mb + kDpdkItselfMb;
}

Forwarder::Forwarder(const config::Config& config, const PortIds& ports, const Placement& placement,
                     const std::filesystem::path& state_file, Purpose purpose,
                     pipeline::FrameAccount* account)
    : config_(config),
      addresses_(address_plan(config)),
      session_room_(config.mode == config::Mode::terminate && purpose == Purpose::run
                        ? config::kMostSessions
                        : config.sessions.size()),
      lan_peers_(session_room_,
                 config.concentrator ? session::LanPeers::Form::shared : session::LanPeers::Form::own) {
  const auto workers = static_cast<std::uint16_t>(placement.worker_cpus.size());
  pools_[index_of(Side::lan)] =
      make_pool(Side::lan, ports[index_of(Side::lan)], config.lan.mtu_octets, workers);
  pools_[index_of(Side::wan)] =
      make_pool(Side::wan, ports[index_of(Side::wan)], config.wan.mtu_octets, workers);
  open_ports(ports, workers);

  const control::PortMacs macs{port(Side::lan).mac(), port(Side::wan).mac()};
  sessions_.emplace(std::make_unique<session::SessionTable>(control::session_specs(config, macs)), workers);
  captures_.emplace(sessions_->readers());
  if (config.learn_mtu)
    learned_.emplace(sessions_->readers(), workers, port::Port::node_of(port(Side::lan).id()));
  make_worker_rings(workers);
  const auto places = make_workers(placement, purpose, account);
  sink_.emplace(worker(0), pool(Side::lan));
  make_plane(macs, state_file);
  loop_.emplace(
      *plane_, workers_, [this](Side side) { return port(side).has_link(); },
      purpose == Purpose::replay ? control::Time{0} : control::ControlLoop::kAnswersInterval);
  collector_.emplace(control::Collector::Sources{.ports = {ports_[0].get(), ports_[1].get()},
                                                 .workers = workers_,
                                                 .worker_places = places,
                                                 .spread = spread_,
                                                 .pools = {pool(Side::lan), pool(Side::wan)},
                                                 .lan_peers = &lan_peers_,
                                                 .control = plane_.get()});
}

void Forwarder::make_plane(const control::PortMacs& macs, const std::filesystem::path& state_file) {
  const auto to_log = [](const control::LogEntry& entry) { log(entry); };
  if (config_.concentrator) {
    plane_ = std::make_unique<control::ConcentratorPlane>(
        control::ConcentratorSurroundings{.config = config_,
                                          .macs = macs,
                                          .addresses = addresses_,
                                          .peers = lan_peers_,
                                          .snapshots = *sessions_,
                                          .sink = *sink_,
                                          .random = random_,
                                          .log = to_log});
    return;
  }
  if (learned_) {
    plane_ = std::make_unique<control::LearningPlane>(config_, *learned_, to_log);
    return;
  }
  plane_ = std::make_unique<control::ControlPlane>(
      control::ControlSurroundings{.config = config_,
                                   .macs = macs,
                                   .peers = lan_peers_,
                                   .snapshots = *sessions_,
                                   .sink = *sink_,
                                   .random = random_,
                                   .state_file = control::StateFile(state_file),
                                   .log = to_log,
                                   .session_room = session_room_});
}

Forwarder::~Forwarder() {
  close();
}

Forwarder::Pool Forwarder::make_pool(Side side, std::uint16_t port, std::uint16_t mtu_octets,
                                     unsigned workers) {
  const auto name = fmt::format("mbufs_{}", kSideNames[index_of(side)]);
  Pool pool(rte_pktmbuf_pool_create(name.c_str(), workers * kMbufsPerWorker - 1, kMbufCache, 0,
                                    data_room(mtu_octets), port::Port::node_of(port)));
  if (pool == nullptr)
    throw std::runtime_error(
        fmt::format("no memory for {} packet buffers ({}); reserve more hugepages or run with fewer workers",
                    workers * kMbufsPerWorker, rte_strerror(rte_errno)));
  return pool;
}

void Forwarder::open_ports(const PortIds& ports, std::uint16_t workers) {
  std::array<port::ChecksumFacts, kSides> facts;
  for (std::size_t side = 0; side < kSides; ++side) facts[side] = port::Port::inspect(ports[side]);
  const ChecksumDecisions decisions = decide_checksums(config_, facts);
  for (const auto side : {Side::lan, Side::wan}) {
    const std::size_t here = index_of(side);
    port::PortSettings settings = plan_port(side, ports[here], workers);
    settings.receive_interrupts = config_.workers.idle == config::Idle::interrupt;
    settings.transmit_checksum = decisions[here].hardware;
    settings.requires_checksum = config_.checksum == config::ChecksumPolicy::hardware;
    settings.checksum_reason = decisions[here].why;
    // What it says is of use only where the other port may compute a checksum anew.
    settings.receive_checksum = decisions[1 - here].hardware;
    ports_[here] = std::make_unique<port::Port>(ports[here], settings, pool(side));
    confirm_spread(side);
  }
}

port::PortSettings Forwarder::plan_port(Side side, std::uint16_t port_id, std::uint16_t workers) {
  const bool carries_pppoe = side == Side::wan || config_.mode == config::Mode::transparent;
  const auto plan =
      port::plan_queues(config_.workers.spread, port::Port::inspect_queues(port_id), carries_pppoe, workers);
  const auto key = config::port_keys(config_.mode)[index_of(side)];
  if (!plan.error.empty()) throw std::runtime_error(fmt::format("ports.{}: {}", key, plan.error));
  spread_[index_of(side)] = plan.way;
  if (workers > 1)
    log(control::EventKind::spread, "ports.{}: frames spread: {}: {}", key, config::name_of(plan.way),
        plan.why);
  port::PortSettings settings = settings_of(config_, side);
  settings.receive_queues = plan.receive_queues;
  settings.transmit_queues = plan.transmit_queues;
  settings.hash = plan.hash;
  if (config_.mode != config::Mode::transparent) settings.rule_vlan_tags = settings.frame.vlan_tags;
  return settings;
}

/// Whether a port takes rules for PPPoE shows only when it runs.
void Forwarder::confirm_spread(Side side) {
  auto& spread = spread_[index_of(side)];
  if (spread != config::Spread::hardware || port(side).settings().hash != port::HashBy::nothing) return;
  const auto key = config::port_keys(config_.mode)[index_of(side)];
  const auto why =
      fmt::format("{} does not hash inside PPPoE, not by flow rules either", port(side).driver());
  if (config_.workers.spread == config::Spread::hardware)
    throw std::runtime_error(fmt::format("ports.{}: {}; write spread: auto or software", key, why));
  spread = config::Spread::software;
  log(control::EventKind::spread, "ports.{}: frames spread: {}: {}", key, config::name_of(spread), why);
}

/// Two workers share the polling where both ports are spread in software. Not where MTUs are learned: the
/// control thread is to hear both ends of a conversation in turn, so by one worker.
void Forwarder::make_worker_rings(std::uint16_t workers) {
  const int node = port::Port::node_of(port(Side::lan).id());
  const auto is_software = [this](Side side) { return spread_[index_of(side)] == config::Spread::software; };
  const bool shares_polling = is_software(Side::lan) && is_software(Side::wan) && !config_.learn_mtu;
  const std::array<std::uint16_t, kSides> poller{shares_polling ? std::uint16_t{1} : std::uint16_t{0}, 0};
  std::vector<std::uint16_t> pollers;
  for (const auto side : {Side::lan, Side::wan})
    if (is_software(side)) pollers.push_back(poller[index_of(side)]);
  const auto weights = worker::share_weights(workers, pollers);
  for (const auto side : {Side::lan, Side::wan}) {
    if (is_software(side))
      spread_rings_[index_of(side)] =
          std::make_unique<worker::SpreadRings>(side, poller[index_of(side)], weights, node);
    if (const auto queues = port(side).settings().transmit_queues; queues < workers)
      transmit_rings_[index_of(side)] = std::make_unique<worker::TransmitRings>(side, queues, workers, node);
  }
}

worker::IdleMethod Forwarder::decide_idle() const {
  const auto exists = [](const auto& rings) { return rings != nullptr; };
  if (config_.workers.idle == config::Idle::interrupt &&
      (std::ranges::any_of(spread_rings_, exists) || std::ranges::any_of(transmit_rings_, exists))) {
    log(control::EventKind::idle,
        "workers.idle: interrupt: no port interrupts for frames that workers hand to each other: they sleep");
    return worker::IdleMethod::sleep;
  }
  std::array<worker::IdleFacts, kSides> facts;
  const bool cpu_monitors = worker::cpu_monitors();
  for (std::size_t side = 0; side < kSides; ++side)
    facts[side] = {.key = config::port_keys(config_.mode)[side],
                   .driver = ports_[side]->driver(),
                   .interrupts = ports_[side]->has_receive_interrupts(),
                   .monitor = cpu_monitors && ports_[side]->offers_monitor()};
  const auto decision = worker::decide_idle(config_.workers.idle, facts, cpu_monitors);
  if (!decision.why.empty()) log(control::EventKind::idle, "{}", decision.why);
  return decision.method;
}

std::vector<stats::WorkerReport> Forwarder::make_workers(const Placement& placement, Purpose purpose,
                                                         pipeline::FrameAccount* account) {
  std::vector<stats::WorkerReport> places;
  // A replay turns its worker by hand: nothing is decided, and nothing said.
  const auto idle = purpose == Purpose::run ? decide_idle() : worker::IdleMethod::sleep;
  for (const unsigned cpu : placement.worker_cpus) {
    worker::WorkerSettings settings;
    settings.mode = config_.mode;
    settings.index = static_cast<std::uint16_t>(workers_.size());
    settings.burst = config_.workers.burst;
    settings.idle = idle;
    settings.node = port::Port::node_of(port(Side::lan).id());
    settings.ports = {ports_[0].get(), ports_[1].get()};
    settings.spread = {spread_rings_[0].get(), spread_rings_[1].get()};
    settings.transmit = {transmit_rings_[0].get(), transmit_rings_[1].get()};
    settings.sessions = &*sessions_;
    settings.session_room = session_room_;
    settings.lan_peers = &lan_peers_;
    settings.addresses = &addresses_;
    settings.max_mss = config::max_mss(config_);
    settings.tunnel_mtu_octets = config::tunnel_mtu(config_);
    if (purpose == Purpose::run) settings.undeliverable_per_second = undeliverable_per_second(config_);
    settings.captures = &*captures_;
    settings.config = &config_;
    settings.learned = learned_ ? &*learned_ : nullptr;
    settings.account = account;
    workers_.push_back(std::make_unique<worker::Worker>(settings));
    places.push_back(
        {.cpu = cpu, .numa_node = settings.node, .idle_method = std::string(worker::name_of(idle))});
  }
  return places;
}

void Forwarder::assume_lines(const std::vector<OpenLine>& lines,
                             const std::optional<wire::MacAddress>& router) {
  auto specs = control::session_specs(config_, {port(Side::lan).mac(), port(Side::wan).mac()});
  for (const OpenLine& line : lines) {
    session::SessionSpec& spec = specs[line.session];
    spec.id = line.id;
    spec.ac_mac = line.client;
    spec.up = {true, true};
  }
  sessions_->publish(std::make_unique<const session::SessionTable>(specs));
  if (router) lan_peers_.fix(0, *router);
}

control::ActionResult Forwarder::reload(const config::Config& next, control::Time now) {
  for (const auto side : {Side::lan, Side::wan})
    if (auto problem = admit_vlans(next, side)) return {false, std::move(*problem)};
  const auto before = running();
  auto outcome = plane_->reload(next, now);
  if (!outcome.done) return outcome;
  const auto after = running();
  for (std::size_t place = 0; next.mode == config::Mode::terminate && place < after->sessions.size(); ++place)
    if (place >= before->sessions.size() || before->sessions[place].name != after->sessions[place].name)
      collector_->begin_session(place);
  if (next.mode == config::Mode::transparent)
    sessions_->publish(std::make_unique<const session::SessionTable>(
        std::span<const session::SessionSpec>{},
        std::make_shared<const session::LinkLimits>(
            session::LinkLimits{config::max_mss(next), config::tunnel_mtu(next), next})));
  for (const auto& worker : workers_) worker->limit_undeliverable(undeliverable_per_second(next));
  return outcome;
}

std::pair<std::size_t, std::size_t> Forwarder::sessions_up() const {
  const auto all =
      static_cast<std::size_t>(std::ranges::count(running()->sessions, false, &config::Session::is_vacant));
  return {all == 0 ? 0 : plane_->board().count_up(), all};
}

/// What is wrong with the VLANs of `next`, for a port that is open already.
std::optional<std::string> Forwarder::admit_vlans(const config::Config& next, Side side) const {
  if (next.mode != config::Mode::terminate) return std::nullopt;
  const auto& open = port(side);
  const auto key = kSideNames[index_of(side)];
  if (const auto tags = vlan_tags(next, side); tags > open.settings().frame.vlan_tags)
    return fmt::format(
        "cannot change while frames flow: ports.{} was opened for frames of at most {} VLAN tag{}, sessions "
        "now want {}; nothing was changed, restart to apply",
        key, open.settings().frame.vlan_tags, open.settings().frame.vlan_tags == 1 ? "" : "s", tags);
  for (const std::uint16_t vlan : outer_vlans(next, side))
    if (!open.admit(vlan))
      return fmt::format("ports.{}: {} does not let VLAN {} in; nothing was changed", key, open.driver(),
                         vlan);
  return std::nullopt;
}

void Forwarder::launch_workers() {
  launched_ = true;
  unsigned lcore = rte_get_main_lcore();
  for (const auto& worker : workers_) {
    lcore = rte_get_next_lcore(lcore, 1, 0);
    const auto run = [](void* self) {
      static_cast<worker::Worker*>(self)->run();
      return 0;
    };
    if (rte_eal_remote_launch(run, worker.get(), lcore) != 0)
      throw std::runtime_error(fmt::format("lcore {} is busy", lcore));
  }
}

control::ActionResult Forwarder::act(const control::Action& action, control::Time now) {
  using Kind = control::Action::Kind;
  switch (action.kind) {
    case Kind::redial:
      return plane_->redial(action.session, now);
    case Kind::drop:
      return plane_->drop(action.session, now);
    case Kind::reload:
      break;
  }
  return {false, "not done: it is the program that reads its configuration"};
}

bool Forwarder::hung_up() const {
  return plane_->stopped() && std::ranges::all_of(workers_, [](const auto& worker) {
           return rte_ring_empty(worker->inject_ring(Side::wan)) == 1;
         });
}

void Forwarder::stop_workers() noexcept {
  if (!launched_) return;
  for (const auto& worker : workers_) worker->stop();
  rte_eal_mp_wait_lcore();
  launched_ = false;
}

unsigned Forwarder::close() noexcept {
  stop_workers();
  collector_.reset();
  loop_.reset();
  plane_.reset();
  sink_.reset();
  workers_.clear();  // and the frames in their rings
  for (auto& rings : spread_rings_) rings.reset();
  for (auto& rings : transmit_rings_) rings.reset();
  for (auto& port : ports_) port.reset();
  unsigned missing = 0;
  for (const auto& pool : pools_)
    if (pool != nullptr) missing += rte_mempool_in_use_count(pool.get());
  return missing;
}

}  // namespace narrows::app
