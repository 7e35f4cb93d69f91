// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/setup.h"

#include <fmt/ostream.h>

#include <algorithm>
#include <cstdlib>

#include "narrows/app/device.h"
#include "narrows/app/forwarder.h"
#include "narrows/app/interfaces_in_use.h"
#include "narrows/app/load_or_explain.h"
#include "narrows/app/setup_plan.h"

namespace narrows::app {
namespace {

SetupNeeds needs_of(const config::Config& config, const std::string& path) {
  const std::size_t workers = std::max<std::size_t>(config.workers.lcores.size(), 1);
  SetupNeeds needs{
      .name = std::filesystem::path(path).stem(), .pci = {}, .memory_mb = memory_needed_mb(config, workers)};
  for (const auto* port : {&config.lan, &config.wan}) {
    const auto device = parse_device(port->device, Side::lan).device;
    if (device && device->kind == Device::Kind::pci) needs.pci.push_back(device->name);
  }
  return needs;
}

}  // namespace

int setup_command(const SetupOptions& options, std::ostream& out, std::ostream& err) {
  const auto config = load_or_explain(options.config, LoadPurpose::check, err);
  if (!config) return 1;
  const SetupNeeds needs = needs_of(*config, options.config);
  const char* connection = std::getenv("SSH_CONNECTION");
  const SetupPlan plan =
      options.undo ? plan_undo(needs, options)
                   : plan_setup(needs, options,
                                interfaces_in_use(options.root, connection == nullptr ? "" : connection));
  for (const auto& error : plan.errors) fmt::print(err, "narrows: {}\n", error);
  if (!plan.errors.empty()) return 1;
  if (plan.steps.empty()) fmt::print(out, "nothing to change\n");
  for (const SetupStep& step : plan.steps) {
    fmt::print(out, "{}\n", describe(step));
    out.flush();
    if (options.dry_run) continue;
    if (const std::string problem = perform(step, options.root); !problem.empty()) {
      fmt::print(err, "narrows: {}; nothing after it was done: mend that and run setup again\n", problem);
      return 1;
    }
  }
  return 0;
}

}  // namespace narrows::app
