// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace narrows::control {

/// How much a line of the log matters; the values are those of sd-daemon(3).
enum class LogLevel : std::uint8_t { error = 3, warning = 4, notice = 5, info = 6 };

[[nodiscard]] constexpr std::string_view name_of(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::error:
      return "error";
    case LogLevel::warning:
      return "warning";
    case LogLevel::notice:
      return "notice";
    case LogLevel::info:
      break;
  }
  return "info";
}

/// What can be told, in the log and by `/api/v1/events`. Rows of kEventRows, same order. Names are for
/// programs too: they stay as they are, docs/troubleshooting.md explains each.
enum class EventKind : std::uint8_t {
  started,
  stopping,
  failed,
  stalled,
  config_error,
  config_warning,
  reloaded,
  reload_refused,
  link_up,
  link_down,
  session_up,
  session_down,
  session_failed,
  session_redialled,
  session_dropped,
  sessions_left_open,
  state_unsaved,
  super_frames,
  too_long,
  ports_narrow,
  port_opened,
  spread,
  idle,
  placement,
  no_hugepages,
  statistics,
  no_control_socket,
  capture,
  buffers_missing,
  dpdk,
  kCount
};
inline constexpr std::size_t kEventKinds = static_cast<std::size_t>(EventKind::kCount);

struct EventRow {
  std::string_view name;
  LogLevel level;
  std::string_view about;
};

inline constexpr std::array<EventRow, kEventKinds> kEventRows{{
    {"started", LogLevel::notice, "it forwards"},
    {"stopping", LogLevel::notice, "it was asked to stop"},
    {"failed", LogLevel::error, "it cannot start, or go on"},
    {"stalled", LogLevel::error, "a thread makes no progress, so it ends itself"},
    {"config_error", LogLevel::error, "a mistake in the configuration"},
    {"config_warning", LogLevel::warning, "something in the configuration that may not be meant"},
    {"reloaded", LogLevel::notice, "another configuration is in effect"},
    {"reload_refused", LogLevel::error, "the old configuration stays in effect"},
    {"link_up", LogLevel::notice, "a port's link is back"},
    {"link_down", LogLevel::warning, "a port has no link"},
    {"session_up", LogLevel::notice, "a session carries packets"},
    {"session_down", LogLevel::warning, "a session that was up is not"},
    {"session_failed", LogLevel::warning, "a session did not come up"},
    {"session_redialled", LogLevel::notice, "somebody asked for it"},
    {"session_dropped", LogLevel::notice, "somebody asked for it"},
    {"sessions_left_open", LogLevel::notice, "the last run ended without hanging up"},
    {"state_unsaved", LogLevel::warning, "the list of open sessions cannot be kept"},
    {"super_frames", LogLevel::warning, "segmentation offload at the other end of a virtual interface"},
    {"too_long", LogLevel::info, "who was sent packets that the line cannot carry"},
    {"ports_narrow", LogLevel::warning, "the ports' MTU is lower than that of a session that passes"},
    {"port_opened", LogLevel::info, "a port, its driver, MAC and MTU, and who computes its TCP checksums"},
    {"spread", LogLevel::info, "who gives a port's frames to several workers"},
    {"idle", LogLevel::info, "what workers do while nothing comes"},
    {"placement", LogLevel::warning, "threads are on CPUs that are not the best"},
    {"no_hugepages", LogLevel::warning, "memory is in small pages, which costs throughput"},
    {"statistics", LogLevel::info, "where the statistics are"},
    {"no_control_socket", LogLevel::warning, "narrows status and narrows reload do not reach it"},
    {"capture", LogLevel::notice, "somebody begins to look at frames, or has ended"},
    {"buffers_missing", LogLevel::warning, "packet buffers that did not come back"},
    {"dpdk", LogLevel::warning, "what DPDK says"},
}};

[[nodiscard]] constexpr const EventRow& row_of(EventKind kind) noexcept {
  return kEventRows[static_cast<std::size_t>(kind)];
}

}  // namespace narrows::control
