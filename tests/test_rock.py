# SPDX-License-Identifier: GPL-2.0-or-later
"""Generated rock: the same from the same seed, and true about where its fractures are."""

from __future__ import annotations

import sys

import cv2
import numpy as np
import pytest

from geosift.training import rock
from geosift.training.rock import __main__ as sheet
from geosift.training.rock import joints as joints_module
from geosift.training.rock.network import Joint, JointSet, draw_network, power_law, walk
from geosift.training.rock.visible import seen

SIZE = 320


def one_set(**changes) -> JointSet:
    """Return a set of joints with some of its values changed."""
    values = {
        "angle": 0.3,
        "spread": 0.05,
        "count": 6,
        "exponent": 2.0,
        "shortest": 60.0,
        "longest": 900.0,
        "spacing": 5.0,
        "abutting": 0.5,
        "wander": 0.03,
        "roughness": 0.5,
    }
    return JointSet(**{**values, **changes})


def test_the_same_seed_draws_the_same_picture_and_another_seed_another():
    first, again, other = (rock.generate(seed, size=256) for seed in (5, 5, 6))
    assert np.array_equal(first.image, again.image)
    assert np.array_equal(first.truth, again.truth)
    assert len(first.lines) == len(again.lines)
    assert not np.array_equal(first.image, other.image)


@pytest.mark.parametrize("seed", range(6))
def test_a_picture_and_its_truth_are_of_one_size_and_kind(seed):
    drawn = rock.generate(seed, size=256)
    assert drawn.image.shape == (256, 256, 3) and drawn.image.dtype == np.uint8
    assert drawn.truth.shape == (256, 256) and drawn.truth.dtype == np.uint8
    assert set(np.unique(drawn.truth)) <= {0, 1}
    assert drawn.image.std() > 4  # there is something to see
    for line in drawn.lines:
        assert line.points.ndim == 2 and line.points.shape[1] == 2
        assert line.kind in ("fracture", "vein") and line.width > 0


def test_truth_lies_on_the_visible_lines_and_the_lines_lie_in_the_truth():
    marked = near = on = points = 0
    for seed in range(8):
        drawn = rock.generate(seed, size=SIZE)
        free = np.ones((SIZE, SIZE), np.uint8)
        for line in drawn.lines:
            if line.visible:
                x, y = np.clip(np.round(line.points).astype(int), 0, SIZE - 1).T
                free[y, x] = 0
                on += int(drawn.truth[y, x].sum())
                points += len(x)
        distance = cv2.distanceTransform(free, cv2.DIST_L2, 5)
        marked += int(drawn.truth.sum())
        near += int((distance[drawn.truth > 0] <= 36).sum())
    assert marked > 1000
    assert near == marked  # no truth without a line
    assert on / points > 0.8  # the rest is under leaves, soil and sky


def test_truth_is_three_pixels_wide_at_least():
    marked = wide = 0
    for seed in range(8):
        drawn = rock.generate(seed, size=SIZE)
        core = cv2.erode(drawn.truth, np.ones((3, 3), np.uint8), borderValue=1)
        for line in drawn.lines:
            if line.visible:
                x, y = np.clip(np.round(line.points).astype(int), 0, SIZE - 1).T
                marked += int(drawn.truth[y, x].sum())
                wide += int(cv2.dilate(core, np.ones((3, 3), np.uint8))[y, x].sum())
    assert marked > 1000
    assert wide / marked > 0.9  # the rest is beside leaves


def test_rock_without_joints_has_no_truth(monkeypatch):
    monkeypatch.setattr(joints_module, "BARE", 1.0)
    drawn = rock.generate(4, size=256)
    assert drawn.truth.sum() == 0 and drawn.lines == ()


def test_lengths_follow_the_power_law_asked_for():
    rng = np.random.default_rng(1)
    for exponent in (1.0, 1.8, 2.6):
        lengths = np.array([power_law(rng, exponent, 50.0, 50_000.0) for _ in range(6000)])
        assert lengths.min() >= 50.0 and lengths.max() <= 50_000.0
        low, high = np.log(50.0), np.log(50_000.0)
        tries = np.linspace(0.5, 3.2, 271)
        logs = np.log(lengths).mean()

        def likelihood(a: float, logs=logs, low=low, high=high) -> float:
            k = 1.0 - a
            mass = high - low if abs(k) < 1e-9 else (np.exp(k * high) - np.exp(k * low)) / k
            return -a * logs - np.log(mass)

        best = tries[int(np.argmax([likelihood(a) for a in tries]))]
        assert best == pytest.approx(exponent, abs=0.06)


def test_networks_ask_for_lengths_of_the_power_law():
    asked = [
        joint.asked
        for seed in range(40)
        for joint in draw_network(
            np.random.default_rng(seed), (one_set(exponent=2.2, spacing=1.0),), 400
        )
    ]
    lengths = np.array(asked)
    # Hill's estimator on the untruncated part; the upper limit lies fifteen times higher.
    estimate = 1.0 + len(lengths) / np.log(lengths / 60.0).sum()
    assert len(lengths) > 150
    assert estimate == pytest.approx(2.2, abs=0.3)


