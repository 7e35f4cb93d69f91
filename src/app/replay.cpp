// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/replay.h"

#include <fmt/format.h>
#include <rte_errno.h>
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
#include "narrows/app/ring_port.h"
#include "narrows/control/report_json.h"

namespace narrows::app {
namespace {

/// A port, and the captures on its far side.
struct ReplayPort {
  std::optional<CaptureReader> input;
  std::optional<CaptureWriter> output;
  std::optional<RingPort> rings;
  CapturedFrame next;  ///< of the input, unless it has ended
  bool ended = true;
  std::uint64_t cut_short = 0;
};

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
  forwarder_ =
      std::make_unique<Forwarder>(config, Forwarder::PortIds{ports_[0].rings->id(), ports_[1].rings->id()},
                                  placement, std::filesystem::path(), Forwarder::Purpose::replay);
}

void Replay::open(Side side, const std::string& input, const std::string& output) {
  ReplayPort& port = ports_[index_of(side)];
  if (!input.empty()) port.input.emplace(input);
  read_next(side);
  if (!output.empty()) port.output.emplace(output);
  port.rings.emplace("replay", side);
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
  if (port.next.cut_short()) ++port.cut_short;
  now_ = std::max(now_, port.next.time);
  rte_mbuf* mbuf = make_frame(forwarder_->pool(side), port.next.octets);
  set_time(mbuf, port.next.time);
  if (!port.rings->put(mbuf)) rte_pktmbuf_free(mbuf);  // has room: the worker empties it every turn
  read_next(side);
}

void Replay::read_next(Side side) {
  ReplayPort& port = ports_[index_of(side)];
  port.ended = !port.input || !port.input->next(port.next);
}

void Replay::drain(Side side) {
  ReplayPort& port = ports_[index_of(side)];
  while (rte_mbuf* mbuf = port.rings->take()) {
    if (port.output) port.output->write(octets_of(*mbuf), time_of(mbuf));
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
      fmt::print(stderr,
                 "narrows: {} frames of the {} capture were cut short when they were captured (snap length); "
                 "they are replayed as they are\n",
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
  configure_ring_ports(*config);
  const Eal eal(
      plan_eal_for_replay(inspect_machine(*config).cpus, memory_needed_mb(*config, 1), eal_arguments),
      verbose);
  Replay replay(*config, files);
  replay.run();
  replay.finish(files.stats);
  return 0;
}

}  // namespace narrows::app
