// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/exposition.h"

#include <gtest/gtest.h>

#include <array>
#include <utility>

namespace narrows::control {
namespace {

using enum MetricType;
using Format = ExpositionFormat;

constexpr Metric kFrames{"frames_total", counter, "", "Frames."};

TEST(ChooseExposition, TextUnlessOpenMetricsIsPreferred) {
  for (const char* accept :
       {"", "*/*", "text/plain", "text/plain;version=0.0.4", "application/json",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "application/openmetrics-text;q=0.5,text/plain;q=0.7", "application/openmetrics-text;q=0,*/*;q=0.1",
        "application/openmetrics-text;version=2.0.0", "application/openmetrics-text;q=x",
        "application/openmetrics-text;q=nan", "application/openmetrics-text;q=-1",
        "application/*;q=0.2, text/*;q=0.3", ";;,,;q=", ","})
    EXPECT_EQ(choose_exposition(accept), Format::text) << accept;
}

TEST(ChooseExposition, OpenMetrics) {
  for (const char* accept :
       {"application/openmetrics-text", "application/openmetrics-text;version=1.0.0",
        "application/openmetrics-text; version=\"1.0.0\"; charset=utf-8",
        "Application/OpenMetrics-Text;Q=0.4", "text/plain;q=0.5,application/openmetrics-text;q=0.6",
        "application/*, text/*;q=0.3", "*/*;q=0.9,text/plain;q=0.1",
        // What Prometheus 2.42 asks for.
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
        "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"})
    EXPECT_EQ(choose_exposition(accept), Format::openmetrics) << accept;
}

TEST(Exposition, Counter) {
  Exposition text(Format::text);
  text.begin(kFrames);
  text.add(std::uint64_t{18446744073709551615u});
  text.add(1.5, {{"way", "a"}, {"to", "b"}});
  EXPECT_EQ(std::move(text).finish(),
            "# HELP frames_total Frames.\n# TYPE frames_total counter\n"
            "frames_total 18446744073709551615\nframes_total{way=\"a\",to=\"b\"} 1.5\n");
  Exposition open(Format::openmetrics);
  open.begin(kFrames);
  open.add(std::uint64_t{7});
  EXPECT_EQ(std::move(open).finish(),
            "# HELP frames Frames.\n# TYPE frames counter\nframes_total 7\n# EOF\n");
}

TEST(Exposition, UnitOnlyWhereTheNameEndsInIt) {
  Exposition open(Format::openmetrics);
  for (const auto& metric :
       {Metric{"up_seconds", gauge, "seconds", "Time."}, Metric{"octets_total", counter, "octets", "Octets."},
        Metric{"sent_octets_total", counter, "octets", "Octets."}}) {
    open.begin(metric);
    open.add(std::uint64_t{1});
  }
  EXPECT_EQ(std::move(open).finish(),
            "# HELP up_seconds Time.\n# TYPE up_seconds gauge\n# UNIT up_seconds seconds\nup_seconds 1\n"
            "# HELP octets Octets.\n# TYPE octets counter\noctets_total 1\n"
            "# HELP sent_octets Octets.\n# TYPE sent_octets counter\n# UNIT sent_octets octets\n"
            "sent_octets_total 1\n# EOF\n");
}

TEST(Exposition, Info) {
  Exposition open(Format::openmetrics);
  open.begin({"build_info", info, "", "Build."});
  open.add(std::uint64_t{1}, {{"version", "1"}});
  EXPECT_EQ(std::move(open).finish(),
            "# HELP build Build.\n# TYPE build info\nbuild_info{version=\"1\"} 1\n# EOF\n");
}

TEST(Exposition, LabelsAreEscaped) {
  Exposition text(Format::text);
  text.begin(kFrames);
  text.add(std::uint64_t{1}, {{"device", "a\"b\\c\nd"}});
  EXPECT_NE(std::move(text).finish().find("frames_total{device=\"a\\\"b\\\\c\\nd\"} 1\n"), std::string::npos);
}

TEST(Exposition, AMetricWithoutSamplesLeavesNoTrace) {
  Exposition text(Format::text);
  text.begin(kFrames);
  EXPECT_EQ(std::move(text).finish(), "");
}

TEST(Exposition, Histogram) {
  constexpr std::array kBounds{1.0, 2.5e-7};
  constexpr std::array<std::uint64_t, 3> kCounts{4, 0, 3};
  const auto written = [&](MetricType type, Format format) {
    Exposition out(format);
    out.begin({"took_seconds", type, "seconds", "Time."});
    out.add(kBounds, kCounts, 9.5, {{"way", "a"}});
    const auto text = std::move(out).finish();
    return text.substr(text.find("# TYPE"));
  };
  const std::string buckets =
      "took_seconds_bucket{way=\"a\",le=\"1.0\"} 4\ntook_seconds_bucket{way=\"a\",le=\"2.5e-07\"} 4\n"
      "took_seconds_bucket{way=\"a\",le=\"+Inf\"} 7\n";
  const std::string sums = "took_seconds_sum{way=\"a\"} 9.5\ntook_seconds_count{way=\"a\"} 7\n";
  EXPECT_EQ(written(histogram, Format::text), "# TYPE took_seconds histogram\n" + buckets + sums);
  EXPECT_EQ(written(distribution, Format::text), "# TYPE took_seconds histogram\n" + buckets + sums);
  EXPECT_EQ(written(distribution, Format::openmetrics),
            "# TYPE took_seconds gaugehistogram\n# UNIT took_seconds seconds\n" + buckets +
                "took_seconds_gsum{way=\"a\"} 9.5\ntook_seconds_gcount{way=\"a\"} 7\n# EOF\n");
}

}  // namespace
}  // namespace narrows::control
