"""A patch says what its files were before it and are after it, and nothing is written into the tree."""

from __future__ import annotations

import base64
import importlib
import os
import quopri
from collections.abc import Callable
from pathlib import Path

import pytest

from irqlab.errors import TreeError
from irqlab.tree import Tree, patched
from irqlab.tree.patched import Patched

ONE = "drivers/irqchip/irq-one.c"

DIFF = f"""\
diff --git a/{ONE} b/{ONE}
--- a/{ONE}
+++ b/{ONE}
@@ -1 +1,2 @@
-one
+two = é
+three
"""

HEADERS = """\
From: A Maintainer <a@example.org>
Subject: [PATCH 1/2] irqchip/one: count further
Message-ID: <1@example.org>
Content-Type: text/plain; charset=utf-8
"""

MAIL = f"{HEADERS}\nTwo follows one:\n--- as ever\n---\n {ONE} | 3 ++-\n 1 file changed\n\n{DIFF}-- \n2.39.5\n\n"

AFTER = {ONE: ("one\n", "two = é\nthree\n")}


def test_a_diff_and_a_mail_are_the_same_patch(kernel: Callable[..., Tree]):
    tree = kernel()
    assert patched(tree, DIFF.encode()) == patched(tree, MAIL.encode()) == Patched(AFTER)
    assert (tree.path / ONE).read_text() == "one\n"


@pytest.mark.parametrize(("name", "encoded"), [("base64", base64.encodebytes), ("quoted-printable", quopri.encodestring)])
def test_a_mail_that_was_encoded_is_decoded(kernel: Callable[..., Tree], name: str, encoded: Callable[[bytes], bytes]):
    body = f"Text.\n---\n{DIFF}-- \n2.39.5\n".replace("\n", "\r\n").encode()
    mail = f"{HEADERS}Content-Transfer-Encoding: {name}\n\n".encode() + encoded(body)
    assert b"+two = \xc3\xa9" not in mail
    assert patched(kernel(), mail) == Patched(AFTER)


def test_a_patch_the_tree_has_is_taken_back(kernel: Callable[..., Tree]):
    tree = kernel({ONE: "two = é\nthree\n"})
    assert patched(tree, MAIL.encode()) == Patched(AFTER, reversed=True)
    assert (tree.path / ONE).read_text() == "two = é\nthree\n"


NUMBERS = "".join(f"{number}\n" for number in range(1, 61))

FAR = f"""\
diff --git a/{ONE} b/{ONE}
--- a/{ONE}
+++ b/{ONE}
@@ -9,3 +9,3 @@
 9
-10
+ten
 11
@@ -39,3 +39,3 @@
 39
-40
+forty
 41
"""


@pytest.mark.parametrize(
    ("first", "between", "said"),
    [
        ("", "", ()),
        ("0\n", "", (f"2 hunks of {ONE} applied 1 line further down",)),
        ("", "20\n", (f"a hunk of {ONE} applied 1 line further down",)),
        ("-1\n0\n", "20\n", (f"2 hunks of {ONE} applied 2 lines further down, 3 lines further down",)),
        (None, "", (f"2 hunks of {ONE} applied 1 line further up",)),
    ],
)
@pytest.mark.parametrize("there", [False, True])
def test_what_is_found_elsewhere_is_said(
    kernel: Callable[..., Tree], there: bool, first: str | None, between: str, said: tuple[str, ...]
):
    text = NUMBERS.removeprefix("1\n") if first is None else first + NUMBERS
    text = text.replace("\n20\n", f"\n20\n{between}")
    after = text.replace("\n10\n", "\nten\n").replace("\n40\n", "\nforty\n")
    done = patched(kernel({ONE: after if there else text}), FAR.encode())
    assert done == Patched({ONE: (text, after)}, there, said)


