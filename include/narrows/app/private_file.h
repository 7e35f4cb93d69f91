// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "narrows/app/yaml_reader.h"

namespace narrows::app {

/// What a file with secrets holds, its path being the value of a key. Refused unless it is an ordinary file
/// that nobody but its owner can use. No message repeats anything of its contents.
/// @param what         "a file with the password": completes "the path of ".
/// @param most_octets  what is beyond is not read.
/// Nothing: reported.
[[nodiscard]] std::optional<std::string> read_private_file(const Field& field, std::string_view what,
                                                           std::size_t most_octets);

}  // namespace narrows::app
