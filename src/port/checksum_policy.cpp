// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/port/checksum_policy.h"

#include <fmt/format.h>

#include "narrows/port/checksum_conduct.h"

namespace narrows::port {
namespace {

using config::ChecksumPolicy;

ChecksumDecision software(std::string why) {
  return {.hardware = false, .why = std::move(why), .error = {}};
}

ChecksumDecision refusal(ChecksumPolicy policy, std::string why) {
  if (policy == ChecksumPolicy::hardware)
    return {.hardware = false, .why = {}, .error = why + "; set checksum: auto or incremental"};
  return software(std::move(why));
}

/// Why what `ingress` says of received checksums is not enough to have one computed anew; empty: it is.
/// Otherwise a corrupt segment would leave with a valid checksum.
std::string doubt_about(ChecksumPolicy policy, const ChecksumFacts& ingress) {
  const ChecksumConduct& conduct = conduct_of(ingress.driver, ingress.pci_device);
  if (!ingress.offers_rx) return "the receiving port does not verify checksums";
  const bool is_known = !conduct.driver.empty();
  // Of a driver nobody knows, the user's word is taken for plain frames.
  const unsigned vouches =
      is_known || policy != ChecksumPolicy::hardware ? conduct.vouches_octets : kPlainOctets;
  if (vouches >= ingress.l2_octets) return {};
  return fmt::format(
      "{} calls received checksums good without having verified them behind {} octets of headers",
      ingress.driver, ingress.l2_octets);
}

}  // namespace

ChecksumDecision decide_checksum(ChecksumPolicy policy, const ChecksumFacts& egress,
                                 const ChecksumFacts& ingress) {
  if (policy == ChecksumPolicy::incremental) return software("as configured");
  if (!egress.offers_tx)
    return refusal(policy, fmt::format("{} offers no TCP checksum offload", egress.driver));
  const ChecksumConduct& conduct = conduct_of(egress.driver, egress.pci_device);
  const bool is_asked_for = policy == ChecksumPolicy::hardware;
  if ((is_asked_for ? conduct.possible_octets : conduct.trusted_octets) < egress.l2_octets)
    return refusal(policy, fmt::format("{} {} ({} octets in front of IP)", egress.driver, conduct.why,
                                       egress.l2_octets));
  if (!is_asked_for && !may_hand_over_partial_checksums(ingress.driver))
    return software(fmt::format(
        "{} receives whole checksums, which cost less to correct than to leave to a port", ingress.driver));
  if (auto doubt = doubt_about(policy, ingress); !doubt.empty()) return software(std::move(doubt));
  return {.hardware = true,
          .why = is_asked_for ? "as configured" : fmt::format("{} {}", egress.driver, conduct.why),
          .error = {}};
}

bool may_hand_over_partial_checksums(std::string_view driver) {
  return conduct_of(driver).hands_over_partial;
}

}  // namespace narrows::port
