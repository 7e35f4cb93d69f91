// SPDX-License-Identifier: BSD-3-Clause
#include "traffic.h"

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "ports.h"

namespace narrows::lab {
namespace {

constexpr std::uint16_t kBurst = 32;
constexpr double kMostOverdue = 256;       // frames that a pause may leave to be sent at once
constexpr std::uint64_t kSampleMask = 63;  // one frame of 64 is looked at as a whole
constexpr double kMicroseconds = 1e6;

std::uint32_t low32(std::uint64_t clocks) {
  return static_cast<std::uint32_t>(clocks);
}

/// Frames of one direction into the port of the side they come from.
class Sender {
 public:
  Sender(const Trial& trial, std::uint16_t number, const Wiring& wiring, Direction direction,
         rte_mempool* pool, DirectionResult& result)
      : templates_(make_templates(trial, wiring, direction)),
        pool_(pool),
        result_(result),
        frames_(trial.frames != 0 ? trial.frames : std::numeric_limits<std::uint64_t>::max()),
        frames_per_clock_(trial.rate_pps / static_cast<double>(rte_get_tsc_hz())),
        port_(kPorts[static_cast<std::size_t>(direction)]),
        trial_(number) {}

  [[nodiscard]] bool done() const { return result_.sent >= frames_; }

  void poll(std::uint64_t now) {
    const std::uint16_t count = due(now);
    if (count == 0) return;
    rte_mbuf* mbufs[kBurst];
    if (rte_pktmbuf_alloc_bulk(pool_, mbufs, count) != 0) return;
    for (std::uint16_t i = 0; i < count; ++i)
      fill(*mbufs[i], now, static_cast<std::uint32_t>(result_.sent) + i);
    const std::uint16_t taken = rte_eth_tx_burst(port_, 0, mbufs, count);
    if (taken < count) rte_pktmbuf_free_bulk(mbufs + taken, count - taken);
    result_.refused += count - taken;
    result_.sent += count;
  }

 private:
  std::uint16_t due(std::uint64_t now) {
    const std::uint64_t left = frames_ - std::min(frames_, result_.sent);
    if (frames_per_clock_ == 0) return static_cast<std::uint16_t>(std::min<std::uint64_t>(kBurst, left));
    due_ += static_cast<double>(now - last_) * frames_per_clock_ * (last_ != 0 ? 1 : 0);
    last_ = now;
    due_ = std::min(due_, kMostOverdue);
    const auto whole = static_cast<std::uint64_t>(due_);
    const auto count = std::min<std::uint64_t>({whole, kBurst, left});
    due_ -= static_cast<double>(count);
    return static_cast<std::uint16_t>(count);
  }

  void fill(rte_mbuf& mbuf, std::uint64_t now, std::uint32_t serial) {
    const FrameTemplate& frame = templates_[next_];
    next_ = next_ + 1 == templates_.size() ? 0 : next_ + 1;
    auto* octets = rte_pktmbuf_mtod(&mbuf, std::uint8_t*);
    std::memcpy(octets, frame.octets.data(), kTemplateOctets);
    write_tag(octets + frame.tcp_at, {.serial = serial, .clocks = low32(now), .trial = trial_});
    mbuf.data_len = frame.frame_octets;
    mbuf.pkt_len = frame.frame_octets;
  }

  std::vector<FrameTemplate> templates_;
  rte_mempool* pool_;
  DirectionResult& result_;
  std::uint64_t frames_;
  double frames_per_clock_;
  double due_ = 0;
  std::uint64_t last_ = 0;
  std::size_t next_ = 0;
  std::uint16_t port_;
  std::uint16_t trial_;
};

/// What comes out of the side that a direction leads to.
class Receiver {
 public:
  Receiver(Direction direction, std::uint16_t number, unsigned max_mss, DirectionResult& result,
           std::uint64_t& foreign)
      : result_(result),
        foreign_(foreign),
        max_mss_(max_mss),
        port_(kPorts[1 - static_cast<std::size_t>(direction)]),
        trial_(number) {}

  /// @return how many came.
  std::uint16_t poll() {
    rte_mbuf* mbufs[kBurst];
    const std::uint16_t count = rte_eth_rx_burst(port_, 0, mbufs, kBurst);
    if (count == 0) return 0;
    const std::uint32_t now = low32(rte_rdtsc());
    for (std::uint16_t i = 0; i < count; ++i) take(*mbufs[i], now);
    rte_pktmbuf_free_bulk(mbufs, count);
    return count;
  }

