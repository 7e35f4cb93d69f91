// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/port/checksum_self_test.h"

#include <rte_errno.h>
#include <rte_ethdev.h>

#include <functional>
#include <set>

#include "rings.h"

namespace narrows::test {
namespace {

/// A started port whose driver looks at frames as the test has it do.
class ListeningPort {
 public:
  ListeningPort() : port_(ring_.id(), settings_of(Side::wan, kWanMac), test_pool()) {
    rte_eth_fp_ops[ring_.id()].tx_pkt_prepare = [](void*, rte_mbuf** mbufs, std::uint16_t size) {
      std::uint16_t taken = 0;
      while (taken < size && look(*mbufs[taken])) ++taken;
      return taken;
    };
  }
  [[nodiscard]] std::string test(std::uint8_t l2_octets) const {
    const unsigned in_use = rte_mempool_in_use_count(test_pool());
    auto refusal = port::checksum_self_test(ring_.id(), l2_octets, test_pool());
    EXPECT_EQ(rte_mempool_in_use_count(test_pool()), in_use);
    return refusal;
  }
  /// What was sent.
  std::vector<Octets> drain() { return ring_.drain(); }

  static inline std::function<bool(rte_mbuf&)> look;

 private:
  RingPort ring_;
  port::Port port_;
};

TEST(ChecksumSelfTest, ShowsTheDriverEveryLayoutAndSendsNothing) {
  ListeningPort port;
  std::set<std::pair<unsigned, unsigned>> shown;
  ListeningPort::look = [&shown](rte_mbuf& mbuf) {
    shown.emplace(static_cast<unsigned>(mbuf.l2_len), static_cast<unsigned>(mbuf.l3_len));
    EXPECT_EQ(mbuf.ol_flags & RTE_MBUF_F_TX_L4_MASK, RTE_MBUF_F_TX_TCP_CKSUM);
    EXPECT_EQ(rte_validate_tx_offload(&mbuf), 0);
    EXPECT_EQ(mbuf.pkt_len, mbuf.l2_len + mbuf.l3_len + mbuf.l4_len);
    const auto* ip = rte_pktmbuf_mtod_offset(&mbuf, const std::uint8_t*, mbuf.l2_len);
    EXPECT_EQ(ip[0] >> 4, mbuf.l3_len == 20 ? 4 : 6);
    return true;
  };
  EXPECT_EQ(port.test(30), "");
  EXPECT_EQ(shown.size(), 10u);
  shown.clear();
  EXPECT_EQ(port.test(22), "");
  EXPECT_EQ(shown, (std::set<std::pair<unsigned, unsigned>>{
                       {14, 20}, {14, 40}, {18, 20}, {18, 40}, {22, 20}, {22, 40}}));
  EXPECT_TRUE(port.drain().empty());
}

TEST(ChecksumSelfTest, SaysWhatTheDriverRefuses) {
  ListeningPort port;
  ListeningPort::look = [](rte_mbuf& mbuf) {
    rte_errno = ENOTSUP;
    return mbuf.l2_len < 26;
  };
  EXPECT_EQ(port.test(22), "");
  EXPECT_EQ(port.test(30).find("refuses TCP behind 26 octets of headers ("), 0u);
}

TEST(ChecksumSelfTest, ADriverThatWritesOtherOffsetsIsNotTrusted) {
  ListeningPort port;
  ListeningPort::look = [](rte_mbuf& mbuf) {
    if (mbuf.l2_len > 18) mbuf.l2_len = 14;
    return true;
  };
  EXPECT_EQ(port.test(18), "");
  EXPECT_EQ(port.test(22), "does not keep to the offsets of TCP behind 22 octets of headers");
}

}  // namespace
}  // namespace narrows::test
