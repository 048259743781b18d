"""`casebook` as a user runs it: exit codes, one line for bad input, heads that are signed and time-stamped."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

import cli
from datasets.errors import VerificationError
from forgery_kit.casebook.head import read_head
from forgery_kit.casebook.stamp import stamped_time
from forgery_kit.casebook.store import open_casebook
from tests.forgery_kit.casebook.authority import Authority, authority
from tests.forgery_kit.casebook.works import changed, filled, work


@pytest.fixture(autouse=True)
def no_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORGERY_KIT_CASEBOOK", raising=False)


@pytest.fixture(scope="module")
def stamps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with authority(tmp_path_factory.mktemp("tsa") / "here") as found:
        yield found


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return filled(tmp_path / "c.sqlite", 5)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A folder with key.pem, public.pem, other.pem (public), locked.pem."""
    key, other = (Ed25519PrivateKey.generate() for _ in range(2))
    folder = tmp_path / "keys"
    folder.mkdir()
    pem, form = Encoding.PEM, PrivateFormat.PKCS8
    (folder / "key.pem").write_bytes(key.private_bytes(pem, form, NoEncryption()))
    (folder / "locked.pem").write_bytes(key.private_bytes(pem, form, BestAvailableEncryption(b"x")))
    for name, one in (("public", key), ("other", other)):
        (folder / f"{name}.pem").write_bytes(one.public_key().public_bytes(pem, PublicFormat.SubjectPublicKeyInfo))
    return folder


