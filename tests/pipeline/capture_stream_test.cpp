// SPDX-License-Identifier: BSD-3-Clause
/// From a worker's rings to what a client reads off its socket.
#include "narrows/control/capture_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rte_cycles.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <map>
#include <thread>

#include "capture_fixture.h"
#include "narrows/control/capture_server.h"
#include "narrows/worker/session_snapshots.h"
#include "sessions.h"

namespace narrows::test {
namespace {

using control::CaptureOffer;
using testing::HasSubstr;

template <typename Integer>
Integer load(std::string_view octets, std::size_t at) {
  Integer value;
  std::memcpy(&value, octets.data() + at, sizeof(value));
  return value;
}

/// Blocks of a pcapng file.
std::vector<std::string_view> blocks_of(std::string_view file) {
  std::vector<std::string_view> blocks;
  while (file.size() >= 12) {
    const auto length = load<std::uint32_t>(file, 4);
    if (length < 12 || length > file.size()) break;
    blocks.push_back(file.substr(0, length));
    file.remove_prefix(length);
  }
  EXPECT_EQ(file.size(), 0u) << "it ends with a block";
  return blocks;
}

class CaptureStreamTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets.data()), 0);
    server.emplace(control::CaptureSources{.captures = captures,
                                           .workers = 2,
                                           .devices = {"left", "right"},
                                           .program = "narrows test",
                                           .log = [this](const std::string& line) { note(line); }});
  }
  void TearDown() override {
    begun.reset();
    server.reset();
    ::close(sockets[1]);
    EXPECT_EQ(captures.current(), nullptr);
  }
  void note(const std::string& line) {
    const std::lock_guard lock(mutex);
    lines.push_back(line);
  }
  CaptureOffer offer(std::map<std::string, std::string> parameters = {}) {
    return server->offer([parameters](const char* key) {
      const auto found = parameters.find(key);
      return found == parameters.end() ? std::nullopt : std::optional(found->second);
    });
  }
  /// Takes the socket over, and waits until workers would see the capture.
  void begin(std::map<std::string, std::string> parameters = {}) {
    begun = offer(std::move(parameters));
    ASSERT_EQ(begun->problem, "");
    begun->begin(sockets[0]);
    const worker::Captures::Running* running = nullptr;
    while ((running = captures.current()) == nullptr) std::this_thread::yield();
    capture = running->front();
  }
  /// As a worker does it.
  void put(std::uint16_t worker, std::uint64_t ticks, worker::CaptureFate fate, Side side = Side::lan,
           std::uint32_t octets = 60) {
    worker::CaptureRing& ring = capture->ring(worker);
    worker::CaptureRecord* record = ring.add(octets);
    const bool is_received = fate <= worker::CaptureFate::dropped;
    const auto place = is_received ? worker::CapturePlace::received : worker::CapturePlace::sent;
    if (record == nullptr) return ring.count_lost(side, place);
    record->ticks = ticks;
    record->frame_octets = octets;
    record->side = side;
    record->place = place;
    record->fate = fate;
    record->reason = stats::DropReason::bad_ip;
    record->fragments = 3;
    record->fragment = record->checksum_by_port = false;
    ring.publish();
  }
  std::string read_to_end() {
    std::string text;
    std::array<char, 65536> octets;
    for (ssize_t got = 0; (got = ::recv(sockets[1], octets.data(), octets.size(), 0)) > 0;)
      text.append(octets.data(), static_cast<std::size_t>(got));
    return text;
  }
  /// The client has had enough: what it still gets.
  std::string end() {
    ::shutdown(sockets[1], SHUT_WR);
    return read_to_end();
  }

  worker::SessionSnapshots sessions{std::make_unique<session::SessionTable>(std::vector{plain_session()}), 2};
  worker::Captures captures{sessions.readers()};
  std::array<int, 2> sockets{};  ///< the stream's, which closes it, and the client's
  std::mutex mutex;
  std::vector<std::string> lines;
  std::optional<control::CaptureServer> server;
  std::optional<CaptureOffer> begun;   ///< keeps `capture` from going
  worker::Capture* capture = nullptr;  ///< the one that begin() began
};

