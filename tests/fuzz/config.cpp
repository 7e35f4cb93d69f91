// SPDX-License-Identifier: BSD-3-Clause
/// The configuration file: whatever it holds, the answer is findings, each one line with a place in the file;
/// what is taken can be shown, compared and made into sessions.
///
/// Input: what it is for (1 octet), then the file.
#include "input.h"
#include "narrows/app/yaml_config.h"
#include "narrows/control/api_json.h"
#include "narrows/control/reconcile.h"
#include "narrows/control/session_specs.h"
#include "narrows/session/session_table.h"

namespace narrows::fuzz {
namespace {

void judge(const std::vector<app::Finding>& findings, std::string_view text) {
  const auto lines = 1 + std::count(text.begin(), text.end(), '\n');
  int last = 1;
  for (const app::Finding& finding : findings) {
    expect(finding.line >= last && finding.line <= lines + 1, "findings are in the file, in its order");
    last = finding.line;
    expect(!finding.key.empty() && !finding.text.empty(), "a finding says where and what");
    for (const char each : finding.key + finding.text)
      expect(static_cast<unsigned char>(each) >= ' ' && each != 0x7f, "a finding is one printable line");
    expect(finding.text.size() < 1000, "a finding is not endless");
  }
}

void use(const config::Config& config) {
  expect(!control::config_json(config).empty(), "what is taken can be shown");
  const auto same =
      control::reconcile(config, config, {config.sessions.size(), config.sessions.size(), true});
  expect(same.refused.empty() && same.sessions.empty() && same.settings.empty(),
         "a configuration is the same as itself");
  const control::PortMacs macs{{{2, 0, 0, 0, 0, 1}}, {{2, 0, 0, 0, 0, 2}}};
  for (const auto& spec : control::session_specs(config, macs)) {
    static_cast<void>(session::make_lan_to_wan(spec));
    static_cast<void>(session::make_wan_to_lan(spec));
  }
}

}  // namespace

void run(Input input) {
  const auto purpose = static_cast<app::LoadPurpose>(input.octet() % 4);
  const auto rest = input.rest();
  const std::string text(rest.begin(), rest.end());
  const auto loaded = app::parse_config(text, purpose);
  judge(loaded.errors, text);
  judge(loaded.warnings, text);
  if (loaded.errors.empty()) use(loaded.config);
}

}  // namespace narrows::fuzz
