"""The board a compiled driver is put on, where no kernel tree is at hand."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from irqlab.cli.boards import Chosen, choose
from irqlab.errors import BoardError, InputError
from irqlab.kernel.device import Driver

IRQSTEER = Driver("irq-imx-irqsteer", compatible=("fsl,imx-irqsteer",))
NOBODY = Driver("irq-nobody", compatible=("no,such", "nor,such", "or,this", "or,that", "at,all"))


def chosen(wanted: str, driver: Driver = IRQSTEER) -> Chosen:
    return choose(wanted, driver, None, "arm64", lambda what: None)


def shipped(name: str) -> str:
    return (files("irqlab.board") / "boards" / f"{name}.dts").read_text()


def test_irqlabs_own_board_comes_first():
    found = chosen("")
    assert (found.board.name, found.file, found.text, found.notes) == ("irqsteer", "", "", ())


def test_irqlabs_own_can_be_named():
    assert chosen("intmux").board.name == "intmux"


def test_a_file_gives_what_the_driver_needs_of_it(tmp_path: Path):
    path = tmp_path / "mine.dts"
    path.write_text(shipped("irqsteer").replace("arm,gic-v3", "arm,gic-400"))
    found = chosen(str(path))
    assert (found.board.name, found.file, found.text) == ("mine", str(path), path.read_text())
    assert [part.label for part in found.board.parts if part.kind == "peripheral"] == ["a", "b"]


def test_a_blob_is_kept_as_text_that_says_the_same(tmp_path: Path):
    import fdt
    from devicetree import dtlib

    source, path = tmp_path / "mine.dts", tmp_path / "mine.dtb"
    source.write_text(shipped("irqsteer"))
    path.write_bytes(fdt.parse_dts(str(dtlib.DT(str(source)))).to_dtb(version=17))
    found = chosen(str(path))
    assert found.text.startswith("/dts-v1/;\n")
    again = tmp_path / "again.dts"
    again.write_text(found.text)
    names = [part.name for part in chosen(str(source)).board.parts]
    assert [part.name for part in found.board.parts] == [part.name for part in chosen(str(again)).board.parts] == names


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("irqster", "there is no board 'irqster': give the path of a .dts or .dtb, or a name: did you mean 'irqsteer'"),
        ("/none.dts", "/none.dts: there is no such file"),
        ("fsl,irqsteer.yaml", "--board fsl,irqsteer.yaml: is a binding: give --tree, the kernel tree it is in, too"),
        ("fsl,irqsteer.yaml#1", "--board fsl,irqsteer.yaml: is a binding: give --tree"),
    ],
)
def test_what_is_no_board_is_refused(wanted: str, said: str):
    with pytest.raises(InputError) as error:
        chosen(wanted)
    assert str(error.value).startswith(said)


def test_a_board_without_such_a_controller_is_refused(tmp_path: Path):
    path = tmp_path / "mine.dts"
    path.write_text(shipped("irqsteer"))
    with pytest.raises(BoardError, match="no node is compatible with no,such, nor,such"):
        chosen(str(path), NOBODY)


def test_where_nothing_has_such_a_controller_the_remedy_is_told():
    with pytest.raises(InputError) as error:
        chosen("", NOBODY)
    assert str(error.value) == (
        "no board of irqlab's own has a node for irq-nobody (no,such, nor,such, or,this, or,that, …): "
        "give --tree, the kernel tree it is from, or --board"
    )


def test_a_file_that_includes_others_wants_the_tree_they_are_in(tmp_path: Path):
    path = tmp_path / "mine.dts"
    path.write_text('/dts-v1/;\n#include "imx8mp.dtsi"\n')
    with pytest.raises(InputError, match="mine.dts: includes other files: give --tree, the kernel tree they are in, or the .dtb"):
        chosen(str(path))


def test_a_file_that_is_no_text_is_refused(tmp_path: Path):
    path = tmp_path / "mine.dts"
    path.write_bytes(b"/dts-v1/;\n\xff\xfe")
    with pytest.raises(BoardError, match="is neither a device tree blob nor text"):
        chosen(str(path))
