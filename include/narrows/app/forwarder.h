// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "narrows/app/placement.h"
#include "narrows/config/config.h"
#include "narrows/control/collect.h"
#include "narrows/control/control_loop.h"
#include "narrows/control/plane.h"
#include "narrows/control/ring_sink.h"
#include "narrows/control/session_specs.h"
#include "narrows/pipeline/learned_sessions.h"
#include "narrows/port/port.h"
#include "narrows/ppp/openssl_random.h"
#include "narrows/session/address_plan.h"
#include "narrows/session/lan_peers.h"
#include "narrows/worker/captures.h"
#include "narrows/worker/session_snapshots.h"
#include "narrows/worker/worker.h"

namespace narrows::app {

/// The whole box but for what starts it: buffers, ports, sessions, workers and the control thread's part, put
/// together in order and taken apart in reverse. `run` gives it real ports and lcores, `replay` ports in
/// memory.
class Forwarder {
 public:
  using PortIds = std::array<std::uint16_t, kSides>;
  /// A replay's clock is its captures': what the workers do by the machine's they leave out.
  enum class Purpose : std::uint8_t { run, replay };

  /// `config` outlives the object. EAL runs. One worker for each of the placement's CPUs.
  /// @throws std::runtime_error with one line that says what to do.
  /// @param state_file  where open sessions are kept; empty: nowhere.
  /// @param account  where the one worker tells of each frame's way (`explain`); null: nobody asks.
  Forwarder(const config::Config& config, const PortIds& ports, const Placement& placement,
            const std::filesystem::path& state_file, Purpose purpose = Purpose::run,
            pipeline::FrameAccount* account = nullptr);
  ~Forwarder();
  Forwarder(const Forwarder&) = delete;
  Forwarder& operator=(const Forwarder&) = delete;

  /// One worker on each of EAL's worker lcores, until stop_workers().
  void launch_workers();
  void stop_workers() noexcept;

  /// A client's session with a concentrator.
  struct OpenLine {
    std::size_t session;
    std::uint16_t id;
    wire::MacAddress client;
  };
  /// A concentrator forwards as if these sessions were up, though nobody has dialled. Before the first frame.
  /// @param router  the core's, when it is to be known.
  void assume_lines(const std::vector<OpenLine>& lines, const std::optional<wire::MacAddress>& router);

  /// Begins to hang up the sessions that were dialled; poll_control() goes on until hung_up(), which also
  /// waits for the frames of the control thread to be on their way.
  void hang_up(control::Time now) { plane_->stop(now); }
  [[nodiscard]] bool hung_up() const;

  /// Does to a session what was asked; reloading is not this object's.
  control::ActionResult act(const control::Action& action, control::Time now);

  /// A turn of the control thread's work.
  unsigned poll_control(control::Time now) {
    if (sessions_->retired() != 0) sessions_->reclaim();
    return loop_->poll(now);
  }

  /// Takes a new configuration while frames flow, or leaves all as it is. The control thread, between turns.
  control::ActionResult reload(const config::Config& next, control::Time now);
  /// Sessions that are up. @return and how many there are.
  [[nodiscard]] std::pair<std::size_t, std::size_t> sessions_up() const;
  /// The configuration as of now; any thread.
  [[nodiscard]] std::shared_ptr<const config::Config> running() const { return plane_->running(); }

  [[nodiscard]] worker::Worker& worker(std::size_t index) { return *workers_[index]; }
  [[nodiscard]] const worker::Worker& worker(std::size_t index) const { return *workers_[index]; }
  [[nodiscard]] std::size_t worker_count() const { return workers_.size(); }
  [[nodiscard]] const port::Port& port(Side side) const { return *ports_[index_of(side)]; }
  /// Where frames received by the port on `side` live.
  [[nodiscard]] rte_mempool* pool(Side side) const { return pools_[index_of(side)].get(); }
  /// Which users may start, from any thread.
  [[nodiscard]] worker::Captures& captures() { return *captures_; }
  [[nodiscard]] control::EventLog& events() { return plane_->events(); }
  [[nodiscard]] stats::Report report() const { return collector_->collect(); }

  /// Stops workers and closes ports; every buffer should be back. Returns how many are not.
  unsigned close() noexcept;

 private:
  void make_plane(const control::PortMacs& macs, const std::filesystem::path& state_file);
  [[nodiscard]] worker::IdleMethod decide_idle() const;
  [[nodiscard]] std::optional<std::string> admit_vlans(const config::Config& next, Side side) const;
  void open_ports(const PortIds& ports, std::uint16_t workers);
  port::PortSettings plan_port(Side side, std::uint16_t port_id, std::uint16_t workers);
  void confirm_spread(Side side);
  void make_worker_rings(std::uint16_t workers);
  std::vector<stats::WorkerReport> make_workers(const Placement& placement, Purpose purpose,
                                                pipeline::FrameAccount* account);

  struct PoolDeleter {
    void operator()(rte_mempool* pool) const noexcept { rte_mempool_free(pool); }
  };
  using Pool = std::unique_ptr<rte_mempool, PoolDeleter>;
  static Pool make_pool(Side side, std::uint16_t port, std::uint16_t mtu_octets, unsigned workers);

  const config::Config& config_;  ///< as it was at start; running() is as it is now
  std::array<Pool, kSides> pools_;
  std::array<std::unique_ptr<port::Port>, kSides> ports_;
  std::optional<worker::SessionSnapshots> sessions_;
  std::optional<worker::Captures> captures_;
  std::optional<pipeline::LearnedSessions> learned_;  ///< where MTUs are learned
  session::AddressPlan addresses_;                    ///< concentrator
  std::size_t session_room_;
  session::LanPeers lan_peers_;
  ppp::OpensslRandom random_;
  std::array<config::Spread, kSides> spread_{};  ///< what came of workers.spread, by port
  std::array<std::unique_ptr<worker::SpreadRings>, kSides> spread_rings_;
  std::array<std::unique_ptr<worker::TransmitRings>, kSides> transmit_rings_;
  std::vector<std::unique_ptr<worker::Worker>> workers_;
  std::optional<control::RingSink> sink_;
  std::unique_ptr<control::Plane> plane_;
  std::optional<control::ControlLoop> loop_;
  std::optional<control::Collector> collector_;
  bool launched_ = false;
};

/// Memory the buffers of `workers` workers take on both ports, and DPDK's own, in MB.
[[nodiscard]] std::size_t memory_needed_mb(const config::Config& config, std::size_t workers);

}  // namespace narrows::app
