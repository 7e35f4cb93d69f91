// SPDX-License-Identifier: BSD-3-Clause
/// Writes the seeds of tests/fuzz/corpus/: what the tests send, in the form that each target reads it. A
/// directory for each target; the same octets in every run.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "bursts.h"
#include "control/dhcp_fixture.h"
#include "narrows/app/capture_file.h"
#include "narrows/bench/syn_layouts.h"
#include "random.h"
#include "tunnels.h"

namespace narrows::fuzz {
namespace {

namespace fs = std::filesystem;
using test::Octets;
using test::operator+;

constexpr std::size_t kLongFrame = 300;  ///< longer ones teach no more, and take room

Octets list(const Octets& octets) {
  return Octets{static_cast<std::uint8_t>(octets.size())} + octets;
}
Octets long_list(const Octets& octets) {
  return test::be16(static_cast<unsigned>(octets.size())) + octets;
}
Octets text(std::string_view characters) {
  return {characters.begin(), characters.end()};
}
Octets contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class Corpus {
 public:
  explicit Corpus(fs::path directory) : directory_(std::move(directory)) {}
  void add(const std::string& target, const std::string& name, const Octets& octets) const {
    fs::create_directories(directory_ / target);
    std::ofstream file(directory_ / target / name, std::ios::binary);
    file.write(reinterpret_cast<const char*>(octets.data()), static_cast<std::streamsize>(octets.size()));
    if (!file) throw std::runtime_error("cannot write " + (directory_ / target / name).string());
  }

 private:
  fs::path directory_;
};

/// A frame octet by octet, as LevelPaths::run() takes it; the burst goes on or ends with it.
Octets raw_frame(const Octets& frame, bool last) {
  return Octets{0} + long_list(frame) + Octets{0, 0, static_cast<std::uint8_t>(last ? 0 : 1)};
}

std::string target_of(const test::Setting& setting) {
  if (setting.mode == config::Mode::transparent) return "pipeline_transparent";
  return setting.direction == Direction::lan_to_wan ? "pipeline_add" : "pipeline_strip";
}

void add_bursts(const Corpus& corpus) {
  std::map<std::string, std::uint8_t> settings;
  for (const test::Setting& setting : test::settings()) {
    const std::string target = target_of(setting);
    const std::uint8_t index = settings[target]++;
    test::Random random(index);
    for (const bool conditions : {false, true}) {
      Octets seed{index, static_cast<std::uint8_t>(conditions ? 7 : 0)};
      for (unsigned frames = 0; frames < 6;) {
        const Octets good = test::good_frame(setting, random);
        if (good.size() > kLongFrame && frames != 0) continue;
        ++frames;
        seed = seed + raw_frame(frames % 3 == 0 ? test::broken(good, random) : good, frames % 3 == 0);
      }
      corpus.add(target, "burst-" + std::to_string(index) + "-" + (conditions ? "b" : "a"), seed);
    }
    Octets seed{index, 0x04};
    for (const auto& tunnel : test::tunnels()) {
      const Octets inner = test::ipv4(test::tcp(test::kSyn, test::mss_option(1460)));
      if (seed.size() < 2000)
        seed = seed + raw_frame(test::frame_of(setting, tunnel.wrap(inner), random), true);
    }
    corpus.add(target, "tunnels-" + std::to_string(index), seed);
  }
}

void add_options(const Corpus& corpus) {
  Octets seed;
  unsigned count = 0;
  for (const auto& layout : bench::syn_layouts()) {
    if (seed.empty()) seed = test::be16(1412) + Octets{static_cast<std::uint8_t>(count / 8)};
    seed = seed + list({layout.view().begin(), layout.view().end()}) + list(Octets(count % 3));
    if (++count % 8 == 0)
      corpus.add("tcp_options", "syn-layouts-" + std::to_string(count / 8), std::exchange(seed, {}));
  }
}

void add_packets(const Corpus& corpus) {
  auto add = [&, count = 0](unsigned what, unsigned mtu, const Octets& packet) mutable {
    corpus.add("packets", "packet-" + std::to_string(count++),
               Octets{static_cast<std::uint8_t>(what)} + test::be16(mtu) + packet);
  };
  const Octets segment = test::tcp(test::kAck, {}, test::counting(20));
  for (const auto& tunnel : test::tunnels()) add(0, 1400, tunnel.wrap(test::ipv4(segment)));
  for (const std::uint8_t kind : {test::kHopByHop, test::kRouting, test::kDestinationOptions})
    add(0, 1400, test::ipv6(segment, kind, test::extension(test::kTcp, 1)));
  add(0, 1280,
      test::ipv6_raw(test::kFragmentHeader, test::fragment_header(test::kUdp, 0, true) + Octets(30)));
  add(0, 1280, test::ipv4(test::udp(test::counting(30)), {}, 0, test::kUdp));
  add(4, 576, test::ipv4(test::udp(test::counting(700)), {}, 0, test::kUdp));
  add(4, 576,
      test::ipv4(test::counting(1000), Octets{7, 7, 4, 0, 0, 0, 0, 1, 0x94, 4, 0, 0},
                 test::kMoreFragments | 9, 1));
  const Octets ip = test::ipv4(segment);
  add(9, 0, test::ethernet(test::kWanMac, test::kAcMac, 0x8864, test::pppoe(0x1234, 0x21, ip)));
  add(9, 0,
      test::ethernet(test::kWanMac, test::kAcMac, 0x8100,
                     test::tag(7, test::be16(0x86dd) + test::ipv6(segment))));
  add(9, 0, test::pppoe(0x1234, 0x57, test::ipv6(segment)));
  add(10, 0, Octets{0x11, 9, 0, 0, 0, 12, 1, 1, 0, 0, 1, 3, 0, 4, 1, 2, 3, 4});
  add(10, 0,
      control::dhcp_payload({.options = "350103 3604cb00710a 3204cb007109 3d0701020000000001 3703010306"}));
  add(10, 0, Octets{0, 1, 8, 0, 6, 4, 0, 1} + Octets(20));
}

void add_frames(const Corpus& corpus, const fs::path& source) {
  unsigned count = 0;
  for (const char* name : {"mru-1492-lan.pcap", "mru-1492-wan.pcap", "mru-1500-wan.pcap"}) {
    const fs::path path = source / "tests" / "data" / "handshakes" / name;
    corpus.add("files", name, Octets{1} + contents(path));
    app::CaptureReader reader(path);
    app::CapturedFrame frame;
    Octets learner;
    Octets transparent{static_cast<std::uint8_t>(count++ % 2), 0};
    while (reader.next(frame)) {
      if (frame.octets.size() > 255) continue;
      const Octets octets(frame.octets.begin(), frame.octets.end());
      const bool from_wan = path.string().find("-wan") != std::string::npos;
      learner = learner + Octets{static_cast<std::uint8_t>(from_wan ? 1 : 0), 0, 0} + list(octets);
      transparent = transparent + raw_frame(octets, true);
    }
    corpus.add("learner", name, learner);
    corpus.add("pipeline_transparent", name, transparent);
  }
}

void add_texts(const Corpus& corpus, const fs::path& source) {
  for (const auto& entry : fs::directory_iterator(source / "conf"))
    if (entry.path().extension() == ".yaml") {
      const std::uint8_t purpose = entry.path().stem() == "ac" ? 2 : 0;
      corpus.add("config", entry.path().stem(), Octets{purpose} + contents(entry.path()));
    }
  corpus.add("files", "state",
             Octets{0} + text(R"({"sessions":[{"ac_mac":"02:00:00:00:00:ac","id":4660,)"
                              R"("wan_mac":"02:00:00:00:00:02","wan_vlans":[100,7]}]})"));
  unsigned pages = 0;
  const auto ask = [&](std::uint8_t server, const std::string& name, const std::string& request) {
    corpus.add("http", name, Octets{server} + text(request));
  };
  for (const std::string path :
       {"", "metrics", "healthz", "api/v1/stats?sessions=off", "api/v1/sessions?offset=1&limit=2&state=up",
        "api/v1/events?since=0", "api/v1/config", "api/v1/health"})
    ask(0, "get-" + std::to_string(pages++),
        "GET /" + path + " HTTP/1.1\r\nHost: narrows\r\nAccept: application/openmetrics-text\r\n\r\n");
  ask(1, "token", "HEAD /metrics HTTP/1.1\r\nHost: 192.0.2.1:9480\r\nAuthorization: Bearer Sesame\r\n\r\n");
  ask(2, "redial", "POST /api/v1/sessions/isp/redial HTTP/1.1\r\nContent-Length: 0\r\n\r\n");
  ask(2, "reload", "POST /api/v1/reload HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
}

/// Targets whose inputs are decisions: any octets are some.
void add_decisions(const Corpus& corpus) {
  for (const std::string target : {"discovery", "ppp_link", "learner", "line", "neighbors"})
    for (unsigned seed = 0; seed < 4; ++seed)
      corpus.add(target, "decisions-" + std::to_string(seed), test::Random(seed).octets(400 + 200 * seed));
}

int run(const fs::path& directory) {
  const Corpus corpus(directory);
  const fs::path source = NARROWS_SOURCE_DIR;
  add_bursts(corpus);
  add_options(corpus);
  add_packets(corpus);
  add_frames(corpus, source);
  add_texts(corpus, source);
  add_decisions(corpus);
  return 0;
}

}  // namespace
}  // namespace narrows::fuzz

int main(int argc, char** argv) try {
  if (argc == 2) return narrows::fuzz::run(argv[1]);
  std::cerr << "usage: fuzz_seeds DIRECTORY\n";
  return 2;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
