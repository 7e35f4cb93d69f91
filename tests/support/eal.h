// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_eal.h>
#include <rte_mbuf.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "frames.h"

namespace narrows::test {

/// DPDK's environment for tests: no root, no hugepages, no devices; once a process.
inline void init_eal(std::vector<std::string> more = {}) {
  std::vector<std::string> arguments{"test",        "--no-huge",      "-m",          "256",  "--no-pci",
                                     "--no-shconf", "--no-telemetry", "--log-level", "error"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  std::vector<char*> argv;
  for (auto& argument : arguments) argv.push_back(argument.data());
  if (rte_eal_init(static_cast<int>(argv.size()), argv.data()) < 0) std::abort();
}

/// Puts octets into an mbuf as a driver does: behind the headroom, in one segment.
inline void fill(rte_mbuf* mbuf, const Octets& frame) {
  rte_pktmbuf_reset(mbuf);
  std::copy(frame.begin(), frame.end(), rte_pktmbuf_mtod(mbuf, std::uint8_t*));
  mbuf->data_len = static_cast<std::uint16_t>(frame.size());
  mbuf->pkt_len = mbuf->data_len;
}

inline Octets octets_of(const rte_mbuf* mbuf) {
  const auto* first = rte_pktmbuf_mtod(mbuf, const std::uint8_t*);
  return {first, first + mbuf->data_len};
}

}  // namespace narrows::test