def test_files_come_go_and_move(kernel: Callable[..., Tree]):
    diff = f"""\
diff --git a/drivers/irqchip/irq-two.c b/drivers/irqchip/irq-2.c
similarity index 100%
rename from drivers/irqchip/irq-two.c
rename to drivers/irqchip/irq-2.c
diff --git a/{ONE} b/{ONE}
deleted file mode 100644
--- a/{ONE}
+++ /dev/null
@@ -1 +0,0 @@
-one
diff --git a/drivers/irqchip/irq-new.c b/drivers/irqchip/irq-new.c
new file mode 100644
--- /dev/null
+++ b/drivers/irqchip/irq-new.c
@@ -0,0 +1 @@
+new
"""
    assert patched(kernel(), diff.encode()).files == {
        "drivers/irqchip/irq-two.c": ("two\n", None),
        "drivers/irqchip/irq-2.c": (None, "two\n"),
        ONE: ("one\n", None),
        "drivers/irqchip/irq-new.c": (None, "new\n"),
    }


@pytest.mark.parametrize("text", ["", "Subject: [PATCH 0/2] a cover letter\n\nNo patch.\n", "Reviewed-by: B\n", "\0\xff\n"])
def test_what_has_no_diff_touches_nothing(kernel: Callable[..., Tree], text: str):
    assert patched(kernel(), text.encode()) == Patched({})


@pytest.mark.parametrize("prose", ["copy from userspace that is", "rename from ../here", "--- a word", "copy from /dev/zero"])
def test_the_words_of_a_message_are_no_files(kernel: Callable[..., Tree], prose: str):
    assert patched(kernel(), MAIL.replace("Two follows one:", prose).encode()).files == AFTER


def test_a_name_that_git_quotes_is_known_before_and_after_it_moves(kernel: Callable[..., Tree]):
    diff = """\
diff --git "a/drivers/irqchip/irq-\\303\\251.c" "b/drivers/irqchip/irq-\\"q\\".c"
similarity index 100%
rename from "drivers/irqchip/irq-\\303\\251.c"
rename to "drivers/irqchip/irq-\\"q\\".c"
"""
    files = patched(kernel({"drivers/irqchip/irq-é.c": "e\n"}), diff.encode()).files
    assert files == {"drivers/irqchip/irq-é.c": ("e\n", None), 'drivers/irqchip/irq-"q".c': (None, "e\n")}


BOUNDARY = "=-=-="


def mail_of(kind: str, *parts: tuple[str, str, str]) -> bytes:
    """A mail of parts: for each more of its header, and its text."""
    said = "".join(f"--{BOUNDARY}\nContent-Type: {kind}\n{more}\n{text}\n" for kind, more, text in parts)
    head = HEADERS.replace("text/plain; charset=utf-8", f'multipart/{kind}; boundary="{BOUNDARY}"')
    return f"{head}\n{said}--{BOUNDARY}--\n".encode()


BODY = ("text/plain; charset=utf-8", "", "Text.\n")

ENCODED = base64.encodebytes(DIFF.encode()).decode()


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        ("alternative", [(*BODY[:2], DIFF), ("text/html", "", f"<pre>\n{DIFF}</pre>")]),
        ("mixed", [BODY, ("application/octet-stream", "", DIFF)]),
        ("mixed", [BODY, ("application/octet-stream", "Content-Transfer-Encoding: base64\n", ENCODED)]),
        ("mixed", [BODY, ("application/mbox", "", f"From a@example.org Mon Sep 17 00:00:00 2001\n{MAIL}")]),
        ("mixed", [BODY, ("text/x-patch", 'Content-Disposition: attachment; filename="fix.patch"\n', MAIL)]),
        ("mixed", [BODY, ("image/x-odd", 'Content-Disposition: attachment; filename="FIX.DIFF"\n', f"\nText\n{DIFF}")]),
        ("mixed", [BODY, ("application/pdf", 'Content-Disposition: x; filename="\u00e9"\n', "%PDF\n" + DIFF), (*BODY[:2], DIFF)]),
        ("signed", [(*BODY[:2], DIFF), ("application/pgp-signature", "", "-----BEGIN PGP SIGNATURE-----\n" + DIFF)]),
    ],
)
def test_a_mail_of_several_parts_has_its_patch_once(kernel: Callable[..., Tree], kind: str, parts: list[tuple[str, str, str]]):
    assert patched(kernel(), mail_of(kind, *parts)) == Patched(AFTER)