class Run:
    """The command `casebook` in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch, self.capsys = monkeypatch, capsys

    def __call__(self, *arguments: str | Path) -> tuple[int, str, str]:
        self.monkeypatch.setattr(sys, "argv", ["cli.py", "casebook", *map(str, arguments)])
        code = cli.main()
        return code, *self.capsys.readouterr()


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(monkeypatch, capsys)


def test_list_and_show_say_what_is_in_it(run: Run, book: Path) -> None:
    code, out, _ = run("list", "--casebook", book)
    assert code == 0
    lines = out.splitlines()
    assert len(lines) == 5
    assert all(part in lines[2] for part in ("comparison", "Fall 3", "q3.inkml", "log10 LR +1.00"))
    code, out, _ = run("show", "3", "--casebook", book)
    assert code == 0
    head, text = out.split("\n", 1)
    assert head.startswith("SHA-256 ")
    assert json.loads(text)["case"] == "Fall 3 – ü"
    assert run("show", "6", "--casebook", book)[0] == 2


def test_the_environment_names_the_casebook(run: Run, book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("list")[0] == 2
    monkeypatch.setenv("FORGERY_KIT_CASEBOOK", str(book))
    assert run("list")[:2] == run("list", "--casebook", book)[:2]


def test_a_casebook_cut_off_after_it_was_signed_is_found_with_the_head_beside_it(
    run: Run, book: Path, keys: Path
) -> None:
    assert run("sign", "--key", keys / "key.pem", "--casebook", book)[0] == 0
    open_casebook(str(book)).append([work(6)])
    code, out, _ = run("verify", "--casebook", book, "--key", keys / "public.pem")
    assert code == 0
    assert "entries 1 to 5 are those that were signed" in out
    assert run("verify", "--casebook", book, "--key", keys / "other.pem")[0] == 8
    changed(book, "DELETE FROM TABLE WHERE number > 4")
    code, out, err = run("verify", "--casebook", book)
    assert code == 8
    assert "entries 5 to 5 are missing" in out
    assert err.count("\n") == 1
    # The head that shows it must not be replaced by one that does not.
    before = (book.parent / "c.sqlite.head.json").read_bytes()
    assert run("sign", "--key", keys / "key.pem", "--casebook", book)[0] == 8
    assert (book.parent / "c.sqlite.head.json").read_bytes() == before


def test_verify_says_what_it_could_not_check(run: Run, book: Path) -> None:
    code, out, _ = run("verify", "--casebook", book)
    assert code == 0
    assert "not checked whether entries are missing at the end" in out


def test_an_altered_casebook_is_neither_signed_nor_exported(run: Run, book: Path, keys: Path) -> None:
    changed(book, "UPDATE TABLE SET entry = replace(entry, 'Fall 2', 'Fall 7')")
    out = book.parent / "e.jsonl"
    for command in (["verify"], ["export", "-o", out], ["sign", "--key", keys / "key.pem"]):
        code, _, err = run(*command, "--casebook", book)
        assert code == 8
        assert err.count("\n") == 1
    assert sorted(path.name for path in book.parent.iterdir()) == ["c.sqlite", "keys"]


def test_an_export_is_verified_with_a_head_that_was_kept(run: Run, book: Path, keys: Path) -> None:
    out, head = book.parent / "e.jsonl", book.parent / "head.json"
    assert run("export", "-o", out, "--casebook", book)[0] == 0
    assert run("sign", "--key", keys / "key.pem", "--casebook", book, "-o", head)[0] == 0
    assert run("verify", out, "--head", head, "--key", keys / "public.pem")[0] == 0
    *lines, _ = out.read_bytes().splitlines(keepends=True)
    import hashlib

    digest = hashlib.sha256(lines[3].rstrip()).hexdigest()
    out.write_bytes(b"".join(lines[:4]) + b'{"head":{"number":4,"sha256":"%s"}}\n' % digest.encode())
    assert run("verify", out)[0] == 0
    assert run("verify", out, "--head", head)[0] == 8


def test_outputs_never_replace_the_casebook_or_a_key(run: Run, book: Path, keys: Path) -> None:
    before = book.read_bytes(), (keys / "key.pem").read_bytes()
    assert run("export", "-o", book, "--casebook", book)[0] == 2
    assert run("sign", "--key", keys / "key.pem", "-o", book, "--casebook", book)[0] == 2
    assert run("sign", "--key", keys / "key.pem", "-o", keys / "key.pem", "--casebook", book)[0] == 2
    assert (book.read_bytes(), (keys / "key.pem").read_bytes()) == before


def test_bad_input_is_one_line_with_its_own_code(run: Run, book: Path, keys: Path) -> None:
    junk = book.parent / "junk"
    junk.write_bytes(b"\xff\x00{" * 50)
    nested = book.parent / "nested"
    nested.write_text("[" * 200_000)
    for code, arguments in (
        (9, ["list", "--casebook", junk]),
        (9, ["verify", "--casebook", book.parent / "absent"]),
        (3, ["verify", junk]),
        (3, ["verify", nested, "--head", nested]),
        (3, ["verify", book]),
        (3, ["verify", book.parent / "absent"]),
        (3, ["verify", "--casebook", book, "--head", junk]),
        (3, ["verify", "--casebook", book, "--head", nested]),
        (3, ["verify", "--casebook", book, "--head", book.parent / "absent"]),
        (3, ["sign", "--key", junk, "--casebook", book]),
        (3, ["sign", "--key", keys / "public.pem", "--casebook", book]),
        (3, ["sign", "--key", keys / "locked.pem", "--casebook", book]),
        (2, ["verify", "--casebook", book, "--key", keys / "public.pem"]),
        (2, ["sign", "--key", keys / "key.pem", "--casebook", book, "--timestamp", "file:///etc/passwd"]),
        (7, ["sign", "--key", keys / "key.pem", "--casebook", book, "--timestamp", "http://127.0.0.1:9/"]),
    ):
        found, _, err = run(*arguments)
        assert (found, err.count("\n")) == (code, 1), (arguments, err)
    assert not (book.parent / "c.sqlite.head.json").exists()


def test_an_empty_casebook_is_not_signed(run: Run, tmp_path: Path, keys: Path) -> None:
    open_casebook(str(tmp_path / "empty.sqlite"))
    assert run("sign", "--key", keys / "key.pem", "--casebook", tmp_path / "empty.sqlite")[0] == 2


def test_a_head_is_time_stamped_by_an_authority_and_openssl_agrees(
    run: Run, book: Path, keys: Path, stamps: Authority, tmp_path: Path
) -> None:
    head = tmp_path / "head.json"
    sign = ["sign", "--key", keys / "key.pem", "--casebook", book, "-o", head, "--timestamp", stamps.url]
    assert run(*sign)[0] == 0
    code, out, _ = run("verify", "--casebook", book, "--head", head, "--authority", stamps.root)
    assert code == 0
    assert "time stamp" in out
    assert "give --authority" in run("verify", "--casebook", book, "--head", head)[1]
    signed = read_head(head)
    assert signed.timestamp is not None
    (tmp_path / "stamp.tsr").write_bytes(signed.timestamp)
    (tmp_path / "stamped").write_bytes(signed.stamped)
    command = ["openssl", "ts", "-verify", "-data", "stamped", "-in", "stamp.tsr", "-CAfile", str(stamps.root)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Verification: OK" in done.stdout + done.stderr


def test_a_time_stamp_of_something_else_or_of_somebody_else_is_found(
    run: Run, book: Path, keys: Path, stamps: Authority, tmp_path: Path
) -> None:
    head, other = tmp_path / "head.json", tmp_path / "other.json"
    for path in (head, other):
        sign = ["sign", "--key", keys / "key.pem", "--casebook", book, "-o", path, "--timestamp", stamps.url]
        assert run(*sign)[0] == 0
        open_casebook(str(book)).append([work(9)])
    fields = json.loads(head.read_text())
    mixed = {**fields, "timestamp": json.loads(other.read_text())["timestamp"]}
    (tmp_path / "mixed.json").write_text(json.dumps(mixed))
    assert run("verify", "--casebook", book, "--head", tmp_path / "mixed.json")[0] == 8
    with authority(tmp_path / "another") as another:
        verify = ["verify", "--casebook", book, "--head", head]
        assert run(*verify, "--authority", stamps.root)[0] == 0
        assert run(*verify, "--authority", another.root)[0] == 8
    assert run("verify", "--casebook", book, "--head", head, "--authority", keys / "key.pem")[0] == 3
    stamp, data = base64.b64decode(fields["timestamp"]), read_head(head).stamped
    for place in range(0, len(stamp), 97):
        touched = stamp[:place] + bytes([stamp[place] ^ 1]) + stamp[place + 1 :]
        with pytest.raises(VerificationError):
            stamped_time(touched, data, stamps.root, "head")


@pytest.mark.parametrize("path", ["nothing", "noise", "old", "garbage", "a b"])
def test_an_answer_that_is_no_stamp_of_this_head_is_refused(
    run: Run, book: Path, keys: Path, stamps: Authority, tmp_path: Path, path: str
) -> None:
    sign = ["sign", "--key", keys / "key.pem", "--casebook", book, "-o", tmp_path / "first.json"]
    assert run(*sign, "--timestamp", stamps.url)[0] == 0
    sign[-1] = tmp_path / "head.json"
    code, _, err = run(*sign, "--timestamp", stamps.url + path)
    assert (code, err.count("\n")) == (7, 1)
    assert not (tmp_path / "head.json").exists()
