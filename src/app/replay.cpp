// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/replay.h"

#include <rte_errno.h>
#include <rte_eth_ring.h>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>

#include "narrows/app/capture_file.h"
#include "narrows/app/eal.h"
#include "narrows/app/forwarder.h"
#include "narrows/app/load_or_explain.h"
#include "narrows/app/log.h"
#include "narrows/control/report_json.h"

namespace narrows::app {
namespace {

constexpr unsigned kRingFrames = 1024;
constexpr wire::MacAddress kDefaultLanMac{{0x02, 0, 0, 0, 0, 0x01}};
constexpr wire::MacAddress kDefaultWanMac{{0x02, 0, 0, 0, 0, 0x02}};

/// A port made of two rings, and the captures on its far side.
struct ReplayPort {
  std::optional<CaptureReader> input;
  std::optional<CaptureWriter> output;
  rte_ring* to_port = nullptr;    ///< what the worker receives
  rte_ring* from_port = nullptr;  ///< what it sent
  std::uint16_t id = 0;
  CapturedFrame next;  ///< of the input, unless it has ended
  bool ended = true;
  std::uint64_t cut_short = 0;
};

rte_ring* make_ring(const std::string& name) {
  rte_ring* ring = rte_ring_create(name.c_str(), kRingFrames, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
  if (ring == nullptr) throw std::runtime_error(fmt::format("ring {}: {}", name, rte_strerror(rte_errno)));
  return ring;
}

bool is_same_file(const std::string& one, const std::string& other) {
  struct stat a {};
  struct stat b {};
  return stat(one.c_str(), &a) == 0 && stat(other.c_str(), &b) == 0 && a.st_dev == b.st_dev &&
         a.st_ino == b.st_ino;
}

/// An output that is also an input would be empty before it is read.
void refuse_overwriting(const ReplayFiles& files) {
  for (const auto* output : {&files.lan_out, &files.wan_out, &files.stats})
    for (const auto* input : {&files.config, &files.lan, &files.wan})
      if (!output->empty() && !input->empty() && is_same_file(*output, *input))
        throw std::runtime_error(
            fmt::format("{} is read and would be overwritten; write to another file", *output));
}

/// A capture answers nobody, so nothing can be dialled.
void refuse_dialling(const config::Config& config, const std::string& path) {
  for (const auto& session : config.sessions)
    if (session.client)
      throw std::runtime_error(fmt::format(
          "{}: session {} is dialled; to replay a capture, give it the session's `static: {{id, ac_mac}}` "
          "in place of `client`",
          path, session.name));
}

class Replay {
 public:
  Replay(const config::Config& config, const ReplayFiles& files);
  void run();
  void finish(const std::string& stats_path);

 private:
  void open(Side side, const std::string& input, const std::string& output);
  void feed();
  void feed_burst(Side side);
  void feed_earliest();
  void feed_frame(Side side);
  void read_next(Side side);
  void drain(Side side);
  rte_mbuf* make_mbuf(Side side, const CapturedFrame& frame);
  void set_time(rte_mbuf* mbuf, CaptureTime time) const;
  [[nodiscard]] CaptureTime time_of(const rte_mbuf* mbuf) const;

  const config::Config& config_;
  std::array<ReplayPort, kSides> ports_;
  std::unique_ptr<Forwarder> forwarder_;
  int time_offset_ = 0;          ///< of the receive time in an mbuf
  std::uint64_t time_flag_ = 0;  ///< says that it is there
  CaptureTime now_{0};
};

Replay::Replay(const config::Config& config, const ReplayFiles& files) : config_(config) {
  refuse_overwriting(files);
  open(Side::lan, files.lan, files.lan_out);
  open(Side::wan, files.wan, files.wan_out);
  if (rte_mbuf_dyn_rx_timestamp_register(&time_offset_, &time_flag_) != 0)
    throw std::runtime_error(fmt::format("mbuf time stamp: {}", rte_strerror(rte_errno)));
  Placement placement;
  placement.worker_cpus = {0};
  forwarder_ = std::make_unique<Forwarder>(config, Forwarder::PortIds{ports_[0].id, ports_[1].id}, placement,
                                           std::filesystem::path(), Forwarder::Purpose::replay);
}

void Replay::open(Side side, const std::string& input, const std::string& output) {
  ReplayPort& port = ports_[index_of(side)];
  if (!input.empty()) port.input.emplace(input);
  read_next(side);
  if (!output.empty()) port.output.emplace(output);
  const std::string name(kSideNames[index_of(side)]);
  port.to_port = make_ring("replay_to_" + name);
  port.from_port = make_ring("replay_from_" + name);
  const int id = rte_eth_from_rings(("replay_" + name).c_str(), &port.to_port, 1, &port.from_port, 1, 0);
  if (id < 0) throw std::runtime_error(fmt::format("port {}: {}", name, rte_strerror(rte_errno)));
  port.id = static_cast<std::uint16_t>(id);
}

void Replay::set_time(rte_mbuf* mbuf, CaptureTime time) const {
  *RTE_MBUF_DYNFIELD(mbuf, time_offset_, rte_mbuf_timestamp_t*) =
      static_cast<rte_mbuf_timestamp_t>(time.count());
  mbuf->ol_flags |= time_flag_;
}

/// The input frame's; of a frame of the control thread's own, the present.
CaptureTime Replay::time_of(const rte_mbuf* mbuf) const {
  if ((mbuf->ol_flags & time_flag_) == 0) return now_;
  return CaptureTime(*RTE_MBUF_DYNFIELD(mbuf, time_offset_, const rte_mbuf_timestamp_t*));
}

rte_mbuf* Replay::make_mbuf(Side side, const CapturedFrame& frame) {
  rte_mbuf* head = rte_pktmbuf_alloc(forwarder_->pool(side));
  if (head == nullptr) throw std::runtime_error("out of packet buffers");
  set_time(head, frame.time);
  rte_mbuf* last = head;
  // A frame beyond what the port's MTU allows comes in several buffers, as from a device.
  for (auto rest = frame.octets; !rest.empty();) {
    if (rte_pktmbuf_tailroom(last) == 0) {
      last->next = rte_pktmbuf_alloc(forwarder_->pool(side));
      if (last->next == nullptr) throw std::runtime_error("out of packet buffers");
      last = last->next;
      ++head->nb_segs;
    }
    const auto part = rest.first(std::min<std::size_t>(rest.size(), rte_pktmbuf_tailroom(last)));
    std::ranges::copy(part, rte_pktmbuf_mtod_offset(last, std::uint8_t*, last->data_len));
    last->data_len = static_cast<std::uint16_t>(last->data_len + part.size());
    head->pkt_len += static_cast<std::uint32_t>(part.size());
    rest = rest.subspan(part.size());
  }
  return head;
}

/// The frames of a turn. Bursts as full as they come; but where MTUs are learned, Narrows follows
/// conversations between the two sides, so every frame has its turn when its time has come.
void Replay::feed() {
  if (config_.learn_mtu) return feed_earliest();
  feed_burst(Side::lan);
  feed_burst(Side::wan);
}

void Replay::feed_burst(Side side) {
  for (unsigned i = 0; i < config_.workers.burst && !ports_[index_of(side)].ended; ++i) feed_frame(side);
}

void Replay::feed_earliest() {
  const auto& [lan, wan] = ports_;
  if (lan.ended && wan.ended) return;
  const bool is_lan = wan.ended || (!lan.ended && lan.next.time <= wan.next.time);
  now_ = std::max(now_, is_lan ? lan.next.time : wan.next.time);
  forwarder_->poll_control(now_);  // what has come due since the frame before
  feed_frame(is_lan ? Side::lan : Side::wan);
}

void Replay::feed_frame(Side side) {
  ReplayPort& port = ports_[index_of(side)];
  if (port.next.cut_short) ++port.cut_short;
  now_ = std::max(now_, port.next.time);
  rte_ring_enqueue(port.to_port, make_mbuf(side, port.next));  // has room: the worker empties it every turn
  read_next(side);
}

void Replay::read_next(Side side) {
  ReplayPort& port = ports_[index_of(side)];
  port.ended = !port.input || !port.input->next(port.next);
}

void Replay::drain(Side side) {
  ReplayPort& port = ports_[index_of(side)];
  void* taken = nullptr;
  while (rte_ring_dequeue(port.from_port, &taken) == 0) {
    auto* mbuf = static_cast<rte_mbuf*>(taken);
    std::vector<std::uint8_t> copy(mbuf->pkt_len);
    const auto* octets =
        static_cast<const std::uint8_t*>(rte_pktmbuf_read(mbuf, 0, mbuf->pkt_len, copy.data()));
    if (port.output) port.output->write({octets, mbuf->pkt_len}, time_of(mbuf));
    rte_pktmbuf_free(mbuf);
  }
}

void Replay::run() {
  unsigned frames = 0;
  do {
    feed();
    frames = forwarder_->worker(0).poll();
    frames += forwarder_->poll_control(now_);
    drain(Side::lan);
    drain(Side::wan);
  } while (frames != 0 || !ports_[0].ended || !ports_[1].ended);
}

void Replay::finish(const std::string& stats_path) {
  for (std::size_t side = 0; side < kSides; ++side) {
    if (ports_[side].output) ports_[side].output->close();
    if (ports_[side].cut_short != 0)
      log("{} frames of the {} capture were cut short when they were captured (snap length); they are "
          "replayed as "
          "they are",
          ports_[side].cut_short, kSideNames[side]);
  }
  if (stats_path.empty()) return;
  std::ofstream stats(stats_path);
  stats << control::report_json(forwarder_->report()) << std::flush;
  if (!stats) throw std::runtime_error(fmt::format("cannot write {}", stats_path));
}

}  // namespace

int replay_command(const ReplayFiles& files, const std::vector<std::string>& eal_arguments, bool verbose) {
  auto config = load_or_explain(files.config, LoadPurpose::replay, std::cerr);
  if (!config) return 1;
  refuse_dialling(*config, files.config);
  if (!config->lan.mac) config->lan.mac = kDefaultLanMac;
  if (!config->wan.mac) config->wan.mac = kDefaultWanMac;
  config->checksum = config::ChecksumPolicy::incremental;  // a file computes nothing
  const Eal eal(
      plan_eal_for_replay(inspect_machine(*config).cpus, memory_needed_mb(*config, 1), eal_arguments),
      verbose);
  Replay replay(*config, files);
  replay.run();
  replay.finish(files.stats);
  return 0;
}

}  // namespace narrows::app
