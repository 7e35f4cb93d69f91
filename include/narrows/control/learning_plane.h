// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "narrows/config/config.h"
#include "narrows/control/plane.h"
#include "narrows/control/session_learner.h"
#include "narrows/pipeline/learned_sessions.h"
#include "narrows/stats/learned_report.h"

namespace narrows::control {

/// Transparent mode where MTUs are learned: listens to copies of what passes, and sends nothing.
class LearningPlane final : public Plane {
 public:
  /// So many sessions are reported one by one, the last changed first.
  static constexpr std::size_t kMostReported = 1000;

  /// All outlive the object.
  LearningPlane(const config::Config& config, pipeline::LearnedSessions& learned, Log log);

  void poll(Time now) override;
  void stop(Time /*now*/) override {}
  [[nodiscard]] bool stopped() const noexcept override { return true; }
  [[nodiscard]] const std::array<stats::Counter, stats::kSessionFailures>& failures()
      const noexcept override {
    return failures_;
  }
  [[nodiscard]] std::optional<stats::LearnedReport> learned() const override;

 private:
  void handle_frame(Side from, std::size_t session, const wire::EthernetView& view,
                    std::span<const std::uint8_t> frame, Time now) override;
  void tick_sessions(Time /*now*/, const Traffic& /*traffic*/) override {}
  /// There is none: no session is Narrows' own.
  void handle_lost(std::size_t /*session*/, const Undeliverable& /*lost*/, Time /*now*/) override {}
  void publish(SessionLearner::Slot slot);
  void warn_if_ports_are_narrower(const WatchedSession& session);

  const config::Config& config_;
  pipeline::LearnedSessions& published_;
  mutable std::mutex
      mutex_;  ///< learner_ and now_: the control thread writes, HTTP and telemetry threads read
  SessionLearner learner_;
  Time now_{0};  ///< of the last turn
  std::vector<SessionLearner::Slot> to_publish_;
  std::array<stats::Counter, stats::kSessionFailures> failures_;  ///< none: no session is Narrows' own
  bool warned_ = false;
};

}  // namespace narrows::control