@pytest.mark.parametrize("angle", [0.0, 0.7, 1.57, 2.6])
def test_joints_run_the_way_their_set_does(angle):
    joints = [
        joint
        for seed in range(8)
        for joint in draw_network(
            np.random.default_rng(seed), (one_set(angle=angle, wander=0.05),), 400
        )
    ]
    ways = np.array([joint.points[-1] - joint.points[0] for joint in joints])
    doubled = np.exp(2j * np.arctan2(ways[:, 1], ways[:, 0]))
    mean = np.angle(doubled.sum()) / 2
    off = (mean - angle + np.pi / 2) % np.pi - np.pi / 2
    assert abs(off) < np.radians(3)
    assert abs(doubled.mean()) > 0.95  # close about it


def test_a_younger_joint_ends_on_an_older_one_where_all_abut():
    sets = (
        one_set(angle=0.0, count=4, shortest=700.0, longest=1200.0, wander=0.0, roughness=0.0),
        one_set(angle=np.pi / 2, count=12, shortest=200.0, longest=700.0, abutting=1.0, wander=0.0),
    )
    ends = 0
    for seed in range(6):
        joints = draw_network(np.random.default_rng(seed), sets, 400)
        for place, joint in enumerate(joints):
            older = np.concatenate([one.points for one in joints[:place]] or [np.zeros((0, 2))])
            for end, point in zip(joint.ends, (joint.points[0], joint.points[-1])):
                if end == "Y":
                    assert np.hypot(*(older - point).T).min() <= 4
                    ends += 1
    assert ends > 10


def test_a_walk_has_points_a_pixel_apart_and_the_length_asked_for():
    rng = np.random.default_rng(2)
    points = walk(rng, one_set(wander=0.05, roughness=0.6), np.array([100.0, 100.0]), 500.0)
    steps = np.hypot(*np.diff(points, axis=0).T)
    assert steps.max() < 1.1
    assert np.hypot(*(points[-1] - points[0])) == pytest.approx(500.0, rel=0.03)


def test_only_what_can_be_seen_is_marked():
    rng = np.random.default_rng(3)
    gray = (120 + 6 * rng.standard_normal((300, 300))).astype(np.float32)
    gray[140:144, 20:280] -= 40
    x = np.arange(20, 280, dtype=float)
    on = np.stack([x, np.full_like(x, 141.5)], axis=1)
    beside = np.stack([x, np.full_like(x, 60.0)], axis=1)
    half = np.full(len(x), 2.0)
    picture = np.repeat(gray[..., None], 3, axis=2).astype(np.uint8)
    assert seen(picture, on, half).all()
    assert not seen(picture, beside, half).any()


def test_a_step_between_a_bright_and_a_dark_block_can_be_seen():
    picture = np.full((200, 200, 3), 100, np.uint8)
    picture[100:] = 140
    x = np.arange(10, 190, dtype=float)
    course = np.stack([x, np.full_like(x, 99.5)], axis=1)
    assert seen(picture, course, np.full(len(x), 1.0)).all()


def test_rust_as_light_as_the_rock_can_be_seen():
    picture = np.full((200, 200, 3), 110, np.uint8)
    picture[98:102] = (150, 110, 70)
    x = np.arange(10, 190, dtype=float)
    course = np.stack([x, np.full_like(x, 99.5)], axis=1)
    assert seen(picture, course, np.full(len(x), 2.0)).all()


def test_the_contact_sheet_is_written(tmp_path, monkeypatch, capsys):
    path = tmp_path / "sheet.png"
    arguments = ["rock", "--sheet", str(path), "--seeds", "2", "5", "--size", "192"]
    monkeypatch.setattr(sys, "argv", [*arguments, "--thumb", "64"])
    sheet.main()
    assert cv2.imread(str(path)).shape == (128, 256, 3)
    assert "sheet.png" in capsys.readouterr().out


def test_a_sheet_of_no_picture_is_told(tmp_path):
    with pytest.raises(ValueError, match="one seed"):
        sheet.write_sheet(tmp_path / "x.png", range(0), size=128, thumb=64)


def test_a_sheet_where_no_folder_is_told(tmp_path):
    with pytest.raises(OSError, match="could not be written"):
        sheet.write_sheet(tmp_path / "no" / "x.png", range(1), size=128, thumb=32)


def test_a_sheet_that_is_no_picture_is_told_before_anything_is_drawn(tmp_path):
    with pytest.raises(ValueError, match=r"\.png"):
        sheet.write_sheet(tmp_path / "sheet.txt", range(1), size=128, thumb=32)


@pytest.mark.parametrize(("seed", "size"), [(-1, 256), (0, 95), (0, -5)])
def test_a_picture_that_cannot_be_drawn_is_told(seed, size):
    with pytest.raises(ValueError, match="96 pixels or more"):
        rock.generate(seed, size=size)


@pytest.mark.parametrize("size", [96, 150])
def test_small_pictures_are_drawn_too(size):
    for seed in range(12):
        assert rock.generate(seed, size=size).image.shape == (size, size, 3)


def test_joints_keep_their_distance_within_a_set():
    joints = draw_network(np.random.default_rng(7), (one_set(count=20, spacing=30.0),), 400)
    assert 2 <= len(joints) <= 20
    assert all(isinstance(joint, Joint) for joint in joints)
    for i, one in enumerate(joints):
        for other in joints[i + 1 :]:
            gaps = np.hypot(
                *(one.points[:, None, :] - other.points[None, ::5, :]).transpose(2, 0, 1)
            )
            assert (gaps.min(axis=1) < 20).mean() < 0.3