def link(path: str, target: object) -> bytes:
    """A patch that makes a link."""
    return (
        f"diff --git a/{path} b/{path}\nnew file mode 120000\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+{target}\n"
        "\\ No newline at end of file\n"
    ).encode()


@pytest.mark.parametrize("target", ["secret", "pipe", "none", "."])
def test_a_link_that_a_patch_makes_is_not_followed(kernel: Callable[..., Tree], tmp_path: Path, target: str):
    (tmp_path / "secret").write_text("secret\n")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(
        TreeError, match=r"^drivers/irqchip/irq-x\.c: is no source but a link: give a patch for sources of a kernel"
    ):
        patched(kernel(), link("drivers/irqchip/irq-x.c", tmp_path / target))


def test_a_tree_of_links_is_read_and_one_of_devices_is_not(kernel: Callable[..., Tree], tmp_path: Path):
    tree = kernel()
    (tree.path / ONE).rename(tmp_path / "one")
    (tree.path / ONE).symlink_to(tmp_path / "one")
    assert patched(tree, DIFF.encode()).files == AFTER
    (tree.path / ONE).unlink()
    os.mkfifo(tree.path / ONE)
    with pytest.raises(TreeError, match=r"irq-one\.c: is no source but a device: give a patch"):
        patched(tree, DIFF.encode())


def test_a_file_is_never_larger_than_a_source(kernel: Callable[..., Tree], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(importlib.import_module("irqlab.tree.patched"), "MAX_SOURCE", 1 << 20)
    with pytest.raises(TreeError, match=r"irq-one\.c: is larger than 1 MiB: give a patch for sources"):
        patched(kernel({ONE: "one\n" + "x" * (1 << 20)}), DIFF.encode())


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (b"irq-\xff.c", r"'drivers/irqchip/irq-\xff.c': is no name in UTF-8: give a patch whose files can be shown"),
        (b"irq-\x1b[31m.c", r"'drivers/irqchip/irq-\x1b[31m.c': has a character in its name that cannot be shown: "),
    ],
)
def test_a_name_that_cannot_be_shown_is_one_line(kernel: Callable[..., Tree], name: bytes, said: str):
    with pytest.raises(TreeError) as error:
        patched(kernel(), DIFF.encode().replace(b"irq-one.c", name))
    assert str(error.value).startswith(said)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("-one\n", "-four\n", f"the patch does not apply to Linux 6.12.3-rc1: patch failed: {ONE}:1: give the tree"),
        ("irq-one", "irq-none", "the patch does not apply to Linux 6.12.3-rc1: drivers/irqchip/irq-none.c: No such file"),
        ("@@ -1 +1,2 @@", "@@ -1 +1,9 @@", "the patch is damaged: corrupt patch at line 8: get it again"),
        ("drivers/irqchip/irq-one", "../../secret", "the patch leads out of the tree, to ../../secret.c: "),
    ],
)
def test_what_cannot_be_applied_is_one_line(kernel: Callable[..., Tree], before: str, after: str, said: str):
    with pytest.raises(TreeError) as error:
        patched(kernel(), DIFF.replace(before, after).encode())
    assert str(error.value).startswith(said) and "\n" not in str(error.value)


def test_no_repository_and_no_configuration_has_a_say(
    kernel: Callable[..., Tree], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "scratch").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / "config").write_text("[apply]\n\twhitespace = error\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "none"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    spaced = DIFF.replace("+three", "+three  ").encode()
    assert patched(kernel(), spaced).files == {ONE: ("one\n", "two = é\nthree  \n")}


def test_a_machine_without_git_says_which_package_has_it(
    kernel: Callable[..., Tree], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TreeError, match=r"^git: cannot be run \(No such file or directory\): sudo apt-get install git$"):
        patched(kernel(), DIFF.encode())
