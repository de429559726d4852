"""One run of make: its environment, its progress, its log, and the line that says what went wrong."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from irqlab.tree import make

LOG = """\
  GEN     Makefile
  CC      drivers/irqchip/irq-a.o
In file included from /src/drivers/irqchip/irq-a.c:3:
/src/include/linux/x.h:7:2: error: unknown type name 'foo'
/src/include/linux/x.h:9:2: error: another
make[4]: *** [/src/scripts/Makefile.build:229: drivers/irqchip/irq-a.o] Error 1
  CC      drivers/irqchip/irq-b.o
/src/drivers/irqchip/irq-b.c:3:1: warning: unused variable 'error'
  CC      drivers/irqchip/irq-c.o
/src/drivers/irqchip/irq-c.c:4:10: fatal error: asm/none.h: No such file or directory
compilation terminated.
make[4]: *** [/src/scripts/Makefile.build:229: drivers/irqchip/irq-c.o] Error 1
make[4]: *** No rule to make target 'drivers/irqchip/irq-d.o'.
make: *** [Makefile:251: __sub-make] Error 2
"""


def test_each_target_that_failed_has_the_first_error_of_its_own():
    assert make.target_errors(LOG) == {
        "drivers/irqchip/irq-a.o": "/src/include/linux/x.h:7:2: error: unknown type name 'foo'",
        "drivers/irqchip/irq-c.o": "/src/drivers/irqchip/irq-c.c:4:10: fatal error: asm/none.h: No such file or directory",
        "__sub-make": "make: *** [Makefile:251: __sub-make] Error 2",
    }


@pytest.mark.parametrize(
    ("log", "said"),
    [
        (LOG, "/src/include/linux/x.h:7:2: error: unknown type name 'foo'"),
        ("***\n*** The source tree is not clean\n", "*** The source tree is not clean"),
        ("make[1]: *** No rule to make target 'x.o'.  Stop.\n", "make[1]: *** No rule to make target 'x.o'.  Stop."),
        ("Makefile:3: *** missing separator.  Stop.\n", "Makefile:3: *** missing separator.  Stop."),
        ("/src/x.S:3: Error: unknown mnemonic `foo'\n", "/src/x.S:3: Error: unknown mnemonic `foo'"),
        (
            "/src/scripts/sign-file.c:25:10: fatal error: openssl/opensslv.h: No such file or directory\n",
            "/src/scripts/sign-file.c:25:10: fatal error: openssl/opensslv.h: No such file or directory "
            "(sudo apt-get install libssl-dev)",
        ),
        ("sh: something\nlast line\n\n", "last line"),
        ("", ""),
    ],
)
def test_the_first_error_is_told(log: str, said: str):
    assert make.first_error(log) == said


def run(tmp_path: Path, text: str, *targets: str, **options: object) -> make.Made:
    (tmp_path / "Makefile").write_text(text)
    return make.run(tmp_path, {"V": "1"}, targets, tmp_path / "log" / "x.log", **options)  # type: ignore[arg-type]


def test_nothing_of_the_users_environment_leaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("MAKEFLAGS", "KBUILD_OUTPUT", "CFLAGS", "KCFLAGS", "ARCH", "CROSS_COMPILE", "LANG", "LC_MESSAGES"):
        monkeypatch.setenv(name, "--leaked")
    made = run(tmp_path, "all:\n\t@env\n", "all")
    assert made.status == 0 and "--leaked" not in made.log
    said = dict(line.split("=", 1) for line in made.log.splitlines() if "=" in line)
    assert (said["LC_ALL"], said["KBUILD_BUILD_TIMESTAMP"], said["V"]) == ("C", "1970-01-01", "1")


def test_each_step_is_told_and_everything_logged(tmp_path: Path):
    told: list[str] = []
    made = run(tmp_path, "all:\n\t@echo '  CC      drivers/x.o'; echo else\n", "all", progress=told.append)
    assert told == ["CC drivers/x.o"]
    assert made.path.read_text() == "  CC      drivers/x.o\nelse\n" and made.log == "  CC      drivers/x.o\nelse"


def test_after_an_error_the_others_are_made_if_wanted(tmp_path: Path):
    text = "a:\n\t@false\nb:\n\t@echo made b\n"
    assert "made b" not in run(tmp_path, text, "a", "b").log
    made = run(tmp_path, text, "a", "b", keep_going=True)
    assert made.status == 2 and "made b" in made.log


def test_who_stops_listening_ends_make_and_its_children(tmp_path: Path):
    def stop(step: str) -> None:
        raise KeyboardInterrupt

    text = "all: one two\none:\n\t@echo '  CC      x.o'\ntwo: one\n\t@sleep 600; touch two\n"
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, text, "all", progress=stop)
    assert not (tmp_path / "two").exists()


@pytest.fixture
def heeded() -> Iterator[None]:
    """SIGINT is heeded, also where these tests run in the background of a shell, which lets its jobs ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_a_make_that_was_interrupted_is_an_interrupt_and_no_error(tmp_path: Path, heeded: None):
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, "all:\n\t@kill -INT 0; sleep 60\n", "all")
