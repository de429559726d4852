"""``.gitignore`` files as git reads them."""

from __future__ import annotations

import pytest

from irqlab.tree.ignored import Rules


@pytest.mark.parametrize(
    ("patterns", "ignored", "kept"),
    [
        ("*.o", ("a.o", "deep/down/a.o"), ("a.c", "a.o/b")),
        ("/vmlinux", ("vmlinux", "vmlinux/"), ("deep/vmlinux",)),
        ("tags", ("tags", "deep/tags"), ("tags.c",)),
        ("dir/", ("dir/", "deep/dir/"), ("dir", "dir.c")),
        ("/arch/*/include/generated/", ("arch/arm/include/generated/",), ("arch/a/b/include/generated/", "include/generated/")),
        ("*.tab.[ch]", ("x.tab.c", "x.tab.h"), ("x.tab.d", "x.tab.ch")),
        ("[!a]b", ("xb",), ("ab", "b")),
        ("*.c.[012]*.*", ("a.c.0x.y",), ("a.c.3x.y",)),
        ("a?c", ("abc",), ("ac", "abbc")),
        ("*.h\n!keep.h", ("other.h",), ("keep.h",)),
        ("*.h\n!keep.h\nkeep.h", ("keep.h",), ()),
        ("**/x", ("x", "a/b/x"), ("ax",)),
        ("a/**/b", ("a/b", "a/x/y/b"), ("b", "xa/b")),
        ("a/**", ("a/x", "a/x/y"), ("a/",)),
        ("\\#*#", ("#x#",), ("x#",)),
        ("# comment\n\n  \n", (), ("# comment",)),
        ("a.b", ("a.b",), ("axb",)),
        ("trailing ", ("trailing",), ("trailing ",)),
    ],
)
def test_patterns_mean_what_git_says(patterns: str, ignored: tuple[str, ...], kept: tuple[str, ...]):
    rules = Rules(()).within("", patterns)
    assert [path for path in ignored if not rules.ignores(path)] == []
    assert [path for path in kept if rules.ignores(path)] == []


def test_the_nearest_file_has_the_last_word():
    rules = Rules(()).within("", "*.h\n").within("a/", "!b.h\n/only\n")
    assert rules.ignores("b.h") and rules.ignores("a/c.h") and rules.ignores("a/only")
    assert not rules.ignores("a/b.h") and not rules.ignores("a/x/only")


def test_what_every_build_makes_is_known_without_a_file():
    rules = Rules()
    made = (".config", ".x.o.cmd", "a/b.o", "a/b.ko", "a/b.mod.c", "scripts/kconfig/lexer.lex.c", "include/config/", "vmlinux")
    assert [path for path in made if not rules.ignores(path)] == []
    sources = (
        "Makefile",
        "a/b.c",
        "a/b.S",
        "a/b.h",
        "include/linux/",
        "arch/arm64/include/",
        "kernel/config/x.c",
        "a/vmlinux.lds.S",
    )
    assert [path for path in sources if rules.ignores(path)] == []


def test_debians_list_does_not_take_everything_away():
    rules = Rules().within("", "*.o\n/*\n!/debian/\n")
    assert not rules.ignores("Makefile") and not rules.ignores("drivers/") and rules.ignores("a.o")
