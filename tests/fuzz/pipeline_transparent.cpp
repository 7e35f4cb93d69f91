// SPDX-License-Identifier: BSD-3-Clause
/// The data path: frames that pass in either direction.
#include "pipeline.h"

namespace narrows::fuzz {

void run(Input input) {
  static const auto kPaths =
      paths_where([](const test::Setting& setting) { return setting.mode == config::Mode::transparent; });
  run(kPaths, std::move(input));
}

}  // namespace narrows::fuzz
