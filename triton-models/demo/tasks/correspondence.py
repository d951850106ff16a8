"""The same point in two images: camera views, depth frames, slices under known homographies."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from decode import decode_dicom
from encoder import PATCH
from listing import SPLITS
from losses import FLAT
from photometric import show
from pictures import pyramid
from targets import patch_deviation
from tasks.extractors import Extractor, to_tensor
from tasks.matching import Matches, centres, epipolar_distance, fundamental, match, project, rotation_about
from tasks.metrics import Measure, share
from tasks.unseen import CT_SERIES
from views import similarity, warp

HEIGHT, WIDTH = 480, 640
GRID = (HEIGHT // PATCH, WIDTH // PATCH)
NEAR_LINE_PX = 8.0
NEAR_POINT_PX = 16.0
TURN_DEGREES = 20.0
SLICE_SIDE = 224
HOMOGRAPHIES = 3
# Metres between the depth that the second frame has and the one that the point should have there: else it is hidden.
DEPTH_TOLERANCE = 0.1


def load_photo(path: Path) -> Tensor:
    return to_tensor(np.asarray(Image.open(path).convert("RGB")), HEIGHT, WIDTH)


def cameras(folder: Path) -> list[tuple[str, tuple[np.ndarray, np.ndarray, np.ndarray]]]:
    """File name and (K, R, t) a line of the par file, in its order (the orbit's), those whose image is there."""
    lines = next(folder.glob("*_par.txt")).read_text().split("\n")
    rows = [line.split() for line in lines if len(line.split()) == 22]
    parsed = [(row[0], np.array(row[1:], dtype=float)) for row in rows if (folder / row[0]).exists()]
    return [(name, (v[:9].reshape(3, 3), v[9:18].reshape(3, 3), v[18:])) for name, v in parsed]


def warp_homography(image: Tensor, homography: np.ndarray) -> Tensor:
    """[3, H, W] under a homography of its pixels, same size, black outside."""
    inverse = np.linalg.inv(homography)
    y, x = np.meshgrid(np.arange(HEIGHT) + 0.5, np.arange(WIDTH) + 0.5, indexing="ij")
    source = project(inverse, np.stack([x.ravel(), y.ravel()], axis=1))
    places = torch.from_numpy(2 * source / np.array([WIDTH, HEIGHT]) - 1).float().view(1, HEIGHT, WIDTH, 2)
    return torch.nn.functional.grid_sample(image[None], places, align_corners=False)[0]


def structured(image: Tensor) -> np.ndarray:
    """Which patches show anything: others cannot be matched by anybody. BOOL [P]."""
    return (patch_deviation(image[None])[0] >= FLAT).numpy()


def dinosaur(data: Path, extractor: Extractor) -> list[Measure]:
    """Middlebury dino: mutual matches within 8 px of the epipolar line, one, two and four views on.

    The second view is turned by 20 degrees in its plane. On this nearly level orbit, a match of every patch with its own
    place would otherwise pass the test.
    """
    folder = data / "research_only/middlebury_dino48"
    views = cameras(folder)
    turn = rotation_about(np.array([WIDTH / 2, HEIGHT / 2]), TURN_DEGREES)
    upright = [load_photo(folder / name) for name, _ in views]
    turned = [warp_homography(image, turn) for image in upright]
    first, second = [extractor.patches(i) for i in upright], [extractor.patches(i) for i in turned]
    shown = [(structured(a), structured(b)) for a, b in zip(upright, turned, strict=True)]
    points = centres(*GRID)
    measures = []
    for step in (1, 2, 4):
        hits, trials = [], []
        for index in range(len(views) - step):
            left, right = np.flatnonzero(shown[index][0]), np.flatnonzero(shown[index + step][1])
            k, r, t = views[index + step][1]
            matrix = fundamental(views[index][1], (turn @ k, r, t))
            matches = match(first[index][left], second[index + step][right])
            distance = epipolar_distance(matrix, points[left], points[right[matches.nearest]])
            hits.append(int(((distance <= NEAR_LINE_PX) & matches.mutual).sum()))
            trials.append(int(matches.mutual.sum()))
        measures.append(share(f"dinosaur.{step}", "pairs", np.array(hits), np.array(trials)))
    return measures


def scenes(data: Path, extractor: Extractor) -> list[Measure]:
    """7-Scenes, frames 20 apart: matches within 16 px of where depth and poses say, of all and of the mutual ones."""
    folder = data / "research_only/rgbd_7scenes"
    names = sorted(path.name.removesuffix(".color.jpg") for path in folder.glob("*.color.jpg"))
    intrinsics = np.loadtxt(folder / "camera-intrinsics.txt")
    frames = [
        (
            extractor.patches(load_photo(folder / f"{name}.color.jpg")),
            np.asarray(Image.open(folder / f"{name}.depth.png")).astype(np.float64),
            np.loadtxt(folder / f"{name}.pose.txt"),
        )
        for name in names
    ]
    counts = []
    for (tokens, depth, pose), (other_tokens, other_depth, other_pose) in zip(frames, frames[1:], strict=False):
        index, places = carry(depth, pose, other_depth, other_pose, intrinsics)
        counts.append(count_hits(match(tokens, other_tokens), index, places, centres(*GRID)))
    return shares("scenes", "pairs", counts)


def carry(
    depth: np.ndarray, pose: np.ndarray, other_depth: np.ndarray, other_pose: np.ndarray, intrinsics: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The patches whose centre is visible in both frames, and its place in the other; depths in mm, poses camera to world."""
    points = centres(*GRID)
    metres = depth_at(depth, points)
    rays = np.concatenate([points, np.ones((len(points), 1))], axis=1) @ np.linalg.inv(intrinsics).T
    world = (rays * metres[:, None]) @ pose[:3, :3].T + pose[:3, 3]
    camera = (world - other_pose[:3, 3]) @ other_pose[:3, :3]
    places = camera[:, :2] / np.maximum(camera[:, 2:], 1e-6) @ intrinsics[:2, :2].T + intrinsics[:2, 2]
    inside = (metres > 0) & (camera[:, 2] > 0) & (places >= 0).all(axis=1) & (places < [WIDTH, HEIGHT]).all(axis=1)
    expected = depth_at(other_depth, np.where(inside[:, None], places, 0))
    visible = inside & (expected > 0) & (np.abs(expected - camera[:, 2]) < DEPTH_TOLERANCE)
    return np.flatnonzero(visible), places[visible]


def depth_at(depth: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Metres at the pixels that hold the points; 0 where none was measured (0 or 65535)."""
    values = depth[points[:, 1].astype(int), points[:, 0].astype(int)]
    return np.where((values == 0) | (values == 65535), 0, values / 1000)


def count_hits(matches: Matches, index: np.ndarray, places: np.ndarray, points: np.ndarray) -> tuple[int, int, int, int]:
    """Hits and trials, of all and of the mutual matches."""
    hit = np.linalg.norm(points[matches.nearest[index]] - places, axis=1) <= NEAR_POINT_PX
    mutual = matches.mutual[index]
    return int(hit.sum()), len(hit), int((hit & mutual).sum()), int(mutual.sum())


def shares(task: str, units: str, counts: list[tuple[int, int, int, int]]) -> list[Measure]:
    hits, trials, mutual_hits, mutual_trials = np.array(counts).T
    return [share(f"{task}.plain", units, hits, trials), share(f"{task}.mutual", units, mutual_hits, mutual_trials)]


def ct_slices(data: Path) -> list[Tensor]:
    """Soft tissue window, RGB in [0, 1], [3, H, W]."""
    files = sorted(path for path in (data / CT_SERIES).iterdir() if path.is_file())
    slices = [slice_ for file in files for slice_ in decode_dicom(file.read_bytes())]
    return [show(pyramid(slice_.values)[0].float(), True, (40.0, 400.0)) for slice_ in slices]


def mr_slices(data: Path) -> list[Tensor]:
    """Every slice of the never-seen half but the two next to the seen one."""
    files = sorted(SPLITS["neverSeen"]["mr_series"])[2:]
    return [show(pyramid(s.values)[0].float(), False, (0.0, 1.0)) for f in files for s in decode_dicom((data / f).read_bytes())]


def homographies(task: str, slices: list[Tensor], extractor: Extractor) -> list[Measure]:
    """A slice against itself turned by up to 20 degrees, scaled by 0.8 to 1.25 and tilted: within one patch."""
    points = centres(SLICE_SIDE // PATCH, SLICE_SIDE // PATCH)
    counts = []
    for number, image in enumerate(slices):
        rng = np.random.default_rng(number)
        half = np.array([image.shape[2], image.shape[1]]) / 2
        upright = similarity(0.0, float(half.min()), half)
        first = warp(image, upright, SLICE_SIDE, 1)
        tokens, total = extractor.patches(first), np.zeros(4, int)
        for _ in range(HOMOGRAPHIES):
            scale = float(np.exp(rng.uniform(-1, 1) * np.log(1.25)))
            inner = similarity(np.deg2rad(rng.uniform(-20, 20)), scale, rng.uniform(-0.1, 0.1, 2))
            inner[2, :2] = rng.uniform(-0.05, 0.05, 2)
            second = warp(image, upright @ inner, SLICE_SIDE, 1)
            places = (project(np.linalg.inv(inner), points / SLICE_SIDE * 2 - 1) + 1) / 2 * SLICE_SIDE
            inside = (places >= 0).all(axis=1) & (places < SLICE_SIDE).all(axis=1)
            index = np.flatnonzero(inside & structured(first))
            total += count_hits(match(tokens, extractor.patches(second)), index, places[index], points)
        counts.append(tuple(total))
    return shares(task, "slices", counts)


def ct(data: Path, extractor: Extractor) -> list[Measure]:
    return homographies("ct", ct_slices(data), extractor)


def mr(data: Path, extractor: Extractor) -> list[Measure]:
    return homographies("mr", mr_slices(data), extractor)
