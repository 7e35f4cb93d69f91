// SPDX-License-Identifier: BSD-3-Clause
/// The data path: frames from the LAN on their way to the WAN, terminated here or at a concentrator.
#include "pipeline.h"

namespace narrows::fuzz {

void run(Input input) {
  static const auto kPaths = paths_where([](const test::Setting& setting) {
    return setting.direction == Direction::lan_to_wan && setting.mode != config::Mode::transparent;
  });
  run(kPaths, std::move(input));
}

}  // namespace narrows::fuzz
