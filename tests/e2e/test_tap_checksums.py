# SPDX-License-Identifier: BSD-3-Clause
"""TCP checksums left to net_tap, which computes them in software from l2_len."""
from __future__ import annotations

import pytest

from support.checksum_probe import FRAMES, PROBE, has_right_checksum
from support.namespaces import namespaces

EAL = ["--no-huge", "-m", 64, "--no-pci", "--no-shconf", "--no-telemetry", "--vdev=net_tap0,iface=probe0"]


@pytest.mark.parametrize("error_octets", [0, 2, 4])
def test_net_tap_goes_by_l2_len(root: None, error_octets: int) -> None:
    with namespaces("tap") as (namespace,):
        heard = namespace.packet_socket(None)  # the tap is still to come
        namespace.run(PROBE, *EAL, "--", error_octets)
        frames = heard.receive(FRAMES)
    assert len(frames) == FRAMES
    assert [has_right_checksum(frame) for frame in frames] == [error_octets == 0] * FRAMES
