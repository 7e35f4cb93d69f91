// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_ring.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include "narrows/config/config.h"
#include "narrows/pipeline/process.h"
#include "narrows/pipeline/settle.h"
#include "narrows/port/port.h"
#include "narrows/session/address_plan.h"
#include "narrows/session/lan_peers.h"
#include "narrows/simd/level.h"
#include "narrows/stats/counters.h"
#include "narrows/worker/capture_point.h"
#include "narrows/worker/captures.h"
#include "narrows/worker/frame_wait.h"
#include "narrows/worker/idle_policy.h"
#include "narrows/worker/mbuf_ring.h"
#include "narrows/worker/relay.h"
#include "narrows/worker/session_gate.h"
#include "narrows/worker/session_snapshots.h"
#include "narrows/worker/spread_rings.h"
#include "narrows/worker/spreader.h"
#include "narrows/worker/wakeup.h"

namespace narrows::worker {

/// What a worker is given to work with. Everything outlives it.
struct WorkerSettings {
  config::Mode mode = config::Mode::terminate;
  std::uint16_t index = 0;  ///< also its queue on both ports, where they have one for it
  std::uint16_t burst = 32;
  IdleMethod idle = IdleMethod::sleep;  ///< interrupt: only where both ports have them
  std::chrono::milliseconds longest_wait = kLongestWait;
  simd::Level level = simd::best_level();
  int node = 0;
  std::array<const port::Port*, kSides> ports{};
  /// By port, where its frames are spread in software; null: whoever has a queue of it receives by that.
  std::array<const SpreadRings*, kSides> spread{};
  /// By port, where not every worker has a transmit queue of its own; null: all have.
  std::array<const TransmitRings*, kSides> transmit{};
  SessionSnapshots* sessions = nullptr;  ///< no table has more sessions than session_room
  std::size_t session_room = 0;          ///< sessions there may come to be; 0: as many as there are
  session::LanPeers* lan_peers = nullptr;
  const session::AddressPlan* addresses = nullptr;                          ///< concentrator
  std::array<std::array<std::uint16_t, kFamilies>, kDirections> max_mss{};  ///< transparent
  std::uint16_t tunnel_mtu_octets = 0;  ///< transparent; 0: TCP inside tunnels is left alone
  /// Of one session, handed to the control thread at most; 0: as many as there are.
  std::uint32_t undeliverable_per_second = 0;
  const Captures* captures = nullptr;                  ///< that users may start; null: none ever
  const config::Config* config = nullptr;              ///< with learned
  const pipeline::LearnedSessions* learned = nullptr;  ///< transparent, where MTUs are learned
  pipeline::FrameAccount* account = nullptr;  ///< where the pipeline tells its way; null: it does not
};

/// One lcore's share of the forwarding, run to completion: takes frames from its queue of each port, or,
/// where these are spread in software, from the ring of whoever polls the port; has the pipeline decide and
/// rewrite; and sends. No lock, no allocation, no log, no system call of its own while frames flow.
///
/// Shared with the control thread: the counters (this writes, that reads), the rings (punt and undeliverable:
/// this produces; inject: that produces), the session snapshots (that publishes), the stop flag (that
/// writes), the captures (see there). Shared with other workers: SpreadRings and TransmitRings, see there.
class Worker {
 public:
  /// Places in the punt ring that are kept for frames within their session's share: so that a flood of
  /// others, or of one session, does not keep the echoes by which sessions live from the control thread.
  static constexpr unsigned kPuntReserve = 256;

  /// @throws std::runtime_error when there is no memory for the rings.
  explicit Worker(const WorkerSettings& settings);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Polls until stop(); for rte_eal_remote_launch().
  void run() noexcept;
  void stop() noexcept {
    stop_.store(true, std::memory_order_relaxed);
    wake();
  }
  /// Whoever put frames into a ring of this worker's calls it, lest they wait for those of the ports.
  void wake() noexcept { wakeup_.wake(); }

  /// One turn: frames of the control thread, before any data, so that a saturated line does not starve the
  /// sessions' own traffic; then those that other workers leave to this one's transmit queues; then a burst
  /// from the LAN and a burst from the WAN. Returns how many frames it met.
  unsigned poll() noexcept;

  /// The control thread: as WorkerSettings has it, from now on.
  void limit_undeliverable(std::uint32_t per_second) noexcept;

  [[nodiscard]] const stats::WorkerCounters& counters() const noexcept { return counters_; }

  /// Frames for the control thread, each with its PuntNote; where MTUs are learned, copies of forwarded ones.
  /// It alone takes them out, and frees them.
  [[nodiscard]] rte_ring* punt_ring() const noexcept { return punt_ring_.get(); }
  /// Frames that were dropped and counted, for the control thread to tell their senders why, each with its
  /// PuntNote. Few at a time: what finds no room is freed here. It alone takes them out, and frees them.
  [[nodiscard]] rte_ring* undeliverable_ring() const noexcept { return undeliverable_ring_.get(); }
  /// Frames of the control thread, to leave by the port on `side`. It alone puts them in.
  [[nodiscard]] rte_ring* inject_ring(Side side) const noexcept {
    return inject_rings_[index_of(side)].get();
  }

 private:
  /// Where the frames that enter by one port come from.
  struct Intake {
    bool has_queue = true;               ///< the port has a receive queue for this worker
    std::optional<Spreader> spreader{};  ///< of a poller
    rte_ring* ring = nullptr;            ///< of one whom the poller hands its share
  };
  /// How the frames that leave by one port get there.
  struct Outlet {
    std::uint16_t queue = 0;             ///< of the worker itself, or of the one behind `ring`
    rte_ring* ring = nullptr;            ///< null: the queue is its own
    std::optional<RingToPort> inject{};  ///< of the control thread
    std::deque<RingToPort> of_others{};  ///< workers who leave by this one's queue
  };

  void connect(Side side);
  void take_sessions() noexcept;
  unsigned receive(Direction direction) noexcept;
  unsigned move(Direction direction) noexcept;
  void show(Direction direction) noexcept;
  void punt(Direction direction) noexcept;
  void hand_over_undeliverable(Direction direction) noexcept;
  void send(Direction direction) noexcept;
  std::uint16_t transmit(Side side, rte_mbuf** mbufs, std::uint16_t size) noexcept;
  unsigned send_of_others(Side side) noexcept;
  void count_poll(unsigned frames) noexcept;
  void count_latency(Direction direction, std::uint64_t received_at) noexcept;

  stats::WorkerCounters counters_;
  std::atomic<bool> stop_{false};  ///< in a line that is only read while frames flow
  WorkerSettings settings_;
  double ns_per_tick_;
  std::uint64_t polled_at_ = 0;                   ///< TSC at the end of the last poll; 0: none yet
  unsigned until_timed_ = stats::kLatencySample;  ///< bursts, to the next whose time in the box is taken
  std::array<pipeline::Context, kDirections> contexts_;
  std::array<pipeline::Process, kDirections> process_;
  std::array<MbufRing, kSides> inject_rings_;
  MbufRing punt_ring_;
  MbufRing undeliverable_ring_;
  std::array<SessionGate, kDirections> punt_gates_;
  pipeline::Selection refused_;  ///< of the frames to punt, what found no room
  SessionGate undeliverable_gate_;
  CapturePoint capture_point_;
  Wakeup wakeup_;
  std::optional<FrameWait> frame_wait_;  ///< where the ports' interrupts are waited for
  pipeline::Burst burst_;
  pipeline::Sorted sorted_;
  std::array<Intake, kSides> intakes_;
  std::array<Outlet, kSides> outlets_;
};

}  // namespace narrows::worker