TEST_F(CaptureStreamTest, WritesFramesInTheirOrderWithTheirFates) {
  begin({{"filter", "tcp"}});
  const std::uint64_t now = rte_rdtsc();
  put(1, now + 300, worker::CaptureFate::sent, Side::wan);
  put(0, now + 100, worker::CaptureFate::forwarded);
  put(0, now + 400, worker::CaptureFate::dropped);
  put(0, now + 500, worker::CaptureFate::fragmented);
  put(0, now + 600, worker::CaptureFate::punted);
  put(0, now + 700, worker::CaptureFate::originated);
  const std::string file = end();
  const auto blocks = blocks_of(file);
  ASSERT_EQ(blocks.size(), 1u + 4 + 6 + 4);
  EXPECT_THAT(std::string(blocks[0]), HasSubstr("narrows test"));
  EXPECT_THAT(std::string(blocks[1]), HasSubstr("lan in"));
  EXPECT_THAT(std::string(blocks[1]), HasSubstr("left"));
  EXPECT_THAT(std::string(blocks[4]), HasSubstr("wan out"));
  const std::vector<std::string> comments{
      "forwarded to wan",
      "from lan",
      "dropped: bad_ip (IP version, IHL or lengths disagree with the frame)",
      "forwarded to wan in 3 fragments",
      "punted to the control thread",
      "from the control thread"};
  std::vector<std::string> seen;
  for (std::size_t i = 5; i < 11; ++i) {
    EXPECT_EQ(load<std::uint32_t>(blocks[i], 0), control::PcapngBlocks::kPacketBlock);
    constexpr std::size_t kComment = 28 + 60 + 4;
    seen.emplace_back(blocks[i].substr(kComment, load<std::uint16_t>(blocks[i], kComment - 2)));
  }
  EXPECT_THAT(seen, testing::UnorderedElementsAreArray(comments));
  for (std::size_t i = 11; i < 15; ++i)
    EXPECT_EQ(load<std::uint32_t>(blocks[i], 0), control::PcapngBlocks::kStatisticsBlock);
  EXPECT_THAT(
      lines, testing::ElementsAre("capture begins: tcp", "capture ended: 6 frames, 0 lost by a full buffer"));
}

TEST_F(CaptureStreamTest, EndsAfterAsManyFramesAsWereAskedFor) {
  begin({{"count", "3"}});
  for (std::uint64_t i = 0; i < 5; ++i) put(0, i, worker::CaptureFate::forwarded);
  const std::string file = read_to_end();
  const auto blocks = blocks_of(file);
  EXPECT_EQ(std::ranges::count_if(blocks, [](auto block) { return load<std::uint32_t>(block, 0) == 6; }), 3);
}

TEST_F(CaptureStreamTest, EndsAfterItsTime) {
  begin({{"duration", "1"}});
  EXPECT_EQ(blocks_of(read_to_end()).size(), 1u + 4 + 4);
}

/// Who takes nothing loses what does not fit; the worker never waits.
TEST_F(CaptureStreamTest, ASlowReaderIsToldWhatItLost) {
  constexpr std::uint64_t kFrames = 40'000;
  begin({{"port", "lan"}, {"point", "before"}});
  for (std::uint64_t i = 0; i < kFrames; ++i) put(0, i, worker::CaptureFate::forwarded, Side::lan, 1500);
  const std::string file = end();
  const auto blocks = blocks_of(file);
  const auto frames = static_cast<std::uint64_t>(
      std::ranges::count_if(blocks, [](auto block) { return load<std::uint32_t>(block, 0) == 6; }));
  EXPECT_LT(frames, kFrames);
  const auto statistics = blocks.back();
  ASSERT_EQ(load<std::uint32_t>(statistics, 0), control::PcapngBlocks::kStatisticsBlock);
  EXPECT_EQ(load<std::uint64_t>(statistics, 24), kFrames) << "isb_ifrecv";
  EXPECT_EQ(load<std::uint64_t>(statistics, 36), kFrames - frames) << "isb_ifdrop";
}

TEST_F(CaptureStreamTest, AClientThatIsGoneLeavesItsPlace) {
  begin();
  ::close(sockets[1]);
  sockets[1] = -1;
  while (captures.current() != nullptr) std::this_thread::yield();
}

TEST_F(CaptureStreamTest, StoppingTheServerCompletesTheFile) {
  begin();
  put(0, 1, worker::CaptureFate::forwarded);
  std::thread stopper([this] { server->stop(); });
  EXPECT_EQ(blocks_of(read_to_end()).size(), 1u + 4 + 1 + 4);
  stopper.join();
}

TEST_F(CaptureStreamTest, PlacesAreKeptFromTheOfferOn) {
  std::optional first(offer());
  std::optional second(offer());
  EXPECT_EQ(first->status, CaptureOffer::Status::accepted);
  EXPECT_EQ(second->status, CaptureOffer::Status::accepted);
  const auto third = offer();
  EXPECT_EQ(third.status, CaptureOffer::Status::refused);
  EXPECT_EQ(third.problem, "2 captures run already: end one of them first");
  EXPECT_EQ(offer({{"filter", "tcp["}}).status, CaptureOffer::Status::mistaken) << "told all the same";
  second.reset();
  EXPECT_EQ(offer().status, CaptureOffer::Status::accepted);
  ::close(sockets[0]);  // nobody took it over
}

TEST_F(CaptureStreamTest, AFilterIsOneLineInTheLog) {
  begin({{"filter", "tcp or\nudp"}});
  static_cast<void>(end());
  EXPECT_EQ(lines.front(), "capture begins: tcp or udp");
}

}  // namespace
}  // namespace narrows::test
