// SPDX-License-Identifier: BSD-3-Clause
/// lab_generator EAL-OPTIONS -- OPTIONS: reads trials from standard input, a JSON object a line, and answers
/// each with one on standard output (trial.h; `{"error": …}` for what is none). Ends with its input.
#include <fmt/format.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <sched.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "narrows/bench/quiet.h"
#include "ports.h"
#include "traffic.h"

namespace {

using namespace narrows;
using namespace narrows::lab;

/// The most additions a TSC clock that a CPU managed in a few turns, by a thread that borrows it for some 100
/// µs: no traffic is under way. 0 where it may not run there.
double adds_per_clock_on(int cpu) {
  double most = 0;
  std::thread([&] {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<unsigned>(cpu), &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0) return;
    for (int i = 0; i < 10; ++i) most = std::max(most, bench::adds_per_clock());
  }).join();
  return most;
}

struct Options {
  Wiring wiring;
  int device_cpu = -1;
};

Mac parse_mac(const std::string& text) {
  Mac mac{};
  unsigned octets[6];
  if (std::sscanf(text.c_str(), "%2x:%2x:%2x:%2x:%2x:%2x", &octets[0], &octets[1], &octets[2], &octets[3],
                  &octets[4], &octets[5]) != 6)
    throw CLI::ValidationError("MAC address", text);
  std::ranges::transform(octets, mac.begin(),
                         [](unsigned octet) { return static_cast<std::uint8_t>(octet); });
  return mac;
}

Options parse_options(int argc, char** argv) {
  Options options;
  CLI::App app{"Traffic for a device under test; see docs/lab.md", "lab_generator EAL-OPTIONS --"};
  const std::map<std::string, Headers> headers{{"ip", Headers::ip}, {"pppoe", Headers::pppoe}};
  std::string lan_mac;
  std::string wan_mac;
  app.add_option("--lan-headers", options.wiring.headers[0], "ip or pppoe: what the LAN side sends")
      ->transform(CLI::CheckedTransformer(headers));
  app.add_option("--wan-headers", options.wiring.headers[1], "the same of the WAN side")
      ->transform(CLI::CheckedTransformer(headers));
  app.add_option("--lan-mac", lan_mac, "MAC address of the device's LAN port");
  app.add_option("--wan-mac", wan_mac, "MAC address of the device's WAN port");
  app.add_option("--device-cpu", options.device_cpu, "measure how busy this CPU's neighbour is, too");
  app.parse(argc, argv);
  if (!lan_mac.empty()) options.wiring.device_mac[0] = parse_mac(lan_mac);
  if (!wan_mac.empty()) options.wiring.device_mac[1] = parse_mac(wan_mac);
  return options;
}

nlohmann::json answer(const std::string& line, std::uint16_t number, const Options& options,
                      rte_mempool* pool) {
  try {
    const Trial trial = parse_trial(line);
    const double own = bench::adds_per_clock();
    const double device = options.device_cpu >= 0 ? adds_per_clock_on(options.device_cpu) : 0;
    auto json =
        to_json(run_trial(trial, number, options.wiring, pool), static_cast<double>(rte_get_tsc_hz()));
    json["adds_per_clock"] = {{"generator", own}, {"device", device}};
    return json;
  } catch (const std::exception& error) {
    return {{"error", error.what()}};
  }
}

}  // namespace

int main(int argc, char** argv) try {
  constexpr double kLinkSeconds = 10;
  const int eal_arguments = rte_eal_init(argc, argv);
  if (eal_arguments < 0) return 1;
  const Options options = parse_options(argc - eal_arguments, argv + eal_arguments);
  rte_mempool* pool = open_ports();
  wait_for_links(kLinkSeconds);
  std::cout << nlohmann::json{{"ready", true}, {"clock_hz", rte_get_tsc_hz()}} << std::endl;
  std::uint16_t number = 0;
  for (std::string line; std::getline(std::cin, line);)
    std::cout << answer(line, ++number, options, pool) << std::endl;
  close_ports();
  rte_eal_cleanup();
  return 0;
} catch (const CLI::ParseError& error) {
  fmt::print(stderr, "lab_generator: {}\n", error.what());
  return 1;
} catch (const std::exception& error) {
  fmt::print(stderr, "lab_generator: {}\n", error.what());
  return 1;
}
