// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <rte_version.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "narrows/app/bench_command.h"
#include "narrows/app/capture_command.h"
#include "narrows/app/check.h"
#include "narrows/app/explain.h"
#include "narrows/app/replay.h"
#include "narrows/app/run.h"
#include "narrows/app/setup.h"
#include "narrows/app/status_command.h"
#include "narrows/simd/level.h"

namespace {

using namespace narrows;

constexpr const char* kFooter =
    "A configuration is a YAML file; docs/configuration.md and conf/ show what it can say.";

constexpr const char* kEalFooter =
    "What follows \"--\" goes to DPDK's EAL; nothing there is needed in normal use.";

void print_version() {
  fmt::print("narrows {}\n{}\nvector level: {}\n", NARROWS_VERSION, rte_version(),
             simd::name_of(simd::levels().back()));
}

/// CLI11 hands what is behind "--" to the program instead of to its subcommand, so it is taken off before.
std::vector<std::string> take_eal_arguments(int& argc, char** argv) {
  char** const end = argv + argc;
  char** const mark = std::find(argv, end, std::string_view("--"));
  if (mark == end) return {};
  argc = static_cast<int>(mark - argv);
  return {mark + 1, end};
}

/// With what was written without "--", which is as good.
std::vector<std::string> eal_arguments(const CLI::App& command, const std::vector<std::string>& taken) {
  auto arguments = command.remaining();
  arguments.insert(arguments.end(), taken.begin(), taken.end());
  return arguments;
}

CLI::Option* add_config(CLI::App& command, std::string& path) {
  return command.add_option("-c,--config", path, "configuration file (YAML)")->required()->type_name("FILE");
}

void add_setup_options(CLI::App& command, app::SetupOptions& options) {
  command.add_flag("--dry-run", options.dry_run, "only print what would be done");
  auto* undo = command.add_flag("--undo", options.undo, "take back what an earlier setup did");
  command.add_flag("--force", options.force,
                   "take a card that carries the default route or an SSH session too");
  command.add_flag("--noiommu", options.no_iommu,
                   "use cards without an IOMMU: they can then write to all memory");
  command.add_flag("--boot", options.boot, "only what does not last: for the service narrows-setup@NAME")
      ->excludes(undo);
  command.add_option("--root", options.root, "the directory that stands for /: an image")->type_name("DIR");
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app{"Narrows: PPPoE and MSS clamping in line, at line rate", "narrows"};
  app.require_subcommand(1);
  app.footer(kFooter);

  const auto eal = take_eal_arguments(argc, argv);
  std::string config;
  bool verbose = false;
  int status = 0;

  auto* run = app.add_subcommand("run", "forward until SIGINT or SIGTERM, then print the final counts");
  add_config(*run, config);
  run->add_flag("-v,--verbose", verbose, "show all that DPDK says");
  run->allow_extras()->prefix_command(false);
  run->footer(kEalFooter);
  run->callback(
      [&] { status = app::run_command(config, app::LoadPurpose::run, eal_arguments(*run, eal), verbose); });

  auto* ac = app.add_subcommand(
      "ac", "be the other end of the line, for a lab: a small PPPoE concentrator, until SIGINT or SIGTERM");
  add_config(*ac, config);
  ac->add_flag("-v,--verbose", verbose, "show all that DPDK says");
  ac->allow_extras()->prefix_command(false);
  ac->footer(kEalFooter);
  ac->callback([&] {
    status = app::run_command(config, app::LoadPurpose::concentrate, eal_arguments(*ac, eal), verbose);
  });

  auto* check = app.add_subcommand("check", "validate a configuration and print what `run` or `ac` would do");
  add_config(*check, config);
  check->callback([&] { status = app::check_command(config, std::cout, std::cerr); });

  app::ReplayFiles files;
  auto* replay =
      app.add_subcommand("replay", "send captured frames through the pipeline of `run`; needs no root");
  add_config(*replay, files.config);
  replay->add_option("--lan", files.lan, "frames received by the LAN port (pcap or pcapng)")
      ->type_name("FILE");
  replay->add_option("--wan", files.wan, "frames received by the WAN port")->type_name("FILE");
  replay
      ->add_option("--lan-out", files.lan_out,
                   "where to write frames the LAN port sends (NAME.pcapng: pcapng)")
      ->type_name("FILE");
  replay->add_option("--wan-out", files.wan_out, "where to write frames the WAN port sends")
      ->type_name("FILE");
  replay->add_option("--stats", files.stats, "where to write the counts, as JSON")->type_name("FILE");
  replay->add_flag("-v,--verbose", verbose, "show all that DPDK says");
  replay->footer(kEalFooter);
  replay->callback([&] { status = app::replay_command(files, eal, verbose); });

  app::ExplainOptions explain_options;
  auto* explain =
      app.add_subcommand("explain", "say of each captured frame what `run` does with it, and why");
  app::add_explain_options(*explain, explain_options);
  explain->callback([&] { status = app::explain_command(explain_options); });

  app::SetupOptions setup_options;
  auto* setup = app.add_subcommand(
      "setup", "bind the network cards of a configuration, reserve hugepages, for now and for every start");
  add_config(*setup, setup_options.config);
  add_setup_options(*setup, setup_options);
  setup->callback([&] { status = app::setup_command(setup_options, std::cout, std::cerr); });

  auto* bench = app.add_subcommand(
      "bench", "measure what a packet costs on this machine; needs no network card and no root");
  const auto bench_options = app::add_bench_options(*bench);
  bench->callback([&] { status = app::bench_command(*bench_options); });

  app::add_status_commands(app, status);
  app::add_capture_command(app, status);

  app.add_subcommand("version", "print the versions of Narrows and DPDK, and the CPU vector level in use")
      ->callback(print_version);

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "narrows: {}; see narrows --help\n", error.what());
    return 2;
  }
  return status;
} catch (const std::exception& error) {
  fmt::print(stderr, "narrows: {}\n", error.what());
  return 1;
}
