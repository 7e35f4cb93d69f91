// SPDX-License-Identifier: BSD-3-Clause
/// One direction of the data path with all it needs, fed with frames as octets.
#pragma once

#include <gtest/gtest.h>
#include <rte_mempool.h>

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "eal.h"
#include "narrows/pipeline/process.h"
#include "narrows/pipeline/settle.h"
#include "narrows/simd/level.h"
#include "packets.h"
#include "sessions.h"

namespace narrows::test {

/// The buffers of all tests here; all back in it between two of them.
rte_mempool* test_pool();

/// A frame as a port hands it over. The rest of its buffer holds 0xee: what shows up in a frame that leaves
/// came from no frame.
struct Arrival {
  Octets frame;
  std::uint64_t flags = 0;  ///< RTE_MBUF_F_RX_…
  std::uint16_t headroom = RTE_PKTMBUF_HEADROOM;
  std::size_t in_first_buffer = std::numeric_limits<std::size_t>::max();  ///< the rest is in a second one

  Arrival(Octets octets,
          std::uint64_t rx_flags = 0)  // NOLINT(google-explicit-constructor): stands for a frame
      : frame(std::move(octets)), flags(rx_flags) {}
};
[[nodiscard]] rte_mbuf* make_mbuf(const Arrival& arrival);

/// What became of it.
struct Departure {
  std::string fate;  ///< "forward", "fragment", "punt" or the drop's reason
  std::uint16_t session = 0;
  Octets frame;             ///< empty when dropped
  std::uint64_t marks = 0;  ///< RTE_MBUF_F_TX_…
  unsigned l2_octets = 0;
  unsigned l3_octets = 0;
  std::vector<Octets> fragments = {};  ///< what left instead of the frame
  friend bool operator==(const Departure&, const Departure&) = default;
};
void PrintTo(const Departure& departure,
             std::ostream* out);  // NOLINT(readability-identifier-naming): of gtest

class Path {
 public:
  Path(config::Mode mode, Direction direction, const std::vector<session::SessionSpec>& specs,
       simd::Level level = simd::best_level())
      : Path(direction, specs, pipeline::select_process(mode, direction, level),
             mode == config::Mode::transparent && level == simd::Level::scalar) {}
  /// @param leaves_headers_alone  and reads them one by one, so that octets in front of a frame may be fenced
  /// off.
  Path(Direction direction, const std::vector<session::SessionSpec>& specs, pipeline::Process process,
       bool leaves_headers_alone = false);
  Path(const Path&) = delete;
  Path& operator=(const Path&) = delete;

  /// Sends a burst and checks what holds for each one: every frame has one fate and is counted under it, in
  /// its direction and its session; order is kept; punted frames are as they came; no buffer is lost.
  std::vector<Departure> send(const std::vector<Arrival>& arrivals);
  Departure send(const Arrival& arrival) { return send(std::vector{arrival}).front(); }

  [[nodiscard]] std::uint64_t odd(stats::OddCase odd) const {
    return counters.direction[index_of(direction_)].odd[index_of(odd)].value();
  }
  [[nodiscard]] const stats::DirectionCounters& totals() const {
    return counters.direction[index_of(direction_)];
  }
  [[nodiscard]] const stats::SessionCounters& of_session(std::size_t index) const {
    return counters.session[index_of(direction_)][index];
  }

  session::SessionTable table;
  session::LanPeers peers;
  stats::WorkerCounters counters;
  pipeline::Context context;

 private:
  void expect_counted(const std::vector<Departure>& departures);

  bool leaves_headers_alone_;
  Direction direction_;
  pipeline::Process process_;
  stats::WorkerCounters seen_;  ///< what the fates so far add up to
};

/// terminate, LAN→WAN. No LAN peer is known.
struct AddPath : Path {
  explicit AddPath(const std::vector<session::SessionSpec>& specs = {plain_session()})
      : Path(config::Mode::terminate, Direction::lan_to_wan, specs) {}
};

/// terminate, WAN→LAN. The LAN peer of each session is kPeerMac.
struct StripPath : Path {
  explicit StripPath(const std::vector<session::SessionSpec>& specs = {plain_session()})
      : Path(config::Mode::terminate, Direction::wan_to_lan, specs) {
    for (std::size_t session = 0; session < specs.size(); ++session)
      peers.learn(session, wire::to_integer(mac(kPeerMac)));
  }
};

struct TransparentPath : Path {
  explicit TransparentPath(Direction direction = Direction::lan_to_wan)
      : Path(config::Mode::transparent, direction, {}) {}
};

/// `frame` with a VLAN tag put in front of its other tags.
Octets tagged(Octets frame, unsigned tpid, unsigned tci);

unsigned ethertype_of(const Octets& ip);
unsigned ppp_of(const Octets& ip);

/// Frames of the plain session, not padded.
Octets from_lan(const Octets& ip);
Octets from_wan(const Octets& ip, unsigned session_id = 0x1234);
Octets to_wan(const Octets& ip, unsigned session_id = 0x1234);
Octets to_lan(const Octets& ip);

/// The frame leaves as `expected`, padded with zeros to 60 octets.
void expect_forward(Path& path, const Arrival& arrival, const Octets& expected);

/// Rows of a table: a frame, and what becomes of it.
struct Row {
  const char* what;
  Arrival arrival;
  const char* fate;
};
void expect_fates(Path& path, const std::vector<Row>& rows);

}  // namespace narrows::test