 private:
  void take(rte_mbuf& mbuf, std::uint32_t now) {
    const std::span<const std::uint8_t> frame{rte_pktmbuf_mtod(&mbuf, std::uint8_t*), mbuf.data_len};
    const auto at = mbuf.nb_segs == 1 ? locate(frame) : std::nullopt;
    const Tag tag = at ? read_tag(&frame[at->tcp_at]) : Tag{};
    if (!at || tag.trial != trial_) {
      ++foreign_;
      return;
    }
    result_.latency.add(now - tag.clocks);
    if (tag.serial < next_serial_) ++result_.reordered;
    next_serial_ = std::max(next_serial_, tag.serial + 1);
    result_.received_pppoe += at->pppoe ? 1 : 0;
    result_.received_octets += frame.size();
    if ((result_.received++ & kSampleMask) == 0) verify(frame, *at);
  }

  void verify(std::span<const std::uint8_t> frame, const Located& at) {
    ++result_.verified;
    const auto* ip = reinterpret_cast<const rte_ipv4_hdr*>(&frame[at.ip_at]);
    if (rte_be_to_cpu_16(ip->total_length) > frame.size() - at.ip_at ||
        rte_ipv4_udptcp_cksum(ip, &frame[at.tcp_at]) != 0)
      ++result_.wrong_checksum;
    if (max_mss_ != 0 && is_syn(&frame[at.tcp_at]) && !mss_within(frame, at, max_mss_)) ++result_.wrong_mss;
  }

  DirectionResult& result_;
  std::uint64_t& foreign_;
  std::uint32_t next_serial_ = 0;
  unsigned max_mss_;
  std::uint16_t port_;
  std::uint16_t trial_;
};

/// Makes room: what an earlier trial has left in the queues.
void drain(double silent_seconds) {
  const auto silence = static_cast<std::uint64_t>(silent_seconds * static_cast<double>(rte_get_tsc_hz()));
  rte_mbuf* mbufs[kBurst];
  for (std::uint64_t last = rte_rdtsc(); rte_rdtsc() - last < silence;)
    for (const std::uint16_t port : kPorts)
      if (const std::uint16_t count = rte_eth_rx_burst(port, 0, mbufs, kBurst); count != 0) {
        rte_pktmbuf_free_bulk(mbufs, count);
        last = rte_rdtsc();
      }
}

class Loop {
 public:
  Loop(const Trial& trial, std::uint16_t number, const Wiring& wiring, rte_mempool* pool, TrialResult& result)
      : result_(result), hz_(static_cast<double>(rte_get_tsc_hz())) {
    for (const auto direction : {Direction::lan_to_wan, Direction::wan_to_lan}) {
      const auto i = static_cast<std::size_t>(direction);
      if (!trial.directions[i]) continue;
      senders_.emplace_back(trial, number, wiring, direction, pool, result.directions[i]);
      receivers_.emplace_back(direction, number, trial.max_mss, result.directions[i], result.foreign);
    }
  }

  void send_for(double seconds) {
    const std::uint64_t start = rte_rdtsc();
    const std::uint64_t end = start + static_cast<std::uint64_t>(seconds * hz_);
    std::uint64_t longest = 0;
    std::uint64_t last = start;
    std::uint64_t now = start;
    for (; now < end && !std::ranges::all_of(senders_, &Sender::done); now = rte_rdtsc()) {
      longest = std::max(longest, now - last);
      last = now;
      for (Sender& sender : senders_) sender.poll(now);
      for (Receiver& receiver : receivers_) receiver.poll();
    }
    result_.seconds = static_cast<double>(now - start) / hz_;
    result_.longest_pause_us = static_cast<double>(longest) / hz_ * kMicroseconds;
  }

  void await_rest(double silent_seconds) {
    const auto silence = static_cast<std::uint64_t>(silent_seconds * hz_);
    for (std::uint64_t last = rte_rdtsc(); !complete() && rte_rdtsc() - last < silence;)
      for (Receiver& receiver : receivers_)
        if (receiver.poll() != 0) last = rte_rdtsc();
  }

 private:
  [[nodiscard]] bool complete() const {
    return std::ranges::all_of(result_.directions, [](const DirectionResult& direction) {
      return direction.received + direction.refused >= direction.sent;
    });
  }

  TrialResult& result_;
  double hz_;
  std::vector<Sender> senders_;
  std::vector<Receiver> receivers_;
};

}  // namespace

TrialResult run_trial(const Trial& trial, std::uint16_t number, const Wiring& wiring, rte_mempool* pool) {
  constexpr double kDrainSeconds = 0.005;
  TrialResult result;
  Loop loop(trial, number, wiring, pool, result);
  drain(kDrainSeconds);
  loop.send_for(trial.seconds);
  loop.await_rest(trial.settle_seconds);
  return result;
}

}  // namespace narrows::lab
