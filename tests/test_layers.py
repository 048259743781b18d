"""The import direction of the layers, and what must stay out of light start-ups."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
#: layer → layers it may import (cli.py → web → forgery_kit → {reports | gan} → datasets).
MAY_IMPORT = {
    "datasets": {"datasets"},
    "gan": {"gan", "datasets"},
    "reports": {"reports", "datasets"},
    "forgery_kit": {"forgery_kit", "gan", "reports", "datasets"},
    "web": {"web", "forgery_kit", "gan", "reports", "datasets"},
    "cli": {"cli", "web", "forgery_kit", "gan", "reports", "datasets"},
}
#: third-party package → the one layer that may import it.
ONLY_IN = {"keras": "gan"}
ONLY_IN |= dict.fromkeys(("reportlab", "pikepdf"), "reports")
ONLY_IN |= dict.fromkeys(("lir", "pyhanko", "faiss", "dask", "distributed", "sqlalchemy"), "forgery_kit")
ONLY_IN |= dict.fromkeys(("fastapi", "starlette", "uvicorn", "jinja2", "sse_starlette", "pydantic"), "web")
FILES = sorted(p for layer in MAY_IMPORT for p in [*ROOT.glob(f"{layer}/**/*.py"), *ROOT.glob(f"{layer}.py")])


def imports(path: Path) -> list[tuple[int, str]]:
    """(line, first part of the module's name) of every import in a file, inside functions too."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name.split(".")[0]) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute here"
            found.append((node.lineno, str(node.module).split(".")[0]))
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_a_layer_imports_only_itself_and_layers_below(path: Path) -> None:
    layer = path.relative_to(ROOT).parts[0].removesuffix(".py")
    for line, name in imports(path):
        if name in MAY_IMPORT:
            assert name in MAY_IMPORT[layer], f"{path}:{line}: {layer} may not import {name}"
        assert ONLY_IN.get(name, layer) == layer, f"{path}:{line}: {name} belongs in {ONLY_IN.get(name)}"
        if name in ("tensorflow", "jax", "torch"):
            allowed = ("backend.py", "torch_lstm.py", "training/processes.py") if name == "torch" else ("backend.py",)
            assert path in [ROOT / "gan" / file for file in allowed], f"{path}:{line}: only {allowed} may import {name}"


def module_of(path: Path) -> str:
    """Dotted name of a file of ours."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported_files(path: Path, modules: set[str]) -> set[str]:
    """Modules of ours that a file imports, inside functions too; a package counts for its ``__init__.py``."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            inside = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= inside & modules
            if inside - modules:
                found.add(str(node.module))
    return found & modules


def circles(graph: dict[str, set[str]]) -> set[frozenset[str]]:
    """Groups of modules each of which imports all others of its group, itself or through others."""
    reached = {}
    for module in graph:
        seen: set[str] = set()
        ahead = [module]
        while ahead:
            ahead += (new := graph[ahead.pop()] - seen)
            seen |= new
        reached[module] = seen
    return {
        frozenset(other for other in seen if module in reached[other])
        for module, seen in reached.items()
        if module in seen
    }


def test_circles_are_found() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": {"e"}, "e": set(), "f": {"f"}}
    assert circles(graph) == {frozenset("abc"), frozenset("f")}


def test_no_files_import_one_another_directly_or_round_about() -> None:
    paths = {module_of(path): path for path in FILES}
    found = circles({module: imported_files(path, set(paths)) for module, path in paths.items()})
    assert not found


def test_the_second_judge_is_asked_by_nothing_that_trains_chooses_or_ranks() -> None:
    # The game may look at it for its log, and measurements may; all others judge by what ships.
    allowed = {
        "gan/training/style/second_judge.py",
        "gan/training/adversarial/watch.py",
        "gan/training/adversarial/rounds.py",
    }
    asking = {
        path.relative_to(ROOT).as_posix()
        for path in FILES
        if "gan.judging.second_judge" in imported_files(path, {module_of(other) for other in FILES})
    }
    assert asking <= allowed


def loaded_after(code: str) -> set[str]:
    """Packages that a fresh interpreter has loaded after running ``code`` in the checkout."""
    script = f"{code}\nimport sys; print(' '.join(sorted({{m.split('.')[0] for m in sys.modules}})), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    return set(done.stderr.strip().splitlines()[-1].split())


@pytest.mark.parametrize(
    "code",
    [
        "import datasets.readers, datasets.layout, datasets.corpora.unipen",
        "import reports.comparison",
        "import sys, cli; sys.argv = ['cli.py', '--help']; cli.main()",
        "import sys, cli; sys.argv = ['cli.py', '--version']; cli.main()",
        "import sys, cli; sys.argv = ['cli.py', 'compare', 'missing']; cli.main()",
        "import sys, cli; sys.argv = ['cli.py', 'score', 'missing.csv', '-o', 'x.csv']; cli.main()",
        "import sys, cli; sys.argv = ['cli.py', 'verify', 'missing.pdf']; cli.main()",
        "import forgery_kit.verification.report",
    ],
)
def test_light_starts_load_neither_tensorflow_nor_keras(code: str) -> None:
    heavy = {"tensorflow", "keras", "jax", "torch", "pandas", "lir", "matplotlib", "fastapi", "uvicorn", "sqlalchemy"}
    heavy |= {"distributed"}
    assert not heavy & loaded_after(code)


def test_ink_is_embedded_without_a_word_from_the_libraries() -> None:
    # Which is so only where the backend was chosen before Keras was loaded, and with it how sums are rounded.
    code = "import numpy as np; from forgery_kit.likelihood.judge import default_judge as judge; "
    code += "from gan.features import FEATURES; judge().embed([np.zeros((500, FEATURES), np.float32)])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


def test_the_datasets_package_is_ours() -> None:
    import datasets

    assert Path(str(datasets.__file__)).parent == ROOT / "datasets"
