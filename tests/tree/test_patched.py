"""A patch says what its files were before it and are after it, and nothing is written into the tree."""

from __future__ import annotations

import base64
import quopri
from collections.abc import Callable
from pathlib import Path

import pytest

from irqlab.errors import TreeError
from irqlab.tree import Tree, patched

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
    assert patched(tree, DIFF.encode()) == patched(tree, MAIL.encode()) == AFTER
    assert (tree.path / ONE).read_text() == "one\n"


@pytest.mark.parametrize(("name", "encoded"), [("base64", base64.encodebytes), ("quoted-printable", quopri.encodestring)])
def test_a_mail_that_was_encoded_is_decoded(kernel: Callable[..., Tree], name: str, encoded: Callable[[bytes], bytes]):
    body = f"Text.\n---\n{DIFF}-- \n2.39.5\n".replace("\n", "\r\n").encode()
    mail = f"{HEADERS}Content-Transfer-Encoding: {name}\n\n".encode() + encoded(body)
    assert b"+two = \xc3\xa9" not in mail
    assert patched(kernel(), mail) == AFTER


def test_a_patch_the_tree_has_is_taken_back(kernel: Callable[..., Tree]):
    tree = kernel({ONE: "two = é\nthree\n"})
    assert patched(tree, MAIL.encode()) == AFTER
    assert (tree.path / ONE).read_text() == "two = é\nthree\n"


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
    assert patched(kernel(), diff.encode()) == {
        "drivers/irqchip/irq-two.c": ("two\n", None),
        "drivers/irqchip/irq-2.c": (None, "two\n"),
        ONE: ("one\n", None),
        "drivers/irqchip/irq-new.c": (None, "new\n"),
    }


@pytest.mark.parametrize("text", ["", "Subject: [PATCH 0/2] a cover letter\n\nNo patch.\n", "Reviewed-by: B\n", "\0\xff\n"])
def test_what_has_no_diff_touches_nothing(kernel: Callable[..., Tree], text: str):
    assert patched(kernel(), text.encode()) == {}


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
    assert patched(kernel(), spaced) == {ONE: ("one\n", "two = é\nthree  \n")}


def test_a_machine_without_git_says_which_package_has_it(
    kernel: Callable[..., Tree], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TreeError, match=r"^git: cannot be run \(No such file or directory\): sudo apt-get install git$"):
        patched(kernel(), DIFF.encode())
