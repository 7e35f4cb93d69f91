// SPDX-License-Identifier: BSD-3-Clause
/// A worker to which nothing comes, on a thread of its own: what wakes it, and that nobody waits for it.
#include "narrows/worker/idle.h"

#include <gtest/gtest.h>
#include <rte_dev.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <thread>

#include "narrows/worker/worker.h"
#include "rings.h"

namespace narrows::test {
namespace {

using namespace std::chrono_literals;
using worker::IdleMethod;

/// Until `condition` holds; false when it does not in a time that no machine needs.
template <typename Condition>
bool await(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

/// A port with receive interrupts: those of a vhost port to which nobody is connected. Its frames come from a
/// ring of the test's and go to another, its interrupts come when the test says so.
class InterruptPort {
 public:
  explicit InterruptPort(const std::string& name)
      : socket_(std::filesystem::temp_directory_path() / (name + "-" + std::to_string(getpid()))),
        in_(rte_ring_create((name + "_in").c_str(), 1024, 0, 0)),
        out_(rte_ring_create((name + "_out").c_str(), 1024, 0, 0)) {
    if (in_ == nullptr || out_ == nullptr ||
        rte_dev_probe((name + ",queues=1,iface=" + socket_.string()).c_str()) != 0 ||
        rte_eth_dev_get_port_by_name(name.c_str(), &id_) != 0)
      std::abort();
  }
  ~InterruptPort() {
    drain();
    rte_ring_free(in_);
    rte_ring_free(out_);
    ::close(interrupt_);
    std::filesystem::remove(socket_);
  }
  InterruptPort(const InterruptPort&) = delete;
  InterruptPort& operator=(const InterruptPort&) = delete;

  [[nodiscard]] std::uint16_t id() const { return id_; }
  /// Once the port is started.
  void put_in_charge() {
    auto& operations = rte_eth_fp_ops[id_];
    operations.rx_pkt_burst = [](void* ring, rte_mbuf** mbufs, std::uint16_t size) {
      return static_cast<std::uint16_t>(rte_ring_dequeue_burst(
          static_cast<rte_ring*>(ring), reinterpret_cast<void**>(mbufs), size, nullptr));
    };
    operations.tx_pkt_burst = [](void* ring, rte_mbuf** mbufs, std::uint16_t size) {
      return static_cast<std::uint16_t>(rte_ring_enqueue_burst(
          static_cast<rte_ring*>(ring), reinterpret_cast<void* const*>(mbufs), size, nullptr));
    };
    operations.rxq.data = &receive_queue_;
    operations.txq.data = &transmit_queue_;
    // The driver's descriptor is an epoll of the other end's; the test's takes its place.
    epoll_event event{.events = EPOLLIN, .data = {}};
    if (epoll_ctl(rte_eth_dev_rx_intr_ctl_q_get_fd(id_, 0), EPOLL_CTL_ADD, interrupt_, &event) != 0)
      std::abort();
  }
  void feed(const Octets& frame) const {
    if (rte_ring_enqueue(in_, make_mbuf(frame)) != 0) std::abort();
  }
  void interrupt() const {
    const std::uint64_t one = 1;
    if (::write(interrupt_, &one, sizeof one) != sizeof one) std::abort();
  }
  std::vector<Octets> drain() { return RingPort::drain_ring(out_); }

 private:
  std::filesystem::path socket_;
  rte_ring* in_;
  rte_ring* out_;
  void* receive_queue_ = in_;
  void* transmit_queue_ = out_;
  int interrupt_ = eventfd(0, EFD_CLOEXEC);
  std::uint16_t id_ = 0;
};

const Octets kAckPacket = ipv4(tcp(kAck));
const Octets kLcp = ethernet(kWanMac, kAcMac, 0x8864, pppoe(0x1234, 0xc021, Octets(8)));

/// A worker that runs, between two ports of either kind.
template <typename End>
class RunningWorker {
 public:
  RunningWorker(End& lan, End& wan, port::Port& lan_port, port::Port& wan_port, IdleMethod idle,
                std::chrono::milliseconds longest_wait = 24h)
      : lan_(lan), wan_(wan) {
    peers_.learn(0, wire::to_integer(mac(kPeerMac)));
    worker::WorkerSettings settings;
    settings.ports = {&lan_port, &wan_port};
    settings.sessions = &sessions_;
    settings.lan_peers = &peers_;
    settings.idle = idle;
    settings.longest_wait = longest_wait;
    worker_.emplace(settings);
    lcore_ = std::thread([this] {
      worker_->run();
      ended_ = true;
    });
  }
  ~RunningWorker() {
    worker_->stop();
    if (!await([this] { return ended_.load(); }))
      std::abort();  // no other way to end a thread that sleeps on
    lcore_.join();
    worker_.reset();
    lan_.drain();
    wan_.drain();
    EXPECT_EQ(rte_mempool_in_use_count(test_pool()), 0u);
  }
  RunningWorker(const RunningWorker&) = delete;
  RunningWorker& operator=(const RunningWorker&) = delete;

  worker::Worker* operator->() { return &*worker_; }
  [[nodiscard]] std::uint64_t sleeps() const { return worker_->counters().sleeps.value(); }
  /// It has gone to sleep once more.
  [[nodiscard]] bool sleeps_again() {
    const std::uint64_t before = sleeps();
    return await([&] { return sleeps() > before; });
  }
  [[nodiscard]] bool forwarded(std::uint64_t frames) {
    return await([&] { return worker_->counters().direction[0].forwarded.value() == frames; });
  }
  [[nodiscard]] bool originated(std::uint64_t frames) {
    return await([&] { return worker_->counters().originated[index_of(Side::wan)].value() == frames; });
  }
  void inject() {
    ASSERT_EQ(rte_ring_enqueue(worker_->inject_ring(Side::wan), make_mbuf(kLcp)), 0);
    worker_->wake();
  }
  /// Whether a table that is replaced now is freed without the worker's doing anything.
  [[nodiscard]] bool lets_go_of_sessions() {
    sessions_.publish(std::make_unique<session::SessionTable>(std::vector{plain_session()}));
    return sessions_.retired() == 0;
  }
  [[nodiscard]] std::size_t retired() {
    sessions_.reclaim();
    return sessions_.retired();
  }

 private:
  End& lan_;
  End& wan_;
  worker::SessionSnapshots sessions_{std::make_unique<session::SessionTable>(std::vector{plain_session()}),
                                     1};
  session::LanPeers peers_{1};
  std::optional<worker::Worker> worker_;
  std::thread lcore_;
  std::atomic<bool> ended_{false};
};

class IdleTest : public testing::Test {
 protected:
  RingPort lan;
  RingPort wan;
  port::Port lan_port{lan.id(), settings_of(Side::lan, kLanMac), test_pool()};
  port::Port wan_port{wan.id(), settings_of(Side::wan, kWanMac), test_pool()};
};

TEST_F(IdleTest, FramesOutOfSilenceAreForwarded) {
  constexpr std::uint64_t kRounds = 200;
  RunningWorker worker(lan, wan, lan_port, wan_port, IdleMethod::sleep);
  for (std::uint64_t round = 1; round <= kRounds; ++round) {
    ASSERT_TRUE(worker.sleeps_again());
    lan.feed(from_lan(kAckPacket));
    ASSERT_TRUE(worker.forwarded(round));
  }
  EXPECT_EQ(wan.drain(), std::vector<Octets>(kRounds, padded(to_wan(kAckPacket))));
  EXPECT_GT(worker->counters().asleep_ticks.value(), 0u);
}

TEST_F(IdleTest, FramesOfTheControlThreadAndItsSessionsDoNotWaitForThoseOfThePorts) {
  RunningWorker worker(lan, wan, lan_port, wan_port, IdleMethod::sleep);
  for (std::uint64_t round = 1; round <= 50; ++round) {
    ASSERT_TRUE(worker.sleeps_again());
    worker.inject();
    ASSERT_TRUE(worker.originated(round));
    static_cast<void>(worker.lets_go_of_sessions());
    ASSERT_TRUE(await([&] { return worker.retired() == 0; }));
  }
}

TEST_F(IdleTest, WhoSpinsOrPausesNeverSleeps) {
  for (const auto method : {IdleMethod::spin, IdleMethod::pause}) {
    RunningWorker worker(lan, wan, lan_port, wan_port, method);
    const auto start = std::chrono::steady_clock::now();
    ASSERT_TRUE(await([&] { return std::chrono::steady_clock::now() - start > 4 * worker::kStayAwake; }));
    ASSERT_TRUE(await([&] { return worker->counters().polls.value() > 1000; }));
    EXPECT_EQ(worker.sleeps(), 0u);
  }
}

port::PortSettings with_interrupts(Side side, const Octets& address) {
  auto settings = settings_of(side, address);
  settings.receive_interrupts = true;
  return settings;
}

/// Here a worker that nothing wakes sleeps for a day: what it does, it does because it was woken.
class InterruptTest : public testing::Test {
 protected:
  InterruptTest() {
    lan.put_in_charge();
    wan.put_in_charge();
  }
  static std::string name(std::string_view side) {
    static int made = 0;
    return "net_vhost_idle_" + std::string(side) + std::to_string(made++);
  }
  InterruptPort lan{name("lan")};
  InterruptPort wan{name("wan")};
  port::Port lan_port{lan.id(), with_interrupts(Side::lan, kLanMac), test_pool()};
  port::Port wan_port{wan.id(), with_interrupts(Side::wan, kWanMac), test_pool()};
};

TEST_F(InterruptTest, PortsSayWhatTheyHave) {
  EXPECT_TRUE(lan_port.has_receive_interrupts());
  EXPECT_FALSE(lan_port.offers_monitor()) << "nobody is connected";
  RingPort ring;
  const port::Port without(ring.id(), with_interrupts(Side::lan, kLanMac), test_pool());
  EXPECT_FALSE(without.has_receive_interrupts());
  RingPort other;
  const port::Port unasked(other.id(), settings_of(Side::lan, kLanMac), test_pool());
  EXPECT_FALSE(unasked.has_receive_interrupts());
}

/// As long as nobody is connected, there is no place in memory to watch: the worker sleeps.
TEST_F(InterruptTest, WhatCannotBeWatchedYetIsSleptOn) {
  RunningWorker worker(lan, wan, lan_port, wan_port, IdleMethod::monitor);
  ASSERT_TRUE(worker.sleeps_again());
  lan.feed(from_lan(kAckPacket));
  EXPECT_TRUE(worker.forwarded(1));
}

TEST_F(InterruptTest, EndsTheWait) {
  constexpr std::uint64_t kRounds = 200;
  RunningWorker worker(lan, wan, lan_port, wan_port, IdleMethod::interrupt);
  for (std::uint64_t round = 1; round <= kRounds; ++round) {
    ASSERT_TRUE(await([&] { return worker.sleeps() == round; })) << "once for each frame";
    lan.feed(from_lan(kAckPacket));
    lan.interrupt();
    ASSERT_TRUE(worker.forwarded(round));
  }
  EXPECT_EQ(wan.drain(), std::vector<Octets>(kRounds, padded(to_wan(kAckPacket))));
}

TEST_F(InterruptTest, TheControlThreadEndsItToo) {
  RunningWorker worker(lan, wan, lan_port, wan_port, IdleMethod::interrupt);
  for (std::uint64_t round = 1; round <= 50; ++round) {
    ASSERT_TRUE(await([&] { return worker.sleeps() == round; }));
    worker.inject();
    ASSERT_TRUE(worker.originated(round));
  }
  // And so does its stop flag, with which the test ends.
  ASSERT_TRUE(await([&] { return worker.sleeps() == 51; }));
}

TEST_F(InterruptTest, WhileItLastsNobodyWaitsForTheWorker) {
  RunningWorker worker(lan, wan, lan_port, wan_port, IdleMethod::interrupt);
  ASSERT_TRUE(await([&] { return worker.sleeps() == 1; }));
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(worker.lets_go_of_sessions());
  EXPECT_EQ(worker.sleeps(), 1u);
  lan.feed(from_lan(kAckPacket));
  wan.interrupt();  // whichever port's
  EXPECT_TRUE(worker.forwarded(1));
}

/// It may come before the driver has heard of the frame: it is not waited for another one at once.
TEST_F(InterruptTest, OneThatBringsNothingIsFollowedByNaps) {
  RunningWorker worker(lan, wan, lan_port, wan_port, IdleMethod::interrupt);
  ASSERT_TRUE(await([&] { return worker.sleeps() == 1; }));
  std::uint64_t interrupts = 0;
  EXPECT_TRUE(await([&] {
    ++interrupts;
    lan.interrupt();
    return worker.sleeps_again() && worker.sleeps() > 1 + interrupts;  // never, if each ends one wait
  }));
}

TEST_F(InterruptTest, OneThatIsLostDelaysByABoundedTime) {
  RunningWorker worker(lan, wan, lan_port, wan_port, IdleMethod::interrupt, 5ms);
  ASSERT_TRUE(worker.sleeps_again());
  lan.feed(from_lan(kAckPacket));
  EXPECT_TRUE(worker.forwarded(1));
}

}  // namespace
}  // namespace narrows::test
