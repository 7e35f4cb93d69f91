// SPDX-License-Identifier: BSD-3-Clause
/// What a capture's rings hold, in words.
#pragma once

#include <string>
#include <vector>

#include "narrows/worker/captures.h"
#include "packets.h"

namespace narrows::test {

inline constexpr worker::ByCapturePoint<bool> kEverywhere{{{true, true}, {true, true}}};
inline constexpr std::size_t kRingOctets = 1 << 16;

/// A frame as a capture has it.
struct Captured {
  std::string what;  ///< "lan received: dropped bad_ip"
  Octets octets;
  std::uint32_t frame_octets = 0;
};

inline std::string words_of(const worker::CaptureRecord& record) {
  const auto fate = [&]() -> std::string {
    switch (record.fate) {
      case worker::CaptureFate::forwarded:
        return "forwarded";
      case worker::CaptureFate::fragmented:
        return "in " + std::to_string(record.fragments) + " fragments";
      case worker::CaptureFate::punted:
        return "punted";
      case worker::CaptureFate::dropped:
        return "dropped " + std::string(stats::kDropReasonTexts[index_of(record.reason)].name);
      case worker::CaptureFate::sent:
        return record.fragment ? "fragment" : "whole";
      case worker::CaptureFate::originated:
        return "originated";
      default:
        return "not to be seen";
    }
  }();
  const bool is_received = record.place == worker::CapturePlace::received;
  return std::string(kSideNames[index_of(record.side)]) + (is_received ? " received: " : " sent: ") + fate;
}

/// Takes all out, worker by worker.
inline std::vector<Captured> take_all(const worker::Capture& capture) {
  std::vector<Captured> taken;
  for (std::uint16_t worker = 0; worker < capture.workers(); ++worker)
    while (const auto* record = capture.ring(worker).front()) {
      const auto octets = record->octets();
      taken.push_back({words_of(*record), {octets.begin(), octets.end()}, record->frame_octets});
      capture.ring(worker).pop();
    }
  return taken;
}

inline std::vector<std::string> words_of(const std::vector<Captured>& frames) {
  std::vector<std::string> words;
  for (const auto& frame : frames) words.push_back(frame.what);
  return words;
}

inline std::uint64_t lost(const worker::Capture& capture) {
  std::uint64_t all = 0;
  for (std::uint16_t worker = 0; worker < capture.workers(); ++worker)
    for (const auto side : {Side::lan, Side::wan})
      for (const auto place : {worker::CapturePlace::received, worker::CapturePlace::sent})
        all += capture.ring(worker).lost(side, place);
  return all;
}

}  // namespace narrows::test
