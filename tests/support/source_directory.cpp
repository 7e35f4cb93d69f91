// SPDX-License-Identifier: BSD-3-Clause
#include "source_directory.h"

namespace narrows::test {

std::string source_directory() {
  return NARROWS_SOURCE_DIR;
}

}  // namespace narrows::test
