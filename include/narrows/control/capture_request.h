// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "narrows/wire/direction.h"
#include "narrows/worker/capture_ring.h"

namespace narrows::control {

/// What a user wants to see of the frames.
struct CaptureRequest {
  static constexpr std::uint32_t kMostSnapOctets = 262144;

  worker::ByCapturePoint<bool> points{};
  std::string filter;                ///< pcap-filter(7); empty: all
  std::uint64_t frames = 0;          ///< after so many it ends; 0: it goes on
  std::chrono::seconds duration{0};  ///< after so long; 0: it goes on
  std::uint32_t snap_octets = kMostSnapOctets;
};

/// Parameters by their names; nothing: not given.
using CaptureParameters = std::function<std::optional<std::string>(const char*)>;

/// What there is to a capture that somebody asked for.
struct CaptureOffer {
  enum class Status : std::uint8_t { accepted, mistaken, refused };
  Status status = Status::accepted;  ///< mistaken: nothing like that can be captured; refused: not now
  std::string problem;               ///< one line; empty: it may begin
  std::function<void(int)> begin;    ///< takes a connected socket over, to close it at the end
};

/// Reads the parameters port, point, filter, count, duration and snaplen.
/// @param ports      what the ports are called, by side.
/// @return or one line that says what is wrong with one of them.
[[nodiscard]] std::variant<CaptureRequest, std::string> parse_capture_request(
    const CaptureParameters& parameter, const std::array<std::string_view, kSides>& ports);

}  // namespace narrows::control
