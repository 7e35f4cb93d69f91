// SPDX-License-Identifier: BSD-3-Clause
/// What a configuration's ports need of the process beyond what any user may do, whoever the user is.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "narrows/app/device.h"
#include "narrows/config/config.h"

namespace narrows::app {

/// Numbers of capabilities(7) as a set of bits, as the kernel has them.
using Capabilities = std::uint64_t;

/// What a virtual device asks for: af_packet CAP_NET_RAW and CAP_NET_ADMIN, af_xdp CAP_BPF besides, tap
/// CAP_NET_ADMIN, others nothing. A PCI device asks for its device file instead: missing_privileges().
[[nodiscard]] Capabilities capabilities_needed(const Device& device) noexcept;

/// "CAP_NET_ADMIN and CAP_NET_RAW".
[[nodiscard]] std::string names_of(Capabilities capabilities);

/// The effective capabilities of the calling thread.
[[nodiscard]] Capabilities effective_capabilities() noexcept;

/// What `held` is short of for the ports of `config`, one line; empty: nothing.
/// @param root where "/sys" and "/dev" are looked up, for PCI devices; read and write permission is that of
/// the
///             calling process.
[[nodiscard]] std::string missing_privileges(const config::Config& config, Capabilities held,
                                             const std::filesystem::path& root = "/");

}  // namespace narrows::app
