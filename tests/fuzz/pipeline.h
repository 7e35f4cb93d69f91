// SPDX-License-Identifier: BSD-3-Clause
/// Bursts of frames through the whole data path, at every level of vector instructions: each frame has one
/// fate and is counted under it, no buffer is lost, no octet that no frame had comes out (test::Path), and
/// all levels do what the scalar code does.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "bursts.h"
#include "input.h"
#include "tunnels.h"

namespace narrows::fuzz {

/// A setting of the data path, once for each level; the first is the scalar code.
class LevelPaths {
 public:
  explicit LevelPaths(test::Setting setting) : setting_(std::move(setting)) {
    for (const simd::Level level : simd::levels())
      paths_.push_back(std::make_unique<test::LevelPath>(setting_, level));
  }
  LevelPaths(const LevelPaths&) = delete;
  LevelPaths& operator=(const LevelPaths&) = delete;

  /// Input: what the ports are like (1 octet), then frames, and where bursts end.
  void run(Input& input) {
    prepare(input.octet());
    std::vector<test::Arrival> burst;
    while (!input.is_empty()) {
      add_frames(input, burst);
      if (burst.size() == pipeline::kMaxBurst || input.octet() % 8 == 0) send(std::exchange(burst, {}));
    }
    send(burst);
  }

 private:
  void prepare(unsigned conditions) {
    for (const auto& path : paths_) {
      path->meet_peers();
      auto& context = path->context;
      context.hardware_checksum = (conditions & 1) != 0;
      context.finish_partial_checksums = (conditions & 2) != 0;
      context.tunnel_mtu_octets = (conditions & 4) != 0 ? 1492 : 0;
      context.max_frame_octets = (conditions & 8) != 0 ? 300 : 1522;
      context.ingress_mtu_octets = (conditions & 16) != 0 ? 576 : 1500;
    }
  }

  Octets make_frame(Input& input) {
    static const std::vector<test::Tunnel> kTunnels = test::tunnels();
    switch (input.octet() % 8) {
      case 0:
      case 1:
        return input.long_list();
      case 2: {
        const Octets ip = input.long_list();
        return ip.empty() ? ip : test::frame_of(setting_, ip, input);
      }
      case 3:
        return test::frame_of(setting_, input.one_of(kTunnels).wrap(test::packet(input)), input);
      case 4: {
        const Octets options = input.list();
        return test::frame_of(setting_, test::ipv4(segment(options, input)), input);
      }
      case 5: {
        const Octets options = input.list();
        return test::frame_of(setting_, test::ipv6(segment(options, input)), input);
      }
      default:
        return test::good_frame(setting_, input);
    }
  }
  static Octets segment(Octets options, Input& input) {
    options.resize(std::min<std::size_t>(options.size(), 40));
    return test::tcp(input.octet() % 4 == 0 ? input.octet() : test::kSyn, options, Octets(input.octet()));
  }

  /// One frame, and others like it but for a change in each: neighbours of one shape are what kernels are
  /// for.
  void add_frames(Input& input, std::vector<test::Arrival>& burst) {
    static const std::vector<std::uint64_t> kFlags{0,
                                                   RTE_MBUF_F_RX_L4_CKSUM_GOOD,
                                                   RTE_MBUF_F_RX_L4_CKSUM_NONE,
                                                   RTE_MBUF_F_RX_L4_CKSUM_BAD,
                                                   RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED,
                                                   RTE_MBUF_F_RX_IP_CKSUM_GOOD};
    Octets frame = make_frame(input);
    frame.resize(std::min<std::size_t>(frame.size(), 1900));
    const unsigned how = input.octet();
    if ((how & 1) != 0 && frame.size() < 60) frame.resize(60);
    for (unsigned left = 1 + (how >> 1) % 32; left > 0 && burst.size() < pipeline::kMaxBurst; --left) {
      test::Arrival arrival(frame);
      const unsigned what = input.octet();
      if (what % 4 == 3 && !frame.empty()) arrival.frame = test::broken(frame, input);
      if (what >= 128) arrival.flags = input.one_of(kFlags);
      if (what % 16 == 8) arrival.headroom = input.octet();
      if (what % 16 == 9) arrival.in_first_buffer = input.octet();
      burst.push_back(std::move(arrival));
    }
  }

  void send(const std::vector<test::Arrival>& burst) {
    if (burst.empty()) return;
    const auto expected = paths_.front()->send(burst);
    for (std::size_t level = 1; level < paths_.size(); ++level) {
      expect(paths_[level]->send(burst) == expected, "all levels do what the scalar code does");
      test::expect_same_counts(*paths_[level], *paths_.front(), setting_.sessions.size());
    }
  }

  test::Setting setting_;
  std::vector<std::unique_ptr<test::LevelPath>> paths_;
};

/// Those of the settings that a target is for.
template <typename Wanted>
std::vector<std::unique_ptr<LevelPaths>> paths_where(Wanted wanted) {
  test::init_eal();
  simd::permit_widest();
  std::vector<std::unique_ptr<LevelPaths>> found;
  for (test::Setting& setting : test::settings())
    if (wanted(setting)) found.push_back(std::make_unique<LevelPaths>(std::move(setting)));
  return found;
}

/// Input: which setting (1 octet), then what LevelPaths::run() takes.
inline void run(const std::vector<std::unique_ptr<LevelPaths>>& paths, Input input) {
  input.one_of(paths)->run(input);
}

}  // namespace narrows::fuzz
