// SPDX-License-Identifier: BSD-3-Clause
/// What dialled and served sessions have in common in log and statistics.
#pragma once

#include <string>
#include <string_view>

#include "narrows/control/time.h"
#include "narrows/ppp/link.h"
#include "narrows/session/session.h"
#include "narrows/stats/session_status.h"

namespace narrows::control {

/// "IPv4 and IPv6", "IPv4 only": of a session with at least one.
[[nodiscard]] std::string families_text(const session::SessionSpec& spec);

[[nodiscard]] double seconds(Time time);

/// What the other end said, with "***" where it repeats a secret of four octets or more.
[[nodiscard]] std::string without(std::string words, std::string_view secret);

/// As what a link's end counts.
[[nodiscard]] stats::SessionFailure failure_of(ppp::LinkEnd end) noexcept;

/// Fills in what a session's link says: state, MTU, families, addresses, echo.
/// @param own_address  whether `address` is this end's and not the other one's.
void describe_link(const ppp::Link& link, bool own_address, stats::SessionStatus& status);

}  // namespace narrows::control
